package log_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/log/logtest"
)

// TestEmbeddedDiskFull runs fillDisk in a process of its own, as the limit
// that stands for the full disk holds for a whole process.
func TestEmbeddedDiskFull(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "LOG_FULL="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
}

// fillDisk lets writes beyond a file size fail: appends are refused at once
// with the reason, reads go on; when there is room again, so do appends, and
// nothing acknowledged is missing.
func fillDisk(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	b, err := log.OpenEmbedded(ctx, log.EmbeddedConfig{Dir: dir}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer b.Close()
	s, err := b.Stream(ctx, logtest.Config)
	if err != nil {
		return err
	}
	stored, err := appendUpTo(ctx, s, 3)
	if err != nil {
		return err
	}
	if err := limitFiles(1 << 20); err != nil {
		return err
	}
	more, err := appendUpTo(ctx, s, 100)
	if cure.KindOf(err) != cure.Unavailable || !strings.Contains(err.Error(), "write") {
		return fmt.Errorf("append to a full disk: %w", err)
	}
	if _, err := s.Read(ctx, 1); err != nil {
		return fmt.Errorf("read with a full disk: %w", err)
	}
	if _, err := s.Append(ctx, "obs.cowrie.tokyo1", "", nil); cure.KindOf(err) != cure.Unavailable {
		return fmt.Errorf("second append to a full disk: %w", err)
	}
	if err := limitFiles(math.MaxUint64); err != nil {
		return err
	}
	for stored += more; ; time.Sleep(50 * time.Millisecond) {
		_, err := s.Append(ctx, "obs.cowrie.tokyo1", "", []byte("room again"))
		if err == nil {
			break
		}
		if ctx.Err() != nil || cure.KindOf(err) != cure.Unavailable {
			return fmt.Errorf("append when there is room again: %w", err)
		}
	}
	report, err := log.Verify(ctx, s, func(log.Message) error { return nil })
	if err != nil || !report.OK() || report.First != 1 || report.Messages < stored+1 {
		return fmt.Errorf("%d acknowledged, report %+v: %w", stored+1, report, err)
	}
	return nil
}

// appendUpTo appends n messages of 100 kB until one fails and returns how many
// were acknowledged.
func appendUpTo(ctx context.Context, s log.Stream, n int) (uint64, error) {
	for i := range n {
		if _, err := s.Append(ctx, "obs.cowrie.tokyo1", "", make([]byte, 100_000)); err != nil {
			return uint64(i), err
		}
	}
	return uint64(n), nil
}

// limitFiles bounds the size of files this process writes.
func limitFiles(n uint64) error {
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit)
	limit.Cur = min(n, limit.Max)
	return errors.Join(err, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit))
}
