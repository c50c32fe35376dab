//go:build loss

package losstest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// build builds the binary with the named kill points in it.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "cure")
	out, err := exec.Command("go", "build", "-tags", "fault", "-o", bin, "../../cmd/cure").CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// hub is a hub process on a data folder.
type hub struct {
	t    *testing.T
	bin  string
	data string
	cmd  *exec.Cmd
	done chan struct{}
	log  *os.File
}

// start runs "cure serve" and waits until it answers. With a fault it may die
// before that: alive is then false.
func start(t *testing.T, bin, data, fault string, wrap ...string) (h *hub, alive bool) {
	t.Helper()
	logFile, err := os.OpenFile(data+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	args := append(wrap, bin, "serve", "--data", data, "--listen", "127.0.0.1:0", "--snapshot-every", "1s")
	h = &hub{t: t, bin: bin, data: data, cmd: exec.Command(args[0], args[1:]...), done: make(chan struct{}), log: logFile}
	h.cmd.Env = append(os.Environ(), "CURE_FAULT="+fault)
	h.cmd.Stdout, h.cmd.Stderr = logFile, logFile
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	_ = os.Remove(filepath.Join(data, "url"))
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = h.cmd.Wait(); close(h.done) }()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case <-h.done:
			return h, false
		default:
		}
		if _, err := os.Stat(filepath.Join(data, "url")); err == nil {
			return h, true
		}
	}
	tail, _ := os.ReadFile(data + ".log")
	t.Fatalf("hub did not start in time:\n%s", tail)
	return nil, false
}

// kill ends the hub as a power cut ends a process.
func (h *hub) kill() {
	_ = syscall.Kill(-h.cmd.Process.Pid, syscall.SIGKILL)
	<-h.done
	h.log.Close()
}

// cure runs a command against the hub and returns its standard output.
func (h *hub) cure(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, h.bin, append(args, "--data", h.data)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("cure %s: %w\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.String(), nil
}

// publisher starts "cure publish" in the background.
func (h *hub) publisher(args ...string) *exec.Cmd {
	cmd := exec.Command(h.bin, append(append([]string{"publish"}, args...), "--data", h.data, "--quiet")...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	return cmd
}

// state is what must be equal however often processes died.
type state struct {
	Digest       string `json:"digest"`
	Observations uint64 `json:"observations"`
	Pairs        uint64 `json:"pairs"`
}

func (h *hub) state() state {
	h.t.Helper()
	out, err := h.cure("stats", "--digest", "--json")
	if err != nil {
		h.t.Fatal(err)
	}
	var s state
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		h.t.Fatalf("stats: %v\n%s", err, out)
	}
	return s
}
