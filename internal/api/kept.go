package api

import (
	"context"
	"net/http"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

type keptInput struct{ Body cure.KeptSearch }

// kept registers the searches that people keep.
func (s *Server) kept() {
	register(s, route{
		id: "keptSearches", method: http.MethodGet, path: "/searches", tag: "search", roles: readers,
		summary: "Searches the key keeps, and those shared in its organisation",
	}, func(_ context.Context, v access.View, _ *struct{}) (*out[[]cure.KeptSearch], error) {
		return body(v.KeptSearches(), nil)
	})
	register(s, route{
		id: "keepSearch", method: http.MethodPost, path: "/searches", tag: "search", roles: readers,
		summary: "Keep a search to ask it again",
		text: "Name, query, shared and marking count. One of the same key and name is replaced. A shared one is seen by the keys of the own organisation that may see its marking; " +
			"without a marking that is all that the author may see.",
	}, func(ctx context.Context, v access.View, in *keptInput) (*out[cure.KeptSearch], error) {
		return body(v.KeepSearch(ctx, in.Body))
	})
	register(s, route{
		id: "forgetSearch", method: http.MethodDelete, path: "/searches/{id}", tag: "search", roles: readers,
		summary: "Forget a kept search",
	}, func(ctx context.Context, v access.View, in *IDPath) (*struct{}, error) {
		id, err := cure.ParseID(in.ID)
		if err != nil {
			return nil, err
		}
		return nil, v.ForgetSearch(ctx, id)
	})
}
