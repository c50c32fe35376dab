//go:build linux || darwin || freebsd

package ops

import (
	"golang.org/x/sys/unix"

	"github.com/opencure/cure"
)

func diskSpace(folder string) (free, total int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, 0, cure.Errorf(cure.Unavailable, "read disk space of %s: %w", folder, err)
	}
	size := int64(s.Bsize)
	return int64(s.Bavail) * size, int64(s.Blocks) * size, nil
}
