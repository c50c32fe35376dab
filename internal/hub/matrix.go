package hub

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// Matrix counts the values that pairs of sources share or, with bySource
// false, pairs of publishers: each value once, however many sources of a
// publisher hold it. The diagonal of a publisher counts its values.
func (h *Hub) Matrix(ctx context.Context, sc cure.Scope, bySource bool) (Matrix, error) {
	r := h.store.Reader(sc)
	m := r.Matrix()
	if bySource {
		return sortMatrix(m), nil
	}
	var names []string
	members := map[string]int{}
	for _, s := range m.Sources {
		if members[s.Publisher()]++; members[s.Publisher()] == 1 {
			names = append(names, s.Publisher())
		}
	}
	slices.Sort(names)
	out := Matrix{Names: names, Shared: square(len(names))}
	for i, a := range names {
		for j, b := range names[:i+1] {
			n, err := countShared(ctx, r, m, a, b, members[a] == 1 && members[b] == 1)
			if err != nil {
				return Matrix{}, err
			}
			out.Shared[i][j], out.Shared[j][i] = n, n
		}
	}
	return out, nil
}

// countShared counts what two publishers share: read off the matrix of sources
// where each has but one, else value by value.
func countShared(ctx context.Context, r *store.Reader, m store.Matrix, a, b string, single bool) (uint64, error) {
	if single {
		i := slices.IndexFunc(m.Sources, func(s cure.Source) bool { return s.Publisher() == a })
		j := slices.IndexFunc(m.Sources, func(s cure.Source) bool { return s.Publisher() == b })
		return m.Shared[i][j], nil
	}
	e := every{ctx: ctx}
	n := uint64(0)
	for range r.Shared(sourceIs(a), sourceIs(b)) {
		if err := e.err(); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

func sourceIs(name string) func(cure.Source) bool {
	return func(s cure.Source) bool { return isOf(s, name) }
}

func square(n int) [][]uint64 {
	rows := make([][]uint64, n)
	for i := range rows {
		rows[i] = make([]uint64, n)
	}
	return rows
}

// sortMatrix orders the sources by name.
func sortMatrix(m store.Matrix) Matrix {
	order := make([]int, len(m.Sources))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(m.Sources[a], m.Sources[b]) })
	out := Matrix{Names: make([]string, len(order)), Shared: square(len(order))}
	for i, from := range order {
		out.Names[i] = string(m.Sources[from])
		for j, with := range order {
			out.Shared[i][j] = m.Shared[from][with]
		}
	}
	return out
}

// Shared returns what a and b both hold, the heaviest links first; each is a
// publisher or a source. Of one publisher and itself: what more than one of
// its sources hold.
func (h *Hub) Shared(ctx context.Context, sc cure.Scope, a, b string, c Cursor) (Shared, error) {
	c = c.clip()
	l := h.look(sc)
	defer l.done(ctx, "links "+a+" "+b)
	list, e := newBest(c), every{ctx: ctx}
	for id := range l.r.Shared(sourceIs(a), sourceIs(b)) {
		if err := e.err(); err != nil {
			return Shared{}, err
		}
		n, last := l.sources(id)
		if a == b && l.sourcesOf(a) < 2 {
			continue
		}
		// Fewest sources first: the rarer a value, the more its link says.
		list.add(ranked{id, -n, last, l.r.Observable(id)})
	}
	s := Shared{A: a, B: b, Total: list.total, Values: []SharedValue{}}
	for _, row := range list.page(c) {
		v := SharedValue{Summary: l.summary(row.id)}
		w := l.worth(row.id, len(v.Sources))
		one := !slices.ContainsFunc(v.Sources, func(s cure.Source) bool { return s.Publisher() != v.Sources[0].Publisher() })
		if one {
			w = w.inside(v.Sources[0], v.Sources[0])
		}
		v.Weight, v.Common, v.Why = w.weight, w.common, w.why(one)
		s.Values = append(s.Values, v)
	}
	slices.SortStableFunc(s.Values, func(x, y SharedValue) int { return cmp.Compare(y.Weight, x.Weight) })
	s.Cut = max(s.Total-c.Skip-len(s.Values), 0)
	return s, nil
}

// sourcesOf counts, among the sights read last, the sources of a name.
func (l *look) sourcesOf(name string) int {
	n := 0
	for i := range l.sights {
		if isOf(l.cell(l.sights[i].Cell).Source, name) && !l.repeats(i) {
			n++
		}
	}
	return n
}

// topPool is how many values are ranked for a top list.
const topPool = 4

// Top returns the values of a kind (KindNone: all) that most sources hold.
func (h *Hub) Top(ctx context.Context, sc cure.Scope, kind cure.Kind, n int) ([]Summary, error) {
	c := Cursor{Limit: n}.clip()
	l := h.look(sc)
	defer l.done(ctx, "top")
	b := newBest(c)
	for _, id := range l.r.Top(kind, c.Limit*topPool) {
		b.offer(l, id)
	}
	var all []Summary
	for _, row := range b.page(c) {
		all = append(all, l.summary(row.id))
	}
	return all, ctx.Err()
}

// Rare returns values of a kind (KindNone: all) that exactly two publishers
// share and that were observed while observations are kept, those of the
// fewest sources and the newest first: the links worth most.
func (h *Hub) Rare(ctx context.Context, sc cure.Scope, kind cure.Kind, n int) ([]Summary, error) {
	c := Cursor{Limit: n}.clip()
	l := h.look(sc)
	defer l.done(ctx, "rare")
	now := h.opts.Now()
	b, e := newBest(c), every{ctx: ctx}
	for id := range l.r.AtLeast(2, now.Add(-h.opts.KeepSegments), now) {
		if err := e.err(); err != nil {
			return nil, err
		}
		if kind != cure.KindNone && l.r.Kind(id) != kind {
			continue
		}
		if n, last := l.sources(id); l.publishers() == 2 {
			b.add(ranked{id, -n, last, l.r.Observable(id)}) // fewest sources first
		}
	}
	var all []Summary
	for _, row := range b.page(c) {
		all = append(all, l.summary(row.id))
	}
	return all, nil
}

// publishers counts the publishers among the sights read last.
func (l *look) publishers() int {
	var have []string
	for i := range l.sights {
		if p := l.cell(l.sights[i].Cell).Source.Publisher(); !slices.Contains(have, p) {
			have = append(have, p)
		}
	}
	return len(have)
}

// Digest is a hash over everything the scope sees, whatever the order it came
// in: two hubs that hold the same have the same.
func (h *Hub) Digest(sc cure.Scope) string { return fmt.Sprintf("%x", h.store.Reader(sc).Digest()) }
