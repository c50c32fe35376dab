package hub

import (
	"fmt"

	"github.com/opencure/cure"
)

// Digest is a hash over everything the scope sees, whatever the order it came
// in: two hubs that hold the same have the same. Cost: a walk over everything.
func (h *Hub) Digest(sc cure.Scope) string {
	return fmt.Sprintf("%x", h.store.Reader(sc).Digest())
}
