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
	if !v.org.Own {
		p.Seq = 0
	}
	return p, err
}

// Detections returns what was found and arrived after since, the newest first.
func (v View) Detections(ctx context.Context, since time.Time, n int) ([]client.Finding, error) {
	return v.hub.Detections(ctx, v.scope, since, n)
}
