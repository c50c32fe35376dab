//go:build loss && fault

package losstest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/opencure/cure/internal/feed/spool"
)

// TestMain runs this binary as the process that is killed when it is asked to.
func TestMain(m *testing.M) {
	if dir := os.Getenv("LOSS_SPOOL"); dir != "" {
		fmt.Fprintln(os.Stderr, fillSpool(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// fillSpool appends records for ever and says which are acknowledged.
func fillSpool(dir string) error {
	s, err := spool.Open(spool.Config{Dir: dir, MaxBytes: 1 << 30, SegmentBytes: 64 << 10})
	if err != nil {
		return err
	}
	for {
		next := s.Stats().Last + 1
		n, err := s.Append(context.Background(), record(next))
		if err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// record is what stands under a number: long enough that writes tear.
func record(n uint64) []byte { return fmt.Appendf(nil, "%d:%0*d", n, 300+n%5000, n) }

// TestKillSpool kills a process that fills a spool, at random and in the
// middle of writes and syncs: what it said was safe must be there, once, in
// order.
func TestKillSpool(t *testing.T) {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	told := uint64(0)
	for i := range 24 {
		fault := ""
		switch i % 3 {
		case 1:
			fault = fmt.Sprintf("spool.write:%d", 1+rng.IntN(300))
		case 2:
			fault = fmt.Sprintf("spool.sync:%d", 1+rng.IntN(300))
		}
		told = max(told, fillUntilKilled(t, dir, fault, rng))
	}
	s, err := spool.Open(spool.Config{Dir: dir, MaxBytes: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if last := s.Stats().Last; last < told || told == 0 {
		t.Fatalf("the spool ends at %d, acknowledged was %d", last, told)
	}
	next, end := uint64(1), errors.New("end")
	err = s.Consume(t.Context(), 1, func(n uint64, data []byte) error {
		if n != next || string(data) != string(record(n)) {
			return fmt.Errorf("record %d stands where %d is expected", n, next)
		}
		if next++; next > told {
			return end
		}
		return nil
	})
	if !errors.Is(err, end) {
		t.Error(err)
	}
	t.Logf("24 kills, %d acknowledged records are there, once and in order", told)
}

// fillUntilKilled returns the highest number the process acknowledged.
func fillUntilKilled(t *testing.T, dir, fault string, rng *rand.Rand) uint64 {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "LOSS_SPOOL="+dir, "CURE_FAULT="+fault)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(time.Duration(50+rng.IntN(400))*time.Millisecond, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	last := uint64(0)
	for sc := bufio.NewScanner(out); sc.Scan(); {
		if n, err := strconv.ParseUint(sc.Text(), 10, 64); err == nil {
			last = n
		}
	}
	_ = cmd.Wait()
	return last
}
