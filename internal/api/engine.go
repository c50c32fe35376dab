package api

import (
	"context"
	"net/http"

	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

type engineInput struct {
	Name string `path:"name" maxLength:"96" doc:"The engine, as /engines names it."`
}

// engines registers the engines and the taking back of what one said.
func (s *Server) engines() {
	register(s, route{
		id: "engines", method: http.MethodGet, path: "/engines", tag: "state", roles: readers,
		summary: "The engines of the hub",
	}, func(_ context.Context, v access.View, _ *waitInput) (*out[[]client.Enricher], error) {
		return body(v.Engines(), nil)
	})
	register(s, route{
		id: "removeEngine", method: http.MethodDelete, path: "/engines/{name}", tag: "state", roles: admins,
		summary: "Take back all that an engine ever said",
		text:    "An engine that runs ends, and says everything again when the hub is started with it: take it out of the configuration first.",
	}, func(ctx context.Context, v access.View, in *engineInput) (*out[sequence], error) {
		seq, err := v.RemoveEngine(ctx, in.Name)
		return body(sequence{seq}, err)
	})
}
