package hub

import (
	"fmt"
	"slices"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// filter says which records somebody wants to follow. The zero filter: all.
type filter struct {
	source string // publisher or source
	kind   cure.Kind
	query  *node
}

// newFilter reads a filter. Invalid: the query cannot be read, or asks for a
// time.
func newFilter(source string, kind cure.Kind, query string) (*filter, error) {
	f := &filter{source: source, kind: kind}
	if query == "" {
		return f, nil
	}
	q, err := ParseQuery(query)
	if err != nil {
		return nil, err
	}
	if !q.since.isZero() || !q.until.isZero() {
		return nil, cure.Errorf(cure.Invalid, "follow records: since: and until: are for searches; a stream begins at from or after")
	}
	f.query = q.root
	return f, nil
}

// text names the filter: equal texts let the same through.
func (f *filter) text() string {
	q := ""
	if f.query != nil {
		q = Query{root: f.query}.String()
	}
	return fmt.Sprintf("%s\x00%d\x00%s", f.source, f.kind, q)
}

// wants reports whether anything of a source may pass.
func (f *filter) wants(src cure.Source) bool { return f.source == "" || isOf(src, f.source) }

// passes reports whether a record, as the viewer sees it, is wanted: one of
// its values is of the kind, and one fulfils the query. source: and role: ask
// about this record, all else is as in a search at this moment.
func (f *filter) passes(l *look, o *Opened) bool {
	if f.kind != cure.KindNone && !slices.ContainsFunc(valuesOf(&o.Record), func(v cure.Observable) bool { return v.Kind == f.kind }) {
		return false
	}
	if f.query == nil {
		return true
	}
	ev := &evaluation{look: l, to: maxTime, ids: map[cure.Observable][]store.ID{}}
	return ev.any(f.query, o)
}

// any reports whether a value of a record fulfils a query; one without values
// can fulfil source: and "not".
func (ev *evaluation) any(n *node, o *Opened) bool {
	values := valuesOf(&o.Record)
	if len(values) == 0 {
		return ev.asks(n, o, cure.Observable{})
	}
	return slices.ContainsFunc(values, func(v cure.Observable) bool { return ev.asks(n, o, v) })
}

// asks answers a query about one value of a record.
func (ev *evaluation) asks(n *node, o *Opened, v cure.Observable) bool {
	switch n.op {
	case opAnd:
		return !slices.ContainsFunc(n.kids, func(k *node) bool { return !ev.asks(k, o, v) })
	case opOr:
		return slices.ContainsFunc(n.kids, func(k *node) bool { return ev.asks(k, o, v) })
	case opNot: // no value of the record: who leaves an address out wants no record with it
		return !ev.any(n.kids[0], o)
	case opSource:
		return isOf(o.Source, n.source)
	case opRole:
		return slices.ContainsFunc(o.Observations, func(b cure.Observation) bool { return b.Observable == v && b.Role == n.role })
	case opValue:
		if n.value == v || slices.ContainsFunc(o.Annotations, func(a cure.Annotation) bool { return a.Subject == v && a.Tag == n.value }) {
			return true
		}
	}
	id, ok := ev.find(v)
	return ok && ev.match(n, id)
}

// valuesOf returns the values that a record is about.
func valuesOf(r *cure.Record) []cure.Observable {
	var all []cure.Observable
	for i := range r.Observations {
		all = append(all, r.Observations[i].Observable)
	}
	for i := range r.Annotations {
		all = append(all, r.Annotations[i].Subject, r.Annotations[i].Tag)
	}
	for i := range r.Enrichments {
		all = append(all, r.Enrichments[i].Subject)
	}
	for i := range r.Detections {
		all = append(append(all, r.Detections[i].Ports...), r.Detections[i].Sources...)
	}
	return all
}
