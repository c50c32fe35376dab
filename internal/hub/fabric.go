package hub

import (
	"context"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// Thread is a value and what it is tied to, for those who look for groups.
type Thread struct {
	Observable cure.Observable
	Sources    []cure.Source // sorted
	First      time.Time
	Last       time.Time
	Roles      []cure.Role
	Tags       []string
	Common     bool  // over-common: held by too many sources, stands with too many values, or has a warning list's label
	Near       []int // of the threads: in one record with it, or tied to it as a tag
}

// Bounds of a fabric.
const (
	fabricShared = 20_000 // values of two publishers
	fabricNear   = 256    // neighbours of one
	commonKin    = 64     // a fingerprint that stands with more values tells nothing
	commonTagged = 256    // a tag on more values tells nothing
)

// Fabric returns the values that two or more publishers observed in [from, to],
// and the values and tags that tie two of them together. cut says how many of
// the first were left out, those seen longest ago. Sorted by value, so that it
// tells nothing beyond what it shows.
//
// Cost: a walk over the window, then some microseconds a value and neighbour.
func (h *Hub) Fabric(ctx context.Context, sc cure.Scope, from, to time.Time) (threads []Thread, cut int, err error) {
	leave, err := h.wide.enter(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer leave()
	f := &fabric{look: h.look(sc), ctx: ctx, ties: map[store.ID][]store.ID{}}
	defer f.done(ctx, "campaigns")
	if cut, err = f.shared(from, to); err != nil {
		return nil, 0, err
	}
	if err := f.weave(); err != nil {
		return nil, 0, err
	}
	return f.threads(), cut, nil
}

// fabric is one question for all ties.
type fabric struct {
	*look
	ctx  context.Context
	rows []ranked                // of the values that publishers share
	ties map[store.ID][]store.ID // what else: which of the rows it ties
}

// shared finds the values that publishers share, the newest.
func (f *fabric) shared(from, to time.Time) (cut int, err error) {
	b, e := newBest(Cursor{Limit: fabricShared}), every{ctx: f.ctx}
	for id := range f.r.AtLeast(2, from, to) {
		if err := e.err(); err != nil {
			return 0, err
		}
		switch f.r.Kind(id) {
		case cure.KindPort, cure.KindASN, cure.KindCIDR:
			continue
		}
		if _, last := f.sources(id); f.publishers() > 1 {
			b.add(ranked{id, 0, last, f.r.Observable(id)})
		}
	}
	f.rows = b.page(Cursor{Limit: fabricShared})
	return b.total - len(f.rows), nil
}

// weave finds what ties the shared values.
func (f *fabric) weave() error {
	e := every{ctx: f.ctx}
	for i := range f.rows {
		if err := e.err(); err != nil {
			return err
		}
		id := f.rows[i].id
		n, _ := f.sources(id)
		if f.worth(id, n).common {
			continue
		}
		near, _ := f.r.Neighbours(id, fabricNear)
		for _, t := range near {
			f.ties[t] = append(f.ties[t], id)
		}
		f.tags = f.r.Tags(id, f.tags[:0])
		for _, t := range f.tags {
			if t.Relation == cure.RelationTag && !slices.Contains(f.ties[t.Tag], id) {
				f.ties[t.Tag] = append(f.ties[t.Tag], id)
			}
		}
	}
	return nil
}

// threads returns the shared values and what ties two or more of them.
func (f *fabric) threads() []Thread {
	is := map[store.ID]bool{}
	var ids []store.ID
	for i := range f.rows {
		is[f.rows[i].id] = true
		ids = append(ids, f.rows[i].id)
	}
	for id, tied := range f.ties {
		if !is[id] && len(tied) > 1 {
			ids = append(ids, id)
		}
	}
	all := make([]Thread, 0, len(ids))
	of := make(map[cure.Observable]store.ID, len(ids))
	for _, id := range ids {
		if t := f.thread(id); !t.Observable.IsZero() {
			all, of[t.Observable] = append(all, t), id
		}
	}
	slices.SortFunc(all, func(a, b Thread) int { return compareObservables(a.Observable, b.Observable) })
	at := make(map[store.ID]int, len(all))
	for i := range all {
		at[of[all[i].Observable]] = i
	}
	for i := range all {
		for _, id := range f.ties[of[all[i].Observable]] {
			if j, ok := at[id]; ok && j != i {
				all[i].Near = append(all[i].Near, j)
			}
		}
		slices.Sort(all[i].Near)
	}
	return all
}

func (f *fabric) thread(id store.ID) Thread {
	s := f.summary(id)
	t := Thread{Observable: s.Observable, Sources: s.Sources, First: s.First, Last: s.Last, Roles: s.Roles, Tags: s.Tags}
	w := f.worth(id, len(s.Sources))
	t.Common = w.common
	switch {
	case s.Observable.Kind == cure.KindFingerprint:
		t.Common = t.Common || w.stands > commonKin
	case isTag(s.Observable.Kind):
		n := 0
		for range f.r.Tagged(id) {
			if n++; n > commonTagged {
				t.Common = true
				break
			}
		}
	}
	for _, n := range s.Notes {
		t.Common = t.Common || n.Name == "warninglist"
	}
	return t
}
