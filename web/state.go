package web

import (
	"math"
	"net/http"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

// sourceRow is a line of the list of sources. The first one of a publisher
// carries its name as a place to jump to.
type sourceRow struct {
	access.SourceStatus
	Anchor string
}

func (p *Page) sources(w http.ResponseWriter, r *http.Request, v access.View) error {
	data := struct {
		Rows []sourceRow
		Hub  *access.Status
	}{}
	last := ""
	for _, s := range v.Sources() { // sorted by name
		row := sourceRow{SourceStatus: s}
		if pub := s.Source.Publisher(); pub != last {
			row.Anchor, last = pub, pub
		}
		data.Rows = append(data.Rows, row)
	}
	if st, err := v.Status(r.Context()); err == nil { // administrators only
		data.Hub = &st
	}
	return p.render(w, r, http.StatusOK, "sources", frame{Title: "Sources", Nav: "sources", Data: data})
}

// cell is one field of the matrix.
type cell struct {
	A, B   string
	N      uint64
	Heat   int // 0 to 9
	Self   bool
	Linked bool
}

func (p *Page) links(w http.ResponseWriter, r *http.Request, v access.View) error {
	q := r.URL.Query()
	if a, b := q.Get("a"), q.Get("b"); a != "" && b != "" {
		s, err := v.Shared(r.Context(), a, b, access.Cursor{Limit: perPage})
		if err != nil {
			return err
		}
		return p.render(w, r, http.StatusOK, "shared", frame{Title: a + " and " + b, Nav: "links", Data: s})
	}
	bySource := q.Get("by") == "source"
	m, err := v.Matrix(r.Context(), bySource)
	if err != nil {
		return err
	}
	return p.render(w, r, http.StatusOK, "links", frame{Title: "Links", Nav: "links", Data: struct {
		BySource bool
		Names    []string
		Rows     [][]cell
	}{bySource, m.Names, heat(m)}})
}

// heat colours the matrix by the logarithm of what is shared: overlaps of
// feeds are thousands of times those of sensors.
func heat(m access.Matrix) [][]cell {
	most := 1.0
	for i, row := range m.Shared {
		for j, n := range row {
			if i != j {
				most = max(most, math.Log1p(float64(n)))
			}
		}
	}
	rows := make([][]cell, len(m.Shared))
	for i, row := range m.Shared {
		for j, n := range row {
			c := cell{A: m.Names[i], B: m.Names[j], N: n, Self: i == j, Linked: i != j && n > 0}
			if c.Linked {
				c.Heat = 1 + int(8*math.Log1p(float64(n))/most)
			}
			rows[i] = append(rows[i], c)
		}
	}
	return rows
}

func (p *Page) quarantine(w http.ResponseWriter, r *http.Request, v access.View) error {
	src := cure.Source(r.URL.Query().Get("source"))
	if src != "" {
		if err := src.Check(); err != nil {
			return err
		}
	}
	bad, err := v.Quarantined(r.Context(), src, access.Cursor{Limit: perPage})
	if err != nil {
		return err
	}
	return p.render(w, r, http.StatusOK, "quarantine", frame{Title: "Quarantine", Nav: "quarantine", Data: struct {
		Source  cure.Source
		Records []access.BadRecord
	}{src, bad}})
}
