package access

import (
	"context"
	"fmt"
)

// Use notes that a key which had to be used by a certain time has been. It is
// durable when Use returns, so that a sensor which has begun goes on.
func (r *Registry) Use(ctx context.Context, p Principal) error {
	r.mu.RLock()
	k := r.keys[p.Key]
	done := k == nil || k.UseBy.IsZero() || k.used
	r.mu.RUnlock()
	if done {
		return nil
	}
	r.change.Lock()
	defer r.change.Unlock()
	if !r.valid(p) {
		return errKey
	}
	if err := r.record(ctx, p, event{Type: keyUse, ID: p.Key}); err != nil {
		return fmt.Errorf("note first use of key: %w", err)
	}
	return nil
}
