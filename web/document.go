package web

import (
	"net/http"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

// documents shows what a search in texts found.
func (p *Page) documents(w http.ResponseWriter, r *http.Request, v access.View, words string) error {
	found, err := v.Documents(r.Context(), words, access.Cursor{Limit: perPage})
	if err != nil {
		return err
	}
	return p.render(w, r, http.StatusOK, "documents", frame{Title: words, Query: "text:" + words, Data: found})
}

func (p *Page) document(w http.ResponseWriter, r *http.Request, v access.View) error {
	id, err := cure.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	d, err := v.Document(r.Context(), id)
	if err != nil {
		return err
	}
	return p.render(w, r, http.StatusOK, "document", frame{Title: d.Title, Data: d})
}
