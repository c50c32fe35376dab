package hub

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// Search runs a query of the search language (see [Query]). Values that the
// query is about and nobody visible knows come back as Misses, with what is
// near them.
func (h *Hub) Search(ctx context.Context, sc cure.Scope, query string, c Cursor) (Results, error) {
	q, err := ParseQuery(query)
	if err != nil {
		return Results{}, err
	}
	res, err := h.run(ctx, sc, q, c)
	res.Query = q.String()
	return res, err
}

// Tagged returns the values tied to a tag or CVE.
func (h *Hub) Tagged(ctx context.Context, sc cure.Scope, tag string, c Cursor) (Results, error) {
	o, err := readTag(tag)
	if err != nil {
		return Results{}, err
	}
	l := h.look(sc)
	defer l.done(ctx, "tag "+tag)
	return l.collect(ctx, l.withTag(l.class(o)), nil, c)
}

// withTag yields the values that are tied to one of the names of a tag, and the
// names behind the first.
func (l *look) withTag(names []store.ID) iter.Seq[store.ID] {
	if len(names) == 1 {
		return l.r.Tagged(names[0])
	}
	return func(yield func(store.ID) bool) {
		seen := map[store.ID]struct{}{}
		for _, name := range names {
			for id := range l.r.Tagged(name) {
				if _, ok := seen[id]; ok || slices.Contains(names, id) {
					continue
				}
				seen[id] = struct{}{}
				if !yield(id) {
					return
				}
			}
		}
	}
}

// Seen returns the values that at least k sources observed in [from, to]; a
// zero to means now.
func (h *Hub) Seen(ctx context.Context, sc cure.Scope, k int, from, to time.Time, c Cursor) (Results, error) {
	if k < 1 {
		return Results{}, cure.Errorf(cure.Invalid, "seen by %d sources: want at least 1", k)
	}
	leave, err := h.wide.enter(ctx)
	if err != nil {
		return Results{}, err
	}
	defer leave()
	if to.IsZero() {
		to = h.opts.Now()
	}
	l := h.look(sc)
	defer l.done(ctx, "seen")
	return l.collect(ctx, l.r.AtLeast(k, from, to), nil, c)
}

// run answers a parsed query.
func (h *Hub) run(ctx context.Context, sc cure.Scope, q Query, c Cursor) (Results, error) {
	if isWide(q.root) || h.asksRoster(q.root) {
		leave, err := h.wide.enter(ctx)
		if err != nil {
			return Results{}, err
		}
		defer leave()
	}
	now := h.opts.Now()
	ev := &evaluation{
		look: h.look(sc), from: q.since.time(now), to: maxTime,
		timed: !q.since.isZero() || !q.until.isZero(), ids: map[cure.Observable][]store.ID{},
	}
	defer ev.done(ctx, q.String())
	if !q.until.isZero() {
		ev.to = q.until.time(now)
	}
	root := cheapFirst(q.root)
	if d := driver(root); d != nil && (d.op == opPrefix || d.op == opSuffix) {
		ev.sure = d
	}
	timed := ev.timed && root != nil && cost(root) > 0 // else the candidates are of that time
	res, err := ev.collect(ctx, ev.candidates(root), func(id store.ID) bool {
		return (root == nil || ev.match(root, id)) && (!timed || ev.inTime(id))
	}, c)
	if err != nil {
		return Results{}, err
	}
	res.Hints = ev.hints(q.root)
	for _, o := range asked(q.root, nil) {
		if len(ev.named(o)) == 0 {
			res.Misses = append(res.Misses, Answer{Summary: Summary{Observable: o}, Miss: ev.miss(o)})
		}
	}
	return res, nil
}

// collect lists the values that keep lets through (nil: all), each once, by
// rank.
func (l *look) collect(ctx context.Context, ids func(func(store.ID) bool), keep func(store.ID) bool, c Cursor) (Results, error) {
	c = c.clip()
	b, e := newBest(c), every{ctx: ctx}
	for id := range ids {
		if err := e.err(); err != nil {
			return Results{}, err
		}
		if keep == nil || keep(id) {
			b.offer(l, id)
		}
	}
	return Results{Values: l.list(b.page(c)), More: b.more(c)}, nil
}

// asked returns the values that a query names, those behind "not" left out.
func asked(n *node, dst []cure.Observable) []cure.Observable {
	switch {
	case n == nil:
	case n.op == opValue && !slices.Contains(dst, n.value):
		dst = append(dst, n.value)
	case n.op == opAnd, n.op == opOr:
		for _, kid := range n.kids {
			dst = asked(kid, dst)
		}
	}
	return dst
}
