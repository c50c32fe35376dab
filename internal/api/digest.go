package api

import (
	"context"
	"net/http"

	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

// digest registers the hash by which hubs are compared.
func (s *Server) digest() {
	register(s, route{
		id: "digest", method: http.MethodGet, path: "/digest", tag: "state", roles: admins,
		summary: "Hash over all that the key sees",
		text:    "Two hubs that hold the same have the same, whatever the order it came in. Reads the whole store.",
	}, func(_ context.Context, v access.View, _ *waitInput) (*out[client.Digest], error) {
		sum, err := v.Digest()
		return body(client.Digest{Digest: sum}, err)
	})
}
