package api

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/export"
)

// maxExported bounds the values of one bundle: each costs an answer.
const maxExported = 1000

// exports registers answers in formats of other programs.
func (s *Server) exports() {
	s.raw(route{
		id: "export", method: http.MethodGet, path: "/export", tag: "search", roles: readers,
		summary: "What is known of values, or a case or campaign, as a STIX 2.1 bundle",
		text: "One of q, observable, case and campaign says of what; format is stix. At most 1,000 values; a bundle that does not hold all says so in a note. " +
			"Every object carries the marking of what it was made from. Own hosts of a case are not in it.",
	}, func(op *huma.Operation) {
		for _, name := range []string{"format", "q", "observable", "case", "campaign"} {
			op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "query", Required: name == "format", Schema: &huma.Schema{Type: "string"}})
		}
		op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{export.MediaSTIX: {Schema: &huma.Schema{Type: "object"}}}}
	}, s.export)
}

func (s *Server) export(w http.ResponseWriter, r *http.Request, v access.View) error {
	if f := r.URL.Query().Get("format"); f != "stix" {
		return cure.Errorf(cure.Invalid, "export: format %.20q, want stix", f)
	}
	sheet := export.Sheet{Producer: v.Organisation(), Now: s.o.Now()}
	values, err := exported(r, v, &sheet)
	if err != nil {
		return err
	}
	if n := len(values) - maxExported; n > 0 {
		values, sheet.Cut = values[:maxExported], sheet.Cut+n
	}
	for _, o := range values {
		a, err := v.Answer(r.Context(), o)
		if err != nil {
			return err
		}
		sheet.Answers = append(sheet.Answers, a)
	}
	var b bytes.Buffer
	if err := export.STIX(&b, sheet); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="cure.stix.json"`)
	return writeBytes(w, export.MediaSTIX, b.Bytes())
}

// exported returns the values that are asked for, and says in the sheet what
// holds them together.
func exported(r *http.Request, v access.View, sheet *export.Sheet) ([]cure.Observable, error) {
	q := r.URL.Query()
	given := 0
	for _, name := range []string{"q", "observable", "case", "campaign"} {
		if q.Get(name) != "" {
			given++
		}
	}
	if given != 1 {
		return nil, cure.Errorf(cure.Invalid, "export: one of q, observable, case and campaign is needed")
	}
	switch ctx := r.Context(); {
	case q.Get("observable") != "":
		o, err := optionalObservable(q.Get("observable"))
		return []cure.Observable{o}, err
	case q.Get("case") != "":
		return caseValues(ctx, v, q.Get("case"), sheet)
	case q.Get("campaign") != "":
		return campaignValues(ctx, v, q.Get("campaign"), sheet)
	}
	res, err := v.Search(r.Context(), Understand(q.Get("q")), access.Cursor{Limit: maxExported})
	if err != nil {
		return nil, err
	}
	if res.More {
		sheet.Cut = 1
	}
	var all []cure.Observable
	for i := range res.Values {
		all = append(all, res.Values[i].Observable)
	}
	return all, nil
}

// caseValues are the values of a case but the own ones.
func caseValues(ctx context.Context, v access.View, id string, sheet *export.Sheet) ([]cure.Observable, error) {
	c, err := v.Case(ctx, id, access.CaseWindow{})
	if err != nil {
		return nil, err
	}
	sheet.Title, sheet.Key, sheet.Marking = c.Title, "case "+c.ID.String(), c.Detection.Marking
	sheet.About = c.Detection.Pattern
	seen := map[cure.Observable]bool{}
	var all []cure.Observable
	add := func(list ...cure.Observable) {
		for _, o := range list {
			if !o.IsZero() && !seen[o] {
				seen[o] = true
				all = append(all, o)
			}
		}
	}
	for i := range c.Blocks {
		b := &c.Blocks[i]
		if b.Name == client.BlockOurs {
			continue
		}
		sheet.Cut += b.Cut
		for k := range b.Parts {
			if p := &b.Parts[k]; p.Overruled == nil {
				add(p.Observable)
				add(p.Members...)
			}
		}
	}
	add(c.Detection.Sources...)
	return all, nil
}

func campaignValues(ctx context.Context, v access.View, text string, sheet *export.Sheet) ([]cure.Observable, error) {
	id, err := cure.ParseID(text)
	if err != nil {
		return nil, err
	}
	c, err := v.Campaign(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	sheet.Title, sheet.Key = c.Title, "campaign "+c.ID.String()
	sheet.About, sheet.Cut = "values that belong together across "+strings.Join(c.Publishers, ", "), c.Size-len(c.Members)
	var all []cure.Observable
	for i := range c.Members {
		all = append(all, c.Members[i].Observable)
	}
	return all, nil
}
