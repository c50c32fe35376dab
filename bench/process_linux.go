package bench

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// SelfCPU returns the processor time of this process, cheaply and to the
// microsecond.
func SelfCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano()) + systemOf(&u)
}

// SystemCPU returns the part of it that the system took for this process.
func SystemCPU() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // of ourselves: always
	return systemOf(&u)
}

func systemOf(u *syscall.Rusage) time.Duration { return time.Duration(u.Stime.Nano()) }

// PageCost returns the processor time that a huge page of memory costs the first
// time it is touched, the mean of 64; 0 where there are none. On a virtual
// machine that is mostly the time of the machine below.
func PageCost() time.Duration {
	const n, page = 64, 2 << 20
	b, err := unix.Mmap(-1, 0, (n+1)*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return 0
	}
	defer func() { _ = unix.Munmap(b) }()
	if unix.Madvise(b, unix.MADV_HUGEPAGE) != nil {
		return 0
	}
	begin := SystemCPU()
	for at := 0; at < n*page; at += page {
		b[at] = 1
	}
	return (SystemCPU() - begin) / n
}

// childAttr makes a child end with this process, however that ends.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
