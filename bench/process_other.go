//go:build !linux

package bench

import (
	"syscall"
	"time"
)

// SelfCPU returns 0: see [Supported].
func SelfCPU() time.Duration { return 0 }

func childAttr() *syscall.SysProcAttr { return nil }
