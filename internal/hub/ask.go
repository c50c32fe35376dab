package hub

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// How much of everything an answer holds.
const (
	answerLinks   = 50
	answerRelated = 50
	answerRecent  = 20
	tagRecords    = 5
	answerTags    = 256 // distinct tags of one answer
	answerReasons = 16  // notes whose reason is read from the log
	relatedPool   = 4096
)

// Answer returns all that is known about one value. A value that nobody
// visible knows is no error: Known is false and Miss says what is near.
// Invalid: o is not canonical.
func (h *Hub) Answer(ctx context.Context, sc cure.Scope, o cure.Observable) (Answer, error) {
	if err := o.Check(); err != nil {
		return Answer{}, err
	}
	l := h.look(sc)
	defer l.done(ctx, o.String())
	a := Answer{Summary: Summary{Observable: o}}
	if o.Kind == cure.KindIP {
		a.Covering = l.covering(netip.MustParseAddr(o.Value))
	}
	if isTag(o.Kind) {
		a.Names = l.names(ctx, o)
	}
	ids := l.class(o)
	if len(ids) == 0 {
		a.Miss = l.miss(o)
		return a, nil
	}
	id := ids[0]
	s := l.summary(id, ids[1:]...)
	if s.Observable.IsZero() {
		a.Miss = l.miss(o)
		return a, nil
	}
	a.Known, a.Summary, a.Observable = true, s, o
	a.Notes = l.explains(ctx, id)
	a.Sights = l.bySource(ids)
	var err error
	if a.Tied, a.TiedCut, err = l.tied(ctx, o, ids); err != nil {
		return Answer{}, err
	}
	a.Reached, a.ReachedCut = l.reached(ctx, id)
	a.Conflicts = conflicts(a.Tied, a.Sights, l.oneName)
	a.Links, a.LinksCut = l.links(id, a.Sources)
	if a.Related, a.RelatedCut, err = l.related(ctx, id, Cursor{Limit: answerRelated}); err != nil {
		return Answer{}, err
	}
	for s := range l.r.Timeline(id, time.Time{}, maxTime) {
		if a.Recent = append(a.Recent, l.sighting(ctx, &s)); len(a.Recent) == answerRecent {
			break
		}
	}
	return a, nil
}

// maxTime is the end of what the store's clock can say.
var maxTime = time.Unix(1<<32-1, 0)

// bySource folds what the cells of each source know.
func (l *look) bySource(ids []store.ID) []SourceSight {
	l.sights = l.sights[:0]
	for _, id := range ids {
		l.sights = l.r.Sights(id, l.sights)
	}
	var all []SourceSight
	roles := map[cure.Source]store.RoleSet{}
	for i := range l.sights {
		t := &l.sights[i]
		c := l.cell(t.Cell)
		roles[c.Source] |= t.Roles
		j := slices.IndexFunc(all, func(s SourceSight) bool { return s.Source == c.Source })
		if j < 0 {
			all = append(all, SourceSight{
				Source: c.Source, First: unix(t.First), Last: unix(t.Last), Count: uint64(t.Count),
				Listed: t.Listed, Ended: t.Ended, Marking: c.Marking,
			})
			continue
		}
		s := &all[j]
		if f := unix(t.First); f.Before(s.First) {
			s.First = f
		}
		if e := unix(t.Last); e.After(s.Last) {
			s.Last = e
		}
		s.Count += uint64(t.Count)
		s.Listed = s.Listed || t.Listed
		s.Ended = s.Ended && t.Ended
		s.Marking = s.Marking.Join(c.Marking)
	}
	l.tags = l.tags[:0]
	for _, id := range ids {
		l.tags = l.r.Tags(id, l.tags)
	}
	for i := range all {
		s := &all[i]
		s.Roles = rolesOf(roles[s.Source])
		for k := range l.tags { // a pair counts tags too
			if s.Count > 0 && l.cell(l.tags[k].Cell).Source == s.Source {
				s.Count--
			}
		}
	}
	slices.SortFunc(all, func(x, y SourceSight) int { return cmp.Compare(x.Source, y.Source) })
	return all
}

