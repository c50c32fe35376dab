//go:build !linux

package bench

import (
	"syscall"
	"time"
)

// SelfCPU returns 0: see [Supported].
func SelfCPU() time.Duration { return 0 }

// SystemCPU returns 0: see [Supported].
func SystemCPU() time.Duration { return 0 }

// PageCost returns 0: see [Supported].
func PageCost() time.Duration { return 0 }

func childAttr() *syscall.SysProcAttr { return nil }
