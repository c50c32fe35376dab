package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/ioc"
)

// Limits of an extraction.
const (
	maxText  = 1 << 20
	maxFound = 10_000
)

type extractInput struct {
	Waits
	Body struct {
		Text string `json:"text" maxLength:"1048576" doc:"Any text: a report, a mail, log lines; defanged or not, English or Japanese."`
	}
}

// extract registers the reading of a text.
func (s *Server) extract() {
	register(s, route{
		id: "extract", method: http.MethodPost, path: "/extract", tag: "search", roles: readers,
		summary: "Find the observables of a text and what is known of them",
		text:    "Up to 1 MiB. The text is not kept.",
	}, func(ctx context.Context, v access.View, in *extractInput) (*out[client.Extracted], error) {
		return body(Extract(ctx, v, in.Body.Text))
	})
}

// Extract finds the observables of a text and asks the view about each.
func Extract(ctx context.Context, v access.View, text string) (client.Extracted, error) {
	if len(text) > maxText {
		return client.Extracted{}, cure.Errorf(cure.Invalid, "text of %d bytes, want at most %d", len(text), maxText)
	}
	found, cut := find(text)
	e := client.Extracted{Kinds: map[string]int{}, Cut: cut}
	var err error
	if e.Values, err = v.Summaries(ctx, found); err != nil {
		return e, err
	}
	for i := range e.Values {
		e.Kinds[e.Values[i].Observable.Kind.String()]++
		if e.Values[i].Known() {
			e.Known++
		}
	}
	return e, nil
}

// find returns the observables of a text in its order, each once, at most
// maxFound, and how many more there were. Behind a URL comes its host, for the
// host may be known where the URL is not.
func find(text string) (found []cure.Observable, cut int) {
	seen := map[cure.Observable]bool{}
	add := func(o cure.Observable) {
		switch {
		case seen[o]:
		case len(found) == maxFound:
			cut++ // of those beyond the limit, repeats count
		default:
			o.Value = strings.Clone(o.Value) // may share the text
			seen[o] = true
			found = append(found, o)
		}
	}
	for m := range ioc.Find(text) {
		add(m.Observable)
		for _, host := range ioc.Companions(m.Observable) {
			add(host)
		}
	}
	return found, cut
}
