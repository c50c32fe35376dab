package hub

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// maxParts is how many parts of a record are merged.
const maxParts = 256

// Record opens a record by its ID and merges all parts of it that the scope
// sees, in order of arrival. What was deleted, or is hidden from the scope, is left out, and
// with it the raw text, which would still show it. NotFound: no such record,
// not for this scope, or the log does not reach back to it.
func (h *Hub) Record(ctx context.Context, sc cure.Scope, ref string) (Opened, error) {
	l := h.look(sc)
	defer l.done(ctx, "record "+ref)
	gone := cure.Errorf(cure.NotFound, "no record %.80q", ref)
	id, err := cure.ParseID(ref)
	if err != nil || id.IsZero() {
		return Opened{}, cure.Errorf(cure.Invalid, "record %.80q is not an id of 32 hex digits", ref)
	}
	locs := l.r.Record(id)
	slices.SortFunc(locs, func(a, b store.Locator) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Record, b.Record))
	})
	var o Opened
	for i, loc := range locs {
		if i == maxParts {
			o.Note = "only the first " + strconv.Itoa(maxParts) + " parts are shown"
			break
		}
		p, err := h.opener.open(ctx, loc)
		if err != nil {
			if err = hide(err, gone); err != gone {
				return Opened{}, err
			}
			continue
		}
		l.merge(&o, loc, &p)
	}
	if o.Parts == 0 {
		return Opened{}, gone
	}
	l.meanings(ctx, &o)
	o.Others = l.others(&o)
	return o, nil
}

// others returns the values of a record that other publishers know too, the
// rarest first: what outside knowledge says about an own alert. What is ours
// explains nothing.
func (l *look) others(o *Opened) []SharedValue {
	var all []SharedValue
	done := map[cure.Observable]bool{}
	for i := range o.Observations {
		v := &o.Observations[i]
		if done[v.Observable] || v.Role == cure.RoleOwn || len(done) == maxOthers {
			continue
		}
		done[v.Observable] = true
		id, ok := l.find(v.Observable)
		if !ok {
			continue
		}
		s := SharedValue{Summary: l.summary(id)}
		foreign := slices.ContainsFunc(s.Sources, func(src cure.Source) bool { return src.Publisher() != o.Source.Publisher() })
		if !foreign {
			continue
		}
		w := l.worth(id, len(s.Sources))
		s.Weight, s.Common, s.Why = w.weight, w.common, w.why(false)
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b SharedValue) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), compareObservables(a.Observable, b.Observable))
	})
	return all[:min(len(all), answerRelated)]
}

// maxOthers is how many values of a record are looked up elsewhere.
const maxOthers = 256

// hide makes what the log no longer has, or never had, look like any other
// record that is not there.
func hide(err, gone error) error {
	if k := cure.KindOf(err); k == cure.NotFound || k == cure.Invalid {
		return gone
	}
	return err
}

// merge adds the visible items of one part.
func (l *look) merge(o *Opened, loc store.Locator, p *piece) {
	part := p.record
	seen, whole := l.visible(loc, &part)
	if len(seen.Observations)+len(seen.Annotations) == 0 {
		return
	}
	if o.Parts++; o.Parts == 1 {
		o.ID, o.Source, o.Arrived = part.ID, p.source, p.arrived
	}
	o.Marking = o.Marking.Join(seen.Marking)
	o.Observations = append(o.Observations, seen.Observations...)
	o.Annotations = append(o.Annotations, seen.Annotations...)
	if !whole {
		return
	}
	o.Sensor = cmp.Or(o.Sensor, part.Sensor)
	o.Contributor = cmp.Or(o.Contributor, part.Contributor)
	for _, a := range part.Attrs {
		if !slices.Contains(o.Attrs, a) {
			o.Attrs = append(o.Attrs, a)
		}
	}
	o.Documents = append(o.Documents, part.Documents...)
	if len(part.Raw) > 0 {
		if len(o.Raw) > 0 {
			o.Raw = append(o.Raw, '\n')
		}
		o.Raw = append(o.Raw, part.Raw...)
	}
}

// visible returns the observations and annotations of a record at loc that the
// scope sees, with the strictest marking of them; whole is false when some are
// deleted or hidden.
func (l *look) visible(loc store.Locator, part *cure.Record) (seen cure.Record, whole bool) {
	whole = true
	l.piece = l.r.Part(part.ID, loc, l.piece[:0])
	for i := range part.Observations {
		b := &part.Observations[i]
		m, ok := l.shows(b.Observable)
		if !ok {
			whole = false
			continue
		}
		seen.Marking = seen.Marking.Join(m)
		seen.Observations = append(seen.Observations, *b)
	}
	var again []cure.Annotation
	for i := range part.Annotations {
		a := &part.Annotations[i]
		m, ok := l.ties(a, loc)
		switch {
		case ok:
			seen.Marking = seen.Marking.Join(m)
			seen.Annotations = append(seen.Annotations, *a)
		case l.tiedAgain(a):
			again = append(again, *a)
		default:
			whole = false
		}
	}
	if whole { // all that the record observed is seen, so is what it said then
		seen.Annotations = append(seen.Annotations, again...)
	}
	return seen, whole
}

// tiedAgain reports whether the source of the part read last has tied the same
// tag again, which the store keeps in the place of the first time.
func (l *look) tiedAgain(a *cure.Annotation) bool {
	if len(l.piece) == 0 {
		return false
	}
	src := l.cell(l.piece[0].Cell).Source
	for i := range l.tags { // of the subject, as ties has read them
		if t := &l.tags[i]; l.cell(t.Cell).Source == src && l.r.Observable(t.Tag) == a.Tag {
			return true
		}
	}
	return false
}

// shows reports whether the scope sees an observation of the part read last,
// and its marking.
func (l *look) shows(o cure.Observable) (cure.Marking, bool) {
	id, ok := l.find(o)
	if !ok {
		return cure.Marking{}, false
	}
	for _, row := range l.piece {
		if row.ID == id {
			return l.cell(row.Cell).Marking, true
		}
	}
	return cure.Marking{}, false
}

// ties reports whether the scope sees an annotation of the record at loc, and
// its marking.
func (l *look) ties(a *cure.Annotation, loc store.Locator) (cure.Marking, bool) {
	l.tags = l.tags[:0]
	id, ok := l.find(a.Subject)
	if !ok {
		return cure.Marking{}, false
	}
	l.tags = l.r.Tags(id, l.tags)
	for i := range l.tags {
		if t := &l.tags[i]; t.Loc == loc && l.r.Observable(t.Tag) == a.Tag {
			return l.cell(t.Cell).Marking, true
		}
	}
	return cure.Marking{}, false
}
