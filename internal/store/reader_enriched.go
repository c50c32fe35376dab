package store

import (
	"sync/atomic"

	"github.com/opencure/cure"
)

// Enriched counts, for each enricher, the values it visibly says something
// about, once for each group of the visible sources that hold them. Cost: one
// pass over what is said, none over the values.
func (r *Reader) Enriched(group func(cure.Source) string) map[string]map[string]uint64 {
	defer r.s.epochs.enter().exit()
	v := r.view()
	producers := *r.s.notes.producers.Load()
	all := map[string]map[string]uint64{}
	for i := uint32(1); i < r.s.notes.held.Load(); i++ {
		n := r.s.notes.at(i)
		subject := uint32(atomic.LoadUint64(&n.link) >> 32)
		p, cell, _ := n.author()
		if subject == 0 || !v.says(n, producers) || !v.sees(cell) {
			continue
		}
		rec := r.s.values.at(subject)
		if v.sources(rec.set()) == 0 || v.first(rec, p, producers) != i {
			continue
		}
		groups := all[producers[p].name]
		if groups == nil {
			groups = map[string]uint64{}
			all[producers[p].name] = groups
		}
		for _, name := range v.groups(rec.set(), group) {
			groups[name]++
		}
	}
	return all
}

// says reports whether a note still counts.
func (v *view) says(n *note, producers []producer) bool {
	p, _, version := n.author()
	return int(p) < len(producers) && uint64(version) >= producers[p].floor && !n.dead()
}

// first returns the first visible note of a producer about a value.
func (v *view) first(rec *value, p uint16, producers []producer) uint32 {
	for i := rec.notes(); i != 0; {
		n := v.store.notes.at(i)
		if q, cell, _ := n.author(); q == p && v.says(n, producers) && v.sees(cell) {
			return i
		}
		i = n.next()
	}
	return 0
}
