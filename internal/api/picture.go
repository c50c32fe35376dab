package api

import (
	"context"
	"net/http"

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
}
