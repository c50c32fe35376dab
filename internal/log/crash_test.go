package log_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/log/logtest"
)

// TestMain lets the test binary play a process that fills an embedded log
// until it is killed: it prints what was acknowledged.
func TestMain(m *testing.M) {
	play("LOG_APPEND", appendForever)
	play("LOG_FULL", fillDisk)
	os.Exit(m.Run())
}

// play runs f and ends the process if the variable names a folder.
func play(variable string, f func(dir string) error) {
	dir := os.Getenv(variable)
	if dir == "" {
		return
	}
	if err := f(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func appendForever(dir string) error {
	ctx := context.Background()
	b, err := log.OpenEmbedded(ctx, log.EmbeddedConfig{Dir: dir}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	s, err := b.Stream(ctx, logtest.Config)
	if err != nil {
		return err
	}
	o, err := b.Objects(ctx, "bodies")
	if err != nil {
		return err
	}
	say := func(a ...any) { os.Stdout.WriteString(fmt.Sprintln(a...)) } // one write, as the kill comes at any moment
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				data := fmt.Sprintf("%d-%d-%d-%s", os.Getpid(), w, i, strings.Repeat("x", i%500))
				if seq, err := s.Append(ctx, "obs.cowrie.tokyo1", "", []byte(data)); err == nil {
					say("message", seq, data)
				}
			}
		})
	}
	wg.Go(func() {
		for i := 0; ; i++ {
			data := fmt.Sprintf("%d-%s", i, strings.Repeat("body", 10_000))
			if sum, err := o.Put(ctx, []byte(data)); err == nil {
				say("object", 0, sum)
			}
		}
	})
	wg.Wait()
	return nil
}

// TestEmbeddedKilled kills a process again and again while it appends: what it
// was told is durable is there, and no sequence is given twice.
func TestEmbeddedKilled(t *testing.T) {
	dir := t.TempDir()
	messages, objects := map[uint64]string{}, map[string]bool{}
	for round := range 4 {
		runAndKill(t, dir, 30+61*round, func(kind string, seq uint64, data string) {
			if kind == "object" {
				objects[data] = true
				return
			}
			if old, twice := messages[seq]; twice {
				t.Fatalf("sequence %d given twice: %.40q and %.40q", seq, old, data)
			}
			messages[seq] = data
		})
	}
	if len(messages) == 0 || len(objects) == 0 {
		t.Fatalf("%d messages and %d objects before the kills", len(messages), len(objects))
	}
	b := openEmbedded(t, dir)
	defer b.Close()
	s, err := b.Stream(t.Context(), logtest.Config)
	if err != nil {
		t.Fatal(err)
	}
	report, err := log.Verify(t.Context(), s, func(m log.Message) error {
		if want, ok := messages[m.Seq]; ok && want != string(m.Data) {
			return fmt.Errorf("data differ from what was acknowledged")
		}
		delete(messages, m.Seq)
		return nil
	})
	if err != nil || !report.OK() || len(messages) > 0 {
		t.Errorf("%d acknowledged messages lost, %+v, %v", len(messages), report, err)
	}
	o, err := b.Objects(t.Context(), "bodies")
	if err != nil {
		t.Fatal(err)
	}
	for name := range objects {
		sum, err := log.ParseSum(name)
		if err != nil {
			continue // a line cut by the kill
		}
		if _, err := o.Get(t.Context(), sum); err != nil {
			t.Error(err)
		}
	}
}

// runAndKill kills a process after it has said n things.
func runAndKill(t *testing.T, dir string, n int, said func(kind string, seq uint64, data string)) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "LOG_APPEND="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }()
	lines := bufio.NewScanner(out)
	for i := 0; lines.Scan(); i++ {
		if i == n {
			_ = cmd.Process.Kill()
		}
		var kind, data string
		var seq uint64
		if k, _ := fmt.Sscan(lines.Text(), &kind, &seq, &data); k == 3 {
			said(kind, seq, data)
		}
	}
}
