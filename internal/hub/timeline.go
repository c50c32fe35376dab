package hub

import (
	"context"
	"net/netip"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

func (l *look) sighting(ctx context.Context, s *store.Sighting) Sighting {
	c := l.cell(s.Cell)
	return Sighting{
		Source: c.Source, Role: s.Role, State: s.State, First: unix(s.First), Last: unix(s.Last),
		Count: s.Count, Marking: c.Marking, Record: l.hub.opener.name(ctx, s.Loc),
	}
}

// Timeline returns when a value was observed, newest arrival first, as far as
// its event time touches [from, to]; a zero to means no end. NotFound: nobody
// visible knows the value.
func (h *Hub) Timeline(ctx context.Context, sc cure.Scope, o cure.Observable, from, to time.Time, c Cursor) (Timeline, error) {
	c = c.clip()
	l := h.look(sc)
	defer l.done(ctx, o.String())
	id, ok := l.find(o)
	if !ok {
		return Timeline{}, notFound(o)
	}
	t := Timeline{Observable: o, From: from, To: to}
	if to.IsZero() {
		to = maxTime
	}
	e := every{ctx: ctx}
	n := 0
	for s := range l.r.Timeline(id, from, to) {
		if err := e.err(); err != nil {
			return Timeline{}, err
		}
		if n++; n <= c.Skip {
			continue
		}
		if t.More = len(t.Sightings) == c.Limit; t.More {
			break
		}
		t.Sightings = append(t.Sightings, l.sighting(ctx, &s))
	}
	return t, nil
}

func notFound(o cure.Observable) error {
	return cure.Errorf(cure.NotFound, "%s %.80q is not known", o.Kind, o.Value)
}

// PortTime returns the records with a port in [from, to], newest arrival
// first; a zero to means no end.
func (h *Hub) PortTime(ctx context.Context, sc cure.Scope, port cure.Observable, from, to time.Time, c Cursor) ([]RecordRef, error) {
	c = c.clip()
	if port.Kind != cure.KindPort {
		return nil, cure.Errorf(cure.Invalid, "find records of a port: %s is none", port)
	}
	l := h.look(sc)
	defer l.done(ctx, port.String())
	id, ok := l.find(port)
	if !ok {
		return nil, notFound(port)
	}
	if to.IsZero() {
		to = maxTime
	}
	var all []RecordRef
	e, n := every{ctx: ctx}, 0
	for s := range l.r.PortTime(id, from, to) {
		if err := e.err(); err != nil {
			return nil, err
		}
		if n++; n <= c.Skip {
			continue
		}
		if len(all) == c.Limit {
			break
		}
		cell := l.cell(s.Cell)
		all = append(all, RecordRef{
			Record: h.opener.name(ctx, s.Loc), Source: cell.Source, First: unix(s.First), Last: unix(s.Last),
			Count: s.Count, Marking: cell.Marking,
		})
	}
	return all, nil
}

// Neighbours returns the values that stand in one record with o, those that
// most sources hold first.
func (h *Hub) Neighbours(ctx context.Context, sc cure.Scope, o cure.Observable, c Cursor) (Neighbours, error) {
	l := h.look(sc)
	defer l.done(ctx, o.String())
	id, ok := l.find(o)
	if !ok {
		return Neighbours{}, notFound(o)
	}
	n := Neighbours{Observable: o}
	var err error
	n.Values, n.Cut, err = l.related(ctx, id, c.clip())
	return n, err
}

// Covering returns the CIDR observables that contain the address, longest
// first.
func (h *Hub) Covering(ctx context.Context, sc cure.Scope, a netip.Addr) ([]Summary, error) {
	l := h.look(sc)
	defer l.done(ctx, a.String())
	return l.covering(a.Unmap()), ctx.Err()
}

// Pivot goes from the seeds over shared records, nearest first. What was left
// out is named: values with too many neighbours, and that the limit was
// reached.
func (h *Hub) Pivot(ctx context.Context, sc cure.Scope, seeds []cure.Observable, o PivotOptions) (Pivot, error) {
	o.Hops = min(max(orElse(o.Hops, 2), 1), 2)
	o.MaxValues = min(max(orElse(o.MaxValues, maxLimit), 1), maxPivot)
	o.MaxFanout = min(max(orElse(o.MaxFanout, commonStands), 1), maxPivot)
	l := h.look(sc)
	defer l.done(ctx, "pivot")
	p := Pivot{Seeds: seeds}
	var ids []store.ID
	for _, s := range seeds {
		more, err := l.seeds(ctx, s)
		if err != nil {
			return Pivot{}, err
		}
		if ids = append(ids, more...); len(more) == 0 {
			p.Unknown = append(p.Unknown, s)
		}
		if !isTag(s.Kind) {
			continue
		}
		for _, id := range more { // what carries the tag is reached
			if v := l.summary(id); !v.Observable.IsZero() && !isTag(v.Observable.Kind) {
				p.Values = append(p.Values, Reached{Summary: v, Hop: 1})
			}
		}
	}
	res := l.r.Pivot(ids, store.PivotOptions{Hops: o.Hops, MaxValues: o.MaxValues, MaxFanout: o.MaxFanout})
	p.Cut = res.Cut
	e := every{ctx: ctx}
	for i, id := range res.IDs {
		if err := e.err(); err != nil {
			return Pivot{}, err
		}
		if s := l.summary(id); !s.Observable.IsZero() {
			p.Values = append(p.Values, Reached{Summary: s, Hop: int(res.Hop[i])})
		}
	}
	sortReached(p.Values)
	for _, id := range res.TooCommon {
		if o := l.r.Observable(id); !o.IsZero() {
			p.TooCommon = append(p.TooCommon, o)
		}
	}
	sortObservables(p.TooCommon)
	return p, nil
}

// seeds returns where a pivot begins: at a value, or at what a tag is tied to
// under any of its names.
func (l *look) seeds(ctx context.Context, o cure.Observable) ([]store.ID, error) {
	ids := l.class(o)
	if !isTag(o.Kind) || len(ids) == 0 {
		return ids, nil
	}
	b, e := newBest(Cursor{Limit: maxTagSeeds}), every{ctx: ctx}
	for id := range l.withTag(ids) {
		if err := e.err(); err != nil {
			return nil, err
		}
		b.offer(l, id)
	}
	for _, row := range b.page(Cursor{Limit: maxTagSeeds}) {
		ids = append(ids, row.id)
	}
	return ids, nil
}

// maxTagSeeds is how many values of a tag a pivot begins at.
const maxTagSeeds = 1000

// maxPivot is the most values a pivot returns.
const maxPivot = 100_000
