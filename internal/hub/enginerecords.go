package hub

import (
	"context"

	"github.com/opencure/cure"
)

// Records opens the records about a value that arrived last, at most as many
// as an answer names. A record the log does not hold any more is left out.
// Cost: an answer, and the opening of each record.
func (b *Bench) Records(ctx context.Context, o cure.Observable) ([]Opened, error) {
	a, err := b.hub.Answer(ctx, b.scope, o)
	if err != nil {
		return nil, err
	}
	var all []Opened
	seen := map[string]bool{"": true}
	for _, s := range a.Recent {
		if seen[s.Record] {
			continue
		}
		seen[s.Record] = true
		rec, err := b.hub.Record(ctx, b.scope, s.Record)
		switch {
		case err == nil:
			all = append(all, rec)
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case cure.KindOf(err) != cure.NotFound:
			return nil, err
		}
	}
	return all, nil
}

// Follow reads records as they arrive, and those that have arrived, as the
// engine sees them: what its scope shows, shared with all who follow.
func (b *Bench) Follow(ctx context.Context, o Following) (*Follower, error) {
	o.Rights = b.scope
	return b.hub.Follow(ctx, b.scope, o)
}

// Found returns the detections that this engine has published and that stand,
// each in its newest form.
func (b *Bench) Found() []Finding {
	return b.hub.look(b.scope).findings(FindingFilter{Publisher: string(b.src)})
}
