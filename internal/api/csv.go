package api

import (
	"bytes"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/export"
)

// tables registers results for spreadsheets.
func (s *Server) tables() {
	table := func(op *huma.Operation) {
		op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{
			"text/csv": {Schema: &huma.Schema{Type: "string"}},
		}}
	}
	s.raw(route{
		id: "searchTable", method: http.MethodGet, path: "/search.csv", tag: "search", roles: readers,
		summary: "Find values, as a table", text: "As /search, in CSV; at most 10,000 values. Values asked for by name that nobody holds are in it.",
	}, func(op *huma.Operation) {
		table(op)
		op.Parameters = []*huma.Param{{Name: "q", In: "query", Required: true, Schema: &huma.Schema{Type: "string"}}}
	}, func(w http.ResponseWriter, r *http.Request, v access.View) error {
		res, err := v.Search(r.Context(), Understand(r.URL.Query().Get("q")), access.Cursor{Limit: maxFound})
		if err != nil {
			return err
		}
		return SendCSV(w, All(res))
	})
	s.raw(route{
		id: "extractTable", method: http.MethodPost, path: "/extract.csv", tag: "search", roles: readers,
		summary: "Find the observables of a text, as a table", text: "As /extract, in CSV. The body is the text itself, at most " + strconv.Itoa(maxText) + " bytes.",
	}, func(op *huma.Operation) {
		table(op)
		op.RequestBody = binaryBody("text/plain")
	}, func(w http.ResponseWriter, r *http.Request, v access.View) error {
		var text bytes.Buffer
		if _, err := text.ReadFrom(http.MaxBytesReader(w, r.Body, maxText)); err != nil {
			return cure.Errorf(cure.Invalid, "read text: %w", err)
		}
		e, err := Extract(r.Context(), v, text.String())
		if err != nil {
			return err
		}
		return SendCSV(w, e.Values)
	})
}

// All is the values of results and those asked for by name that nobody holds.
func All(r access.Results) []access.Summary {
	all := r.Values
	for i := range r.Misses {
		all = append(all, r.Misses[i].Summary)
	}
	return all
}

// SendCSV answers values as a file for spreadsheets.
func SendCSV(w http.ResponseWriter, values []access.Summary) error {
	var b bytes.Buffer
	if err := export.CSV(&b, values); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="cure.csv"`)
	return writeBytes(w, export.MediaCSV, b.Bytes())
}
