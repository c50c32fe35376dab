package api

import (
	"context"
	"net/http"

	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

// picture registers the whole at a glance.
func (s *Server) picture() {
	register(s, route{
		id: "picture", method: http.MethodGet, path: "/picture", tag: "picture", roles: readers,
		summary: "The whole at a glance: databases, what they share, what was found",
		text:    "Every publisher that can be read is there, with state none while it has no source that the key may see.",
	}, func(ctx context.Context, v access.View, _ *waitInput) (*out[access.Picture], error) {
		return body(v.Picture(ctx))
	})
	register(s, route{
		id: "now", method: http.MethodGet, path: "/now", tag: "picture", roles: readers,
		summary: "What was linked and found within the last hour",
		text:    "By arrival. Links come with what they are worth and why; own alerts that other databases know something of stand apart. A block without entries says what would fill it.",
	}, func(ctx context.Context, v access.View, _ *waitInput) (*out[client.Now], error) {
		return body(v.Now(ctx))
	})
}
