package hub

import (
	"cmp"
	"slices"

	"github.com/opencure/cure"
)

func compareObservables(a, b cure.Observable) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
}

func sortObservables(all []cure.Observable) { slices.SortFunc(all, compareObservables) }

func sortReached(all []Reached) {
	slices.SortFunc(all, func(a, b Reached) int {
		return cmp.Or(
			cmp.Compare(a.Hop, b.Hop),
			cmp.Compare(len(b.Sources), len(a.Sources)),
			compareObservables(a.Observable, b.Observable),
		)
	})
}
