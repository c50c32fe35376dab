package api

import (
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
)

// find returns the observables of a text in its order, each once, at most
// maxFound, and how many more there were.
func find(text string) (found []cure.Observable, cut int) {
	seen := map[cure.Observable]bool{}
	for m := range ioc.Find(text) {
		switch {
		case seen[m.Observable]:
		case len(found) == maxFound:
			cut++ // of those beyond the limit, repeats count
		default:
			o := cure.Observable{Kind: m.Kind, Value: strings.Clone(m.Value)} // may share the text
			seen[o] = true
			found = append(found, o)
		}
	}
	return found, cut
}
