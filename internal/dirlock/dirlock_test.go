package dirlock_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/opencure/cure/internal/dirlock"
)

// TestMain lets the test binary play the second process: it takes the folder
// named in the environment and keeps it until its input ends.
func TestMain(m *testing.M) {
	dir := os.Getenv("DIRLOCK_HOLD")
	if dir == "" {
		os.Exit(m.Run())
	}
	if _, err := dirlock.Acquire(dir); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func TestHeldByThisProcess(t *testing.T) {
	dir := t.TempDir()
	lock, err := dirlock.Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	wantHeld(t, dir, os.Getpid())
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if lock, err = dirlock.Acquire(dir); err != nil {
		t.Fatalf("after release: %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestHeldByAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "DIRLOCK_HOLD="+dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "held\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	wantHeld(t, dir, cmd.Process.Pid)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	lock, err := dirlock.Acquire(dir)
	if err != nil {
		t.Fatalf("after the other process was killed: %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestNoFolder(t *testing.T) {
	if _, err := dirlock.Acquire(t.TempDir() + "/absent"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want that the folder does not exist", err)
	}
}

func wantHeld(t *testing.T, dir string, pid int) {
	t.Helper()
	_, err := dirlock.Acquire(dir)
	var held *dirlock.HeldError
	if !errors.As(err, &held) || held.PID != strconv.Itoa(pid) || held.Dir != dir {
		t.Fatalf("error %v, want held by %d", err, pid)
	}
}
