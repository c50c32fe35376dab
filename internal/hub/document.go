package hub

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/text"
)

// Texts are searched by reading them: folded, in memory, from beginning to end.
// That finds any part of Japanese text and the beginnings of words in others,
// needs no index that could hold what a viewer may not see, and takes some
// 10 ms for all that is kept.
const (
	textBytes = 64 << 20 // folded texts kept
	textMax   = 1 << 20  // of one document that are searched
	snippet   = 160      // bytes shown around a place
	docPlaces = 1000     // that are counted in one document
)

// library keeps folded texts by their sum.
type library struct {
	mu    sync.Mutex
	texts map[string]string
	bytes int
}

func newLibrary() *library { return &library{texts: map[string]string{}} }

// folded returns the folded text of a body, false when it is not there.
func (h *Hub) folded(ctx context.Context, sum string) (string, bool) {
	if sum == "" {
		return "", true
	}
	lib := h.library
	lib.mu.Lock()
	t, ok := lib.texts[sum]
	lib.mu.Unlock()
	if ok {
		return t, true
	}
	body, err := h.Get(ctx, sum)
	if err != nil {
		return "", false
	}
	t = text.Fold(strings.ToValidUTF8(string(body[:min(len(body), textMax)]), ""))
	lib.mu.Lock()
	defer lib.mu.Unlock()
	if lib.bytes+len(t) > textBytes {
		clear(lib.texts)
		lib.bytes = 0
	}
	lib.texts[sum] = t
	lib.bytes += len(t)
	return t, true
}

// documents returns the documents that the scope sees, each once in its newest
// form, the newest date first.
func (l *look) documents() []DocumentFile {
	seen := map[cure.ID]bool{}
	var all []DocumentFile
	items := l.hub.ledger.documents()
	for i := len(items) - 1; i >= 0; i-- {
		x := &items[i]
		m := x.Marking.Or(l.hub.store.Default(x.Source))
		if seen[x.Document.ID] || !l.sc.Sees(x.Source, m) {
			continue
		}
		seen[x.Document.ID] = true
		all = append(all, DocumentFile{Document: *x.Document, Source: x.Source, Marking: m, Record: x.Record.String()})
	}
	slices.SortFunc(all, func(a, b DocumentFile) int {
		return cmp.Or(b.Date.Compare(a.Date), cmp.Compare(a.ID.String(), b.ID.String()))
	})
	return all
}

// Documents finds the documents that hold all terms of a query, those with most
// places first; an empty query lists the newest.
func (h *Hub) Documents(ctx context.Context, sc cure.Scope, query string, c Cursor) (Documents, error) {
	leave, err := h.wide.enter(ctx)
	if err != nil {
		return Documents{}, err
	}
	defer leave()
	c = c.clip()
	l := h.look(sc)
	defer l.done(ctx, "text "+query)
	out := Documents{Terms: text.Terms(query), Documents: []DocumentFile{}}
	var found []DocumentFile
	for _, d := range l.documents() {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		body, ok := h.folded(ctx, d.Body)
		if !ok {
			out.Unread++
		}
		if rate(&d, body, out.Terms) {
			found = append(found, d)
		}
	}
	slices.SortStableFunc(found, func(a, b DocumentFile) int { return cmp.Compare(b.Score, a.Score) })
	found = found[min(c.Skip, len(found)):]
	out.More = len(found) > c.Limit
	out.Documents = append(out.Documents, found[:min(c.Limit, len(found))]...)
	for i := range out.Documents {
		l.red = l.red || out.Documents[i].Marking.TLP == cure.TLPRed
	}
	return out, nil
}

// rate counts the terms in a document; false when one is missing.
func rate(d *DocumentFile, body string, terms []string) bool {
	title := text.Fold(d.Title)
	for _, t := range terms {
		inTitle, _ := text.Count(title, t, docPlaces)
		inBody, at := text.Count(body, t, docPlaces)
		if inTitle+inBody == 0 {
			return false
		}
		d.Score += float64(10*inTitle + inBody)
		if d.Snippet == "" && at >= 0 {
			d.Snippet = text.Around(body, at, snippet)
		}
	}
	return true
}

// Document returns one document with its text. NotFound: none, or not for this
// scope.
func (h *Hub) Document(ctx context.Context, sc cure.Scope, id cure.ID) (DocumentFile, error) {
	l := h.look(sc)
	defer l.done(ctx, "document "+id.String())
	for _, d := range l.documents() {
		if d.ID != id {
			continue
		}
		l.red = d.Marking.TLP == cure.TLPRed
		if d.Body != "" {
			if body, err := h.Get(ctx, d.Body); err == nil {
				d.Text = strings.ToValidUTF8(string(body[:min(len(body), textMax)]), "")
			}
		}
		return d, nil
	}
	return DocumentFile{}, cure.Errorf(cure.NotFound, "no document %s", id)
}