// tied folds the tags of a value, of which a source that lies may have given
// it very many: the ones tied last are kept, and the others counted.
func (l *look) tied(ctx context.Context, o cure.Observable, ids []store.ID) (all []Tag, cut int, err error) {
	l.tags = l.tags[:0]
	for _, id := range ids {
		l.tags = l.r.Tags(id, l.tags)
	}
	l.tags = slices.DeleteFunc(l.tags, func(t store.TagSight) bool { return t.Relation == cure.RelationAlias })
	slices.SortFunc(l.tags, compareTags)
	defer func() { l.prove(ctx, o, all, slices.Clone(l.tags)) }()
	place, e := map[store.ID]int{}, every{ctx: ctx}
	for i := range l.tags {
		if err := e.err(); err != nil {
			return nil, 0, err
		}
		t := &l.tags[i]
		c := l.cell(t.Cell)
		src := c.Source
		j, ok := place[t.Tag]
		if !ok && len(all) == answerTags {
			j, place[t.Tag] = -1, -1
			cut++
		}
		if j < 0 {
			continue
		}
		if !ok {
			j, place[t.Tag] = len(all), len(all)
			all = append(all, Tag{Tag: l.r.Observable(t.Tag), Last: unix(t.Time)})
		}
		x := &all[j]
		x.Confidence = max(x.Confidence, t.Confidence)
		x.Marking = x.Marking.Join(c.Marking)
		if !slices.Contains(x.Sources, src) {
			x.Sources = append(x.Sources, src)
		}
		if len(x.Records) < tagRecords {
			if rec := l.hub.opener.name(ctx, t.Loc); rec != "" && !slices.Contains(x.Records, rec) {
				x.Records = append(x.Records, rec)
			}
		}
	}
	for i := range all {
		slices.Sort(all[i].Sources)
	}
	slices.SortFunc(all, func(x, y Tag) int { return cmp.Compare(x.Tag.Value, y.Tag.Value) })
	return all, cut, nil
}

// prove adds to the tags tied last what they rest on.
func (l *look) prove(ctx context.Context, o cure.Observable, all []Tag, ties []store.TagSight) {
	for i := range all[:min(len(all), answerReasons)] {
		id, ok := l.find(all[i].Tag)
		if !ok {
			continue
		}
		var of []store.TagSight
		for _, t := range ties {
			if t.Tag == id {
				of = append(of, t)
			}
		}
		all[i].Evidence = l.evidence(ctx, o, all[i].Tag, of)
	}
}

// oneName returns one name for all aliases of a tag.
func (l *look) oneName(tag cure.Observable) string {
	names, _ := l.namesOf(tag)
	return names[0].Value
}

// links returns a link for each pair of sources, the heaviest first.
func (l *look) links(id store.ID, sources []cure.Source) (all []Link, cut int) {
	if len(sources) < 2 {
		return nil, 0
	}
	w := l.worth(id, len(sources))
	for i, a := range sources {
		for _, b := range sources[i+1:] {
			v := w.inside(a, b)
			all = append(all, Link{A: a, B: b, Weight: v.weight, Common: v.common, Why: v.why(a.Publisher() == b.Publisher())})
		}
	}
	slices.SortStableFunc(all, func(x, y Link) int { return cmp.Compare(y.Weight, x.Weight) })
	n := min(len(all), answerLinks)
	return all[:n], len(all) - n
}

// related returns the values that stand in one record with id, those that most
// sources hold first.
func (l *look) related(ctx context.Context, id store.ID, c Cursor) ([]Related, int, error) {
	ids, cut := l.r.Neighbours(id, relatedPool)
	b, e := newBest(c), every{ctx: ctx}
	for _, n := range ids {
		if err := e.err(); err != nil {
			return nil, 0, err
		}
		b.offer(l, n)
	}
	var all []Related
	for _, row := range b.page(c) {
		if s := l.summary(row.id); !s.Observable.IsZero() {
			w := l.worth(row.id, row.sources)
			all = append(all, Related{Summary: s, Weight: w.weight, Common: w.common})
		}
	}
	return all, cut + b.total - len(all), nil
}

// covering returns the CIDR observables around an address, longest first.
func (l *look) covering(a netip.Addr) []Summary {
	var rows []ranked
	for _, id := range l.r.Covering(a) {
		rows = append(rows, ranked{id: id})
	}
	return l.list(rows)
}
