package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/api"
	"github.com/opencure/cure/internal/ioc"
)

// Limits of the page's lists.
const (
	perPage   = 200
	perFile   = 10_000
	maxPasted = 1 << 20
	maxShown  = 2000    // values of a pasted text
	maxQuery  = 4 << 10 // bytes; what is longer is taken for a text
)

// home is what is here.
type home struct {
	Stats   access.Stats
	Kinds   []kindCount
	Sources int
	Picture picture
	Newest  []access.Summary // the links worth most
	Widest  []access.Summary
}

// kindCount is how many values of a kind there are.
type kindCount struct {
	Kind string
	N    uint64
}

func (p *Page) home(w http.ResponseWriter, r *http.Request, v access.View) error {
	h := home{Stats: v.Stats(), Sources: len(v.Sources())}
	m, err := v.Matrix(r.Context(), false)
	if err != nil {
		return err
	}
	h.Picture = draw(m, p.root)
	for _, k := range cure.Kinds() {
		if n := h.Stats.Values[k.String()]; n > 0 {
			h.Kinds = append(h.Kinds, kindCount{k.String(), n})
		}
	}
	if h.Newest, err = v.Rare(r.Context(), cure.KindNone, 10); err != nil {
		return err
	}
	if h.Widest, err = v.Top(r.Context(), cure.KindNone, 10); err != nil {
		return err
	}
	return p.render(w, r, http.StatusOK, "home", frame{Title: "Now", Nav: "now", Data: h})
}

// results are the lines of several values.
type results struct {
	Query  string
	Values []access.Summary
	Misses []access.Answer
	Known  int
	More   bool
	Pasted bool
	Kinds  map[string]int
	Cut    int
	Hints  []string // what else may have been meant
}

// search answers what was typed: one value leads to its page, more make a
// table.
func (p *Page) search(w http.ResponseWriter, r *http.Request, v access.View) error {
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	if q == "" {
		http.Redirect(w, r, p.root+"/", http.StatusSeeOther)
		return nil
	}
	if words, ok := strings.CutPrefix(q, "text:"); ok {
		return p.documents(w, r, v, words)
	}
	// What is surely one value has its own page, and a long list is a text.
	if o, ok := api.Value(q); ok && o.Kind != cure.KindCIDR {
		http.Redirect(w, r, p.entityPath(o), http.StatusSeeOther)
		return nil
	}
	if len(q) > maxQuery {
		return p.showText(w, r, v, q)
	}
	res, err := v.Search(r.Context(), api.Understand(q), access.Cursor{Limit: limit(r)})
	if err != nil {
		return err
	}
	if r.URL.Query().Get("as") == "csv" {
		return api.SendCSV(w, api.All(res))
	}
	if len(res.Values) == 0 && len(res.Misses) == 1 && len(res.Hints) == 0 {
		http.Redirect(w, r, p.entityPath(res.Misses[0].Observable), http.StatusSeeOther)
		return nil
	}
	out := results{Query: res.Query, Values: res.Values, Misses: res.Misses, Known: len(res.Values), More: res.More, Hints: res.Hints}
	return p.render(w, r, http.StatusOK, "results", frame{Title: q, Query: q, Data: out})
}

// limit is how many results are wanted: a screenful, or for a file all that
// one answer holds.
func limit(r *http.Request) int {
	if r.URL.Query().Get("as") == "csv" {
		return perFile
	}
	return perPage
}

// extract answers a pasted text. It is not kept and stands in no address.
func (p *Page) extract(w http.ResponseWriter, r *http.Request, v access.View) error {
	r.Body = http.MaxBytesReader(w, r.Body, 3*maxPasted+4096) // escaped, a byte takes three
	if err := r.ParseForm(); err != nil {
		return cure.Errorf(cure.Invalid, "read the pasted text: %w", err)
	}
	return p.showText(w, r, v, r.PostForm.Get("text"))
}

// showText answers the values of a text.
func (p *Page) showText(w http.ResponseWriter, r *http.Request, v access.View, text string) error {
	e, err := api.Extract(r.Context(), v, text)
	if err != nil {
		return err
	}
	if r.FormValue("as") == "csv" {
		return api.SendCSV(w, e.Values)
	}
	out := results{Values: e.Values, Known: e.Known, Pasted: true, Kinds: e.Kinds, Cut: e.Cut}
	if len(out.Values) > maxShown {
		out.Cut += len(out.Values) - maxShown
		out.Values = out.Values[:maxShown]
	}
	return p.render(w, r, http.StatusOK, "results", frame{Title: "Pasted text", Data: out})
}

// entity is the page of one value.
type entity struct {
	access.Answer
	Tagged []access.Summary // of a tag: what is tied to it
	More   bool             // and there are more
	Strips []strip
	Axis   []tick
	Among  int // visible sources in all, for "not seen by any of"

	Records access.TagRecords // of a tag: what it reaches over files
	Folded  []access.Link     // links that somebody suppressed
	Vuln    *estimated
	Similar *access.Similar // of an address
}

func (p *Page) entity(w http.ResponseWriter, r *http.Request, v access.View) error {
	kind, err := cure.ParseKind(r.PathValue("kind"))
	if err != nil {
		return cure.Errorf(cure.NotFound, "there is no kind of value of that name")
	}
	o, err := ioc.Canonical(kind, r.PathValue("value"))
	if err != nil {
		return err
	}
	if o.Value != r.PathValue("value") {
		http.Redirect(w, r, p.entityPath(o), http.StatusSeeOther)
		return nil
	}
	a, err := v.Answer(r.Context(), o)
	if err != nil {
		return err
	}
	e := entity{Answer: a}
	e.Links, e.Folded = fold(a.Links)
	if a.Known {
		t, err := v.Timeline(r.Context(), o, a.First, a.Last, access.Cursor{Limit: 2000})
		if err != nil {
			return err
		}
		e.Strips, e.Axis = strips(a, t)
		if e.Vuln, err = p.vulnerability(r.Context(), v, o); err != nil {
			return err
		}
		if kind == cure.KindTag || kind == cure.KindCVE {
			tied, err := v.Tagged(r.Context(), o.Value, access.Cursor{Limit: perPage})
			if err != nil {
				return err
			}
			e.Tagged, e.More = tied.Values, tied.More
			if e.Records, err = v.TagRecords(r.Context(), o.Value, access.Cursor{Limit: 50}); err != nil {
				return err
			}
		}
		if kind == cure.KindIP {
			alike, err := v.Similar(r.Context(), o, 0)
			if err != nil {
				return err
			}
			e.Similar = &alike
		}
	} else {
		e.Among = len(v.Sources())
	}
	return p.render(w, r, http.StatusOK, "answer", frame{Title: show(o), Query: o.Value, Data: e})
}

// fold takes the suppressed links out of a list.
func fold(links []access.Link) (shown, folded []access.Link) {
	for _, l := range links {
		if l.Overruled != nil {
			folded = append(folded, l)
		} else {
			shown = append(shown, l)
		}
	}
	return shown, folded
}

func (p *Page) record(w http.ResponseWriter, r *http.Request, v access.View) error {
	ref, err := url.PathUnescape(r.PathValue("ref"))
	if err != nil {
		return cure.Errorf(cure.NotFound, "there is no such record")
	}
	opened, err := v.Record(r.Context(), ref)
	if err != nil {
		return err
	}
	return p.render(w, r, http.StatusOK, "record", frame{Title: "Record", Data: opened})
}
