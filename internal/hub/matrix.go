package hub

import (
	"cmp"
	"context"
	"slices"

	"github.com/opencure/cure"
)

// Matrix counts the values that pairs of sources share or, with bySource
// false, pairs of publishers: each value once, however many sources of a
// publisher hold it. The diagonal counts the values of each.
func (h *Hub) Matrix(_ context.Context, sc cure.Scope, bySource bool) (Matrix, error) {
	group := cure.Source.Publisher
	if bySource {
		group = func(s cure.Source) string { return string(s) }
	}
	m := h.store.Reader(sc).Matrix(group)
	return Matrix{Names: m.Names, Shared: m.Shared}, nil
}

func sourceIs(name string) func(cure.Source) bool {
	return func(s cure.Source) bool { return isOf(s, name) }
}

// Shared returns what a and b both hold, the heaviest links first; each is a
// publisher or a source. Of one publisher and itself: what more than one of
// its sources hold.
func (h *Hub) Shared(ctx context.Context, sc cure.Scope, a, b string, c Cursor) (Shared, error) {
	leave, err := h.wide.enter(ctx)
	if err != nil {
		return Shared{}, err
	}
	defer leave()
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
		if len(v.Sources) == 0 {
			continue // deleted meanwhile
		}
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

// Top returns the values of a kind (KindNone: all) that most sources hold.
func (h *Hub) Top(ctx context.Context, sc cure.Scope, kind cure.Kind, n int) ([]Summary, error) {
	leave, err := h.wide.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	c := Cursor{Limit: n}.clip()
	l := h.look(sc)
	defer l.done(ctx, "top")
	var rows []ranked
	for _, id := range l.r.Top(kind, c.Limit) {
		rows = append(rows, ranked{id: id})
	}
	return l.list(rows), ctx.Err()
}

// Rare returns values of a kind (KindNone: all) that exactly two publishers
// share and that were observed while observations are kept, those of the
// fewest sources and the newest first: the links worth most.
func (h *Hub) Rare(ctx context.Context, sc cure.Scope, kind cure.Kind, n int) ([]Summary, error) {
	leave, err := h.wide.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
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
	return l.list(b.page(c)), nil
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
