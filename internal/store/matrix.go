package store

import (
	"bytes"
	"cmp"
	"iter"
	"slices"

	"github.com/opencure/cure"
)

// visibleSources appends the visible sources of a set, each once.
func (v *view) visibleSources(id setID, dst []SourceID) []SourceID {
	list := v.store.sets.cells(id)
	for i := range list.len() {
		if c := list.at(i); v.sees(c) {
			if src := v.table.cells[c].source; !slices.Contains(dst, src) {
				dst = append(dst, src)
			}
		}
	}
	return dst
}

// each calls f for the sets that hold values the scope sees.
func (v *view) each(f func(id setID, values uint64, kind cure.Kind)) {
	for i := range v.store.sets.count.Load() {
		if id := setID(i); v.sources(id) > 0 {
			if n, kind := v.store.sets.values(id); n > 0 {
				f(id, n, kind)
			}
		}
	}
}

// Matrix counts the values that each pair of groups of visible sources shares,
// each value once however many sources of a group hold it; the diagonal counts
// the values of a group. group names the group of a source (the source itself,
// its publisher). Groups are in order of their name. One pass over the sets of
// cells, none over the values.
func (r *Reader) Matrix(group func(cure.Source) string) Matrix {
	v := r.view()
	at := map[string]int{}
	var m Matrix
	v.each(func(id setID, _ uint64, _ cure.Kind) {
		for _, name := range v.groups(id, group) {
			if _, ok := at[name]; !ok {
				at[name] = 0
				m.Names = append(m.Names, name)
			}
		}
	})
	slices.Sort(m.Names)
	m.Shared = make([][]uint64, len(m.Names))
	for i, name := range m.Names {
		at[name], m.Shared[i] = i, make([]uint64, len(m.Names))
	}
	v.each(func(id setID, n uint64, _ cure.Kind) {
		names := v.groups(id, group)
		for _, a := range names {
			i, ok := at[a]
			for _, b := range names {
				if k, also := at[b]; ok && also { // a source may have come meanwhile
					m.Shared[i][k] += n
				}
			}
		}
	})
	return m
}

// groups returns the groups of the visible sources of a set, each once.
func (v *view) groups(id setID, group func(cure.Source) string) []string {
	var names []string
	for _, src := range v.visibleSources(id, nil) {
		if name := group(v.table.sources[src]); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Shared yields, in ID order, the values that a source of a and another source
// of b both know. One sequential pass over the values; none when no set of
// cells fits.
func (r *Reader) Shared(a, b func(cure.Source) bool) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		v := r.view()
		fits := make([]bool, r.s.sets.count.Load())
		any := false
		var list []SourceID
		v.each(func(id setID, _ uint64, _ cure.Kind) {
			list = v.visibleSources(id, list[:0])
			if int(id) < len(fits) && v.shares(list, a, b) {
				fits[id], any = true, true
			}
		})
		if !any {
			return
		}
		for i := range r.s.values.count.Load() {
			if set := r.s.values.at(i + 1).set(); int(set) < len(fits) && fits[set] && !yield(ID(i)) {
				return
			}
		}
	}
}

func (v *view) shares(list []SourceID, a, b func(cure.Source) bool) bool {
	for _, x := range list {
		if !a(v.table.sources[x]) {
			continue
		}
		for _, y := range list {
			if x != y && b(v.table.sources[y]) {
				return true
			}
		}
	}
	return false
}

// Top returns the n values of a kind (KindNone: all) that the most visible
// sources know; among equals those with the higher visible count, then in
// order of kind and key: IDs would tell of values that are hidden. One
// sequential pass over the values.
func (r *Reader) Top(kind cure.Kind, n int) []ID {
	defer r.s.epochs.enter().exit()
	if n <= 0 {
		return nil
	}
	v := r.view()
	var best ranking
	var buf [8]byte
	for i := range r.s.values.count.Load() {
		rec := r.s.values.at(i + 1)
		sources := v.sources(rec.set())
		if sources == 0 || kind != cure.KindNone && rec.kind() != kind || best.beyond(n, sources) {
			continue
		}
		count := uint64(0)
		for p := rec.firstPair(); p != 0; {
			pr := r.s.pairs.at(p)
			if v.sees(pr.cell()) {
				count += uint64(pr.count())
			}
			p = pr.next()
		}
		best.offer(n, ranked{ID(i), sources, count, rec.kind(), r.s.values.key(rec, &buf)})
	}
	ids := make([]ID, len(best))
	for i := range best {
		ids[i] = best[i].id
	}
	return ids
}

// ranking is a short list, best first.
type ranking []ranked

type ranked struct {
	id      ID
	sources uint16
	count   uint64
	kind    cure.Kind
	key     []byte
}

func (a ranked) compare(b ranked) int {
	return cmp.Or(cmp.Compare(b.sources, a.sources), cmp.Compare(b.count, a.count),
		cmp.Compare(a.kind, b.kind), bytes.Compare(a.key, b.key))
}

// beyond reports whether a value of so many sources cannot enter a list of n.
func (l ranking) beyond(n int, sources uint16) bool {
	return len(l) == n && sources < l[n-1].sources
}

func (l *ranking) offer(n int, x ranked) {
	i, _ := slices.BinarySearchFunc(*l, x, ranked.compare)
	if i < n {
		x.key = bytes.Clone(x.key)
		*l = slices.Insert(*l, i, x)
		*l = (*l)[:min(n, len(*l))]
	}
}

// Stats counts what the scope sees; memory is of the whole store. One pass
// over the sets of cells.
func (r *Reader) Stats() Stats {
	v := r.view()
	st := Stats{Values: map[cure.Kind]uint64{}, Bytes: r.s.size.Load(), Segments: len(*r.s.live.Load())}
	bySource := make([]SourceStats, len(v.table.sources))
	var list []SourceID
	v.each(func(id setID, n uint64, kind cure.Kind) {
		st.Values[kind] += n
		list = v.visibleSources(id, list[:0])
		for _, src := range list {
			bySource[src].Values += n
		}
	})
	for c, tally := range v.table.tallies {
		if !v.sees(CellID(c)) {
			continue
		}
		ss := &bySource[v.table.cells[c].source]
		span := tally.span.Load()
		rows, first, last := tally.rows.Load(), uint32(span>>32), uint32(span)
		st.Observations += rows
		st.Pairs += tally.pairs.Load()
		st.Tagged += tally.tags.Load()
		ss.Observations += rows
		if first <= last && (ss.Source == "" || first < ss.First) {
			ss.First = first
		}
		if first <= last {
			ss.Source, ss.Last = v.table.sources[v.table.cells[c].source], max(ss.Last, last)
		}
	}
	for _, ss := range bySource {
		if ss.Values > 0 {
			st.Sources = append(st.Sources, ss)
		}
	}
	slices.SortFunc(st.Sources, func(a, b SourceStats) int { return cmp.Compare(a.Source, b.Source) })
	return st
}
