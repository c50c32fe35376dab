package web

import (
	"net/http"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

func (p *Page) cases(w http.ResponseWriter, r *http.Request, v access.View) error {
	all, err := v.Cases(r.Context(), access.Cursor{Limit: perPage})
	if err != nil {
		return err
	}
	return p.render(w, r, http.StatusOK, "cases", frame{Title: "Cases", Nav: "cases", Data: all})
}

func (p *Page) caseFile(w http.ResponseWriter, r *http.Request, v access.View) error {
	c, err := v.Case(r.Context(), r.PathValue("id"), access.CaseWindow{})
	if err != nil {
		return err
	}
	return p.render(w, r, http.StatusOK, "case", frame{Title: c.Title, Nav: "cases", Data: c})
}

func (p *Page) campaigns(w http.ResponseWriter, r *http.Request, v access.View) error {
	all, err := v.Campaigns(r.Context(), 0, access.Cursor{Limit: perPage})
	if err != nil {
		return err
	}
	return p.render(w, r, http.StatusOK, "campaigns", frame{Title: "Campaigns", Nav: "campaigns", Data: all})
}

func (p *Page) campaign(w http.ResponseWriter, r *http.Request, v access.View) error {
	id, err := cure.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	c, err := v.Campaign(r.Context(), id, 0)
	if err != nil {
		return err
	}
	return p.render(w, r, http.StatusOK, "campaign", frame{Title: c.Title, Nav: "campaigns", Data: c})
}
