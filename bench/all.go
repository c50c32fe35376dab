package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// AllOptions say how far All goes.
type AllOptions struct {
	Dir  string // folder on the disk that counts
	Max  int    // observations of the largest measurement
	Seed uint64
}

// All runs every measurement, the small ones first, each as a command in a
// process of its own so that none inherits the memory of another, and prints
// one report. A measurement that breaks does not keep the others from running;
// its error is returned at the end.
func All(ctx context.Context, r Report, o AllOptions) error {
	bin, err := os.Executable()
	if err != nil {
		return err
	}
	start := time.Now()
	var failed error
	for _, args := range o.commands() {
		if ctx.Err() != nil {
			break
		}
		cmd := exec.CommandContext(ctx, bin, append([]string{"bench"}, args...)...)
		cmd.Stdout, cmd.Stderr = r.W, os.Stderr
		cmd.SysProcAttr = childAttr()
		// Asked to end, it removes its temporary folders; killed, it would not.
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = time.Minute
		if err := cmd.Run(); err != nil {
			failed = errors.Join(failed, fmt.Errorf("cure bench %s: %w", strings.Join(args, " "), err))
		}
	}
	fmt.Fprintf(r.W, "\n# all measurements: %s\n", time.Since(start).Round(time.Second))
	return errors.Join(ctx.Err(), failed)
}

// commands returns the arguments of each measurement, none larger than Max.
func (o AllOptions) commands() [][]string {
	n := func(most int) string { return strconv.Itoa(min(most, o.Max)) }
	common := []string{"--dir", o.Dir, "--seed", strconv.FormatUint(o.Seed, 10)}
	all := [][]string{
		{"empty", "--dir", o.Dir},
		append([]string{"log", "-n", n(1_000_000)}, common...),
		append([]string{"latency", "--rate", n(50_000), "--seconds", "20"}, common...),
		append([]string{"http", "-n", n(1_000_000)}, common...),
		append([]string{"pipeline", "--sessions", n(300_000)}, common...),
	}
	for _, size := range []int{1_000_000, 10_000_000, 50_000_000} {
		if size <= o.Max || size == 1_000_000 {
			all = append(all, append([]string{"store", "-n", n(size)}, common...))
		}
	}
	return all
}
