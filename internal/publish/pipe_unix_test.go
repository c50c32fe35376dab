//go:build unix

package publish_test

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/publishtest"
)

// TestPipesCarryACheckpointInEachBatch reads what cannot be read again: a run
// that is killed gives up what it had not sent, and the next one goes on with
// whatever comes.
func TestPipesCarryACheckpointInEachBatch(t *testing.T) {
	log := toyLog(100, 3000)
	half := bytes.LastIndexByte(log[:len(log)/2], '\n') + 1
	whole, h := &publishtest.Hub{}, &publishtest.Hub{}
	run(t, config(whole), write(t, "log", log))
	run(t, config(h), pipe(t, log[:half]))
	run(t, config(h), pipe(t, log[half:]))
	compare(t, "two pipes", whole, h)

	h.KillAt, h.Lose = h.Seq()+2, true
	cfg := config(h)
	cfg.Wait = false
	if _, err := publish.Run(t.Context(), cfg, pipe(t, log)); err == nil {
		t.Fatal("not killed")
	}
	h.KillAt = 0
	if res := run(t, config(h), pipe(t, log[:half])); res.Published == 0 {
		t.Error("nothing was published after an interruption")
	}
}

// pipe is a named pipe that somebody writes to.
func pipe(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		w, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return // the test fails for want of data
		}
		_, _ = w.Write(data) // ends early when the reader is killed
		w.Close()
	}()
	return path
}
