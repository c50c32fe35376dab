package api

import (
	"context"
	"net/http"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

type documentsInput struct {
	Waits
	Paged
	Q string `query:"q" maxLength:"1024" doc:"Words and phrases in double quotes, in any width of letters; all have to be there. None: the newest documents."`
}

type documentInput struct {
	Waits
	IDPath
}

// documents registers reports, posts, technique pages and tickets.
func (s *Server) documents() {
	register(s, route{
		id: "documents", method: http.MethodGet, path: "/documents", tag: "search", roles: readers,
		summary: "Search in titles and texts of documents",
	}, func(ctx context.Context, v access.View, in *documentsInput) (*out[access.Documents], error) {
		return body(v.Documents(ctx, in.Q, in.cursor()))
	})
	register(s, route{
		id: "document", method: http.MethodGet, path: "/documents/{id}", tag: "search", roles: readers,
		summary: "One document with its text",
	}, func(ctx context.Context, v access.View, in *documentInput) (*out[access.DocumentFile], error) {
		id, err := cure.ParseID(in.ID)
		if err != nil {
			return nil, err
		}
		return body(v.Document(ctx, id))
	})
}
