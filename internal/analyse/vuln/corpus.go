package vuln

import (
	"cmp"
	"slices"

	"github.com/opencure/cure/internal/publish/advisory"
)

// Corpus is records to train with or to measure on.
type Corpus struct {
	Records []advisory.Record
	Sums    map[string]string // SHA-256 of each file the records are from, by its name
}

// weaknesses returns the weaknesses among labels that the tree holds, each
// once, in order; categories, views and what is prohibited for labelling are
// none.
func (t *Tree) weaknesses(labels []string) []CWE {
	var ids []CWE
	for _, s := range labels {
		id, err := ParseCWE(s)
		if w := t.Get(id); err == nil && w != nil && w.Usage != Prohibited && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Support counts the main labels of records: those that a record names first.
func (t *Tree) Support(records []advisory.Record) map[CWE]int {
	n := map[CWE]int{}
	for i := range records {
		if ids := t.weaknesses(records[i].Weak); len(ids) > 0 {
			n[ids[0]]++
		}
	}
	return n
}

// Leaves returns the labels that are allowed for mapping (with or without
// review), have at least floor main labels in support, and have no label of
// that kind below them in the tree.
func (t *Tree) Leaves(support map[CWE]int, floor int) []CWE {
	in := t.inUse(support, floor, AllowedWithReview)
	return slices.DeleteFunc(slices.Clone(in), func(a CWE) bool {
		return slices.ContainsFunc(in, func(b CWE) bool { return a != b && t.Above(a, b) })
	})
}

// inUse returns the labels with enough support and a usage up to most, in
// order of their numbers.
func (t *Tree) inUse(support map[CWE]int, floor int, most Usage) []CWE {
	var in []CWE
	for id, n := range support {
		if n >= floor && t.Get(id).Usage <= most {
			in = append(in, id)
		}
	}
	slices.Sort(in)
	return in
}

// sortRecords brings records into an order that does not depend on the files
// they came in.
func sortRecords(records []advisory.Record) {
	slices.SortStableFunc(records, func(a, b advisory.Record) int {
		return cmp.Or(a.Date.Time().Compare(b.Date.Time()), cmp.Compare(a.ID, b.ID))
	})
}
