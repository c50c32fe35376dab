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
	name := hex.EncodeToString(sum[:])
	h.ledger.forget(name) // it is wanted again
	return name, nil
}

// Get returns what Put kept. It asks for no scope: the name of an object is
// known to those only who have the object or a record that names it.
func (h *Hub) Get(ctx context.Context, sum string) ([]byte, error) {
	s, err := objectSum(sum)
	if err != nil {
		return nil, err
	}
	data, err := h.objects.Get(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("get object: %w", err)
	}
	return data, nil
}

// objectSum reads the name of an object.
func objectSum(name string) (sum log.Sum, err error) {
	b, err := hex.DecodeString(name)
	if err != nil || len(b) != len(sum) {
		return sum, cure.Errorf(cure.Invalid, "get object: %.80q is not a SHA-256 in hex", name)
	}
	copy(sum[:], b)
	return sum, nil
}
