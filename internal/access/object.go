package access

import (
	"context"

	"github.com/opencure/cure"
)

// PutObject keeps bytes of a source that are too large for a batch; see
// hub.Hub.PutObject. Denied unless the principal may write the source.
func (v View) PutObject(ctx context.Context, src cure.Source, data []byte) (string, error) {
	if err := v.mayWrite(src); err != nil {
		return "", err
	}
	return v.hub.PutObject(ctx, data)
}

// Object returns what was kept under that sum. Who may write the source and
// knows the sum has put it there.
func (v View) Object(ctx context.Context, src cure.Source, sum string) ([]byte, error) {
	if err := v.mayWrite(src); err != nil {
		return nil, err
	}
	return v.hub.Object(ctx, sum)
}

// mayWrite returns Denied unless the principal may write the source.
func (v View) mayWrite(src cure.Source) error { return errSkeleton }
