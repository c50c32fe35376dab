package api

import (
	"context"
	"net/http"

	"github.com/opencure/cure/internal/access"
)

type matrixInput struct {
	Waits
	By string `query:"by" enum:"publisher,source" default:"publisher" doc:"Fold by publisher, or open by source."`
}

type sharedInput struct {
	Waits
	Paged
	A string `path:"a" maxLength:"200" doc:"A publisher, or a source with its slash escaped (cowrie%2Ftokyo1)."`
	B string `path:"b" maxLength:"200"`
}

// links registers what sources share.
func (s *Server) links() {
	register(s, route{
		id: "links", method: http.MethodGet, path: "/links", tag: "links", roles: readers,
		summary: "How many values each pair of sources shares",
	}, func(ctx context.Context, v access.View, in *matrixInput) (*out[access.Matrix], error) {
		return body(v.Matrix(ctx, in.By == "source"))
	})
	register(s, route{
		id: "shared", method: http.MethodGet, path: "/links/{a}/{b}", tag: "links", roles: readers,
		summary: "Which values two sources share",
	}, func(ctx context.Context, v access.View, in *sharedInput) (*out[access.Shared], error) {
		return body(v.Shared(ctx, in.A, in.B, in.cursor()))
	})
}
