package api

import (
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
)

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
