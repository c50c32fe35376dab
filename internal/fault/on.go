//go:build fault

package fault

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

var (
	name, number, _ = strings.Cut(os.Getenv("CURE_FAULT"), ":")
	passes          atomic.Int64
)

// Point kills the process when it is the point CURE_FAULT names and has been
// passed often enough. Safe for concurrent use.
func Point(p string) {
	if p != name {
		return
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 {
		n = 1
	}
	if passes.Add(1) == n {
		fmt.Fprintln(os.Stderr, "fault: killed at", p)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}
