package access

import (
	"context"
	"time"

	"github.com/opencure/cure/client"
)

// Picture returns the whole as the principal may see it. The stream sequence
// is there for the own organisation only: it counts what others see.
func (v View) Picture(ctx context.Context) (Picture, error) {
	p, err := v.hub.Picture(ctx, v.scope)
	for i := range p.Detections {
		v.heedFinding(&p.Detections[i])
	}
	if !v.org.Own {
		p.Seq = 0
	}
	return p, err
}

// Now returns what was linked and found within the last hour.
func (v View) Now(ctx context.Context) (client.Now, error) {
	n, err := v.hub.Now(ctx, v.scope)
	for i := range n.Detections.Values {
		v.heedFinding(&n.Detections.Values[i])
	}
	return n, err
}

// PictureAt returns the picture of a moment that has passed.
func (v View) PictureAt(ctx context.Context, at time.Time) (Picture, error) {
	p, err := v.hub.PictureAt(ctx, v.scope, at)
	for i := range p.Detections {
		v.heedFinding(&p.Detections[i])
	}
	return p, err
}

// History returns how the picture came about between two moments.
func (v View) History(ctx context.Context, from, to time.Time, step time.Duration) (client.History, error) {
	return v.hub.History(ctx, v.scope, from, to, step)
}
