// Package dirlock keeps two processes from using one folder. It answers "is
// this folder mine?" with an advisory lock (flock) on a file "lock" inside it,
// which also names the owner. The kernel gives the lock back when the process
// ends, however it ends, so nothing has to be cleaned up after a crash. It
// does not work across machines on every network file system.
package dirlock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// HeldError says that another process, or another part of this one, has the
// folder.
type HeldError struct {
	Dir string
	PID string // process that holds it, "unknown" when it did not say
}

// Error returns a message for the person who started the second process.
func (e *HeldError) Error() string {
	return fmt.Sprintf("folder %s is in use by process %s", e.Dir, e.PID)
}

// Lock is a held lock.
type Lock struct{ f *os.File }

// Acquire takes an existing folder, without waiting. The error is a
// [*HeldError] where somebody has it.
func Acquire(dir string) (*Lock, error) {
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock folder: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		f.Close()
		return nil, &HeldError{Dir: dir, PID: owner(path)}
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock folder %s: %w", dir, err)
	}
	return &Lock{f}, nil
}

// Release gives the folder back. The file stays: removing it would let a third
// process lock a file that nobody else sees.
func (l *Lock) Release() error { return l.f.Close() }

func owner(path string) string {
	b, err := os.ReadFile(path)
	pid := strings.TrimSpace(string(b))
	if _, bad := strconv.Atoi(pid); err != nil || bad != nil {
		return "unknown"
	}
	return pid
}
