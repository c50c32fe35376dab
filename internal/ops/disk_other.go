//go:build !(linux || darwin || freebsd)

package ops

import "github.com/opencure/cure"

func diskSpace(folder string) (free, total int64, err error) {
	return 0, 0, cure.Errorf(cure.Unavailable, "disk space of %s cannot be read on this system", folder)
}
