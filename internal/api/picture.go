package api

import (
	"context"
	"net/http"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

type pictureInput struct {
	Waits
	At time.Time `query:"at" doc:"The picture of this moment (RFC 3339) instead of now, from the single observations that are kept."`
}

type historyInput struct {
	Waits
	From time.Time `query:"from" doc:"Begin (RFC 3339), arrival; none: a day before the end."`
	To   time.Time `query:"to" doc:"End; none: now."`
	Step string    `query:"step" default:"15m" maxLength:"20" doc:"Time between two frames (15m, 1h, 30s), at most 1,000 of them."`
}

// picture registers the whole at a glance.
func (s *Server) picture() {
	register(s, route{
		id: "picture", method: http.MethodGet, path: "/picture", tag: "picture", roles: readers,
		summary: "The whole at a glance: databases, what they share, what was found",
		text:    "Every publisher that can be read is there, with state none while it has no source that the key may see.",
	}, func(ctx context.Context, v access.View, in *pictureInput) (*out[access.Picture], error) {
		if !in.At.IsZero() {
			return body(v.PictureAt(ctx, in.At))
		}
		return body(v.Picture(ctx))
	})
	register(s, route{
		id: "pictureHistory", method: http.MethodGet, path: "/picture/history", tag: "picture", roles: readers,
		summary: "How the picture came about",
		text:    "Frames at even distances, by arrival, of the single observations that are kept.",
	}, func(ctx context.Context, v access.View, in *historyInput) (*out[client.History], error) {
		step, err := time.ParseDuration(in.Step)
		if err != nil {
			return nil, cure.Errorf(cure.Invalid, "step %.40q, want a duration like 15m", in.Step)
		}
		return body(v.History(ctx, in.From, in.To, step))
	})
	register(s, route{
		id: "now", method: http.MethodGet, path: "/now", tag: "picture", roles: readers,
		summary: "What was linked and found within the last hour",
		text:    "By arrival. Links come with what they are worth and why; own alerts that other databases know something of stand apart. A block without entries says what would fill it.",
	}, func(ctx context.Context, v access.View, _ *waitInput) (*out[client.Now], error) {
		return body(v.Now(ctx))
	})
}
