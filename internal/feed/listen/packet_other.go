//go:build !linux

package listen

import (
	"context"
	"net/url"

	"github.com/opencure/cure"
)

// servePackets needs Linux.
func (t *Intake) servePackets(_ context.Context, u *url.URL) error {
	return cure.Errorf(cure.Invalid, "listen at %.200q: packets of an interface are read on Linux only", u)
}
