package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process has used so far.
type Usage struct {
	CPU      time.Duration // user and system
	Resident int64         // bytes now
	Peak     int64         // bytes at most
}

// Self returns the usage of this process.
func Self() (Usage, error) { return Process(os.Getpid()) }

// Process reads the usage of a process from /proc; Linux only.
func Process(pid int) (Usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Usage{}, err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return Usage{}, err
	}
	return parseUsage(string(stat), string(status))
}

// parseUsage reads the two files of a process.
func parseUsage(stat, status string) (Usage, error) {
	var u Usage
	// The name in parentheses may hold blanks: count fields behind it.
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return u, fmt.Errorf("read usage of a process: %d fields behind its name, want 13", len(fields))
	}
	const tick = time.Second / 100 // USER_HZ on every Linux architecture Go runs on
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return u, err
		}
		u.CPU += time.Duration(n) * tick
	}
	u.Resident = statusBytes(status, "VmRSS:")
	u.Peak = statusBytes(status, "VmHWM:")
	return u, nil
}

// statusBytes returns a size of a status file, 0 when it is not there.
func statusBytes(status, name string) int64 {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kib, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			n, _ := strconv.ParseInt(kib, 10, 64)
			return n << 10
		}
	}
	return 0
}
