package hub

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
)

// Put keeps bytes that are too large for a batch and returns their SHA-256 in
// hex, by which records name them.
func (h *Hub) Put(ctx context.Context, data []byte) (string, error) {
	sum, err := h.objects.Put(ctx, data)
	if err != nil {
		return "", fmt.Errorf("keep object: %w", err)
	}
	return hex.EncodeToString(sum[:]), nil
}

// Get returns what Put kept. It asks for no scope: the name of an object is
// known to those only who have the object or a record that names it.
func (h *Hub) Get(ctx context.Context, sum string) ([]byte, error) {
	var s log.Sum
	if b, err := hex.DecodeString(sum); err != nil || len(b) != len(s) {
		return nil, cure.Errorf(cure.Invalid, "get object: %.80q is not a SHA-256 in hex", sum)
	} else {
		copy(s[:], b)
	}
	data, err := h.objects.Get(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("get object: %w", err)
	}
	return data, nil
}
