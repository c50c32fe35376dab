package hub

import (
	"context"

	"github.com/opencure/cure/internal/log"
)

// objectBucket holds what is too large for a batch: long raw texts, bodies of
// documents, states of large lists. By content, so that the same is kept once.
const objectBucket = "objects"

// PutObject keeps bytes and returns their SHA-256 in hex when they are
// durable.
func (h *Hub) PutObject(ctx context.Context, data []byte) (string, error) {
	objects, err := h.opts.Log.Objects(ctx, objectBucket)
	if err != nil {
		return "", err
	}
	sum, err := objects.Put(ctx, data)
	return sum.String(), err
}

// Object returns what was kept under that sum; NotFound when nothing was.
func (h *Hub) Object(ctx context.Context, sum string) ([]byte, error) {
	s, err := log.ParseSum(sum)
	if err != nil {
		return nil, err
	}
	objects, err := h.opts.Log.Objects(ctx, objectBucket)
	if err != nil {
		return nil, err
	}
	return objects.Get(ctx, s)
}
