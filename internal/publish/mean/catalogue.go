package mean

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// Limits of a catalogue.
const (
	maxThings    = 20_000    // objects of one copy
	maxTies      = 200_000   // relationships
	maxHeld      = 256 << 20 // bytes of both
	stateVersion = 1
	maxState     = 160 << 10 // a larger one is kept beside the log
)

// catalogueFold puts a copy of a catalogue together. Relationships name objects
// by their STIX ids, in any order, so nothing is emitted before the copy is
// read to its end; then only what this source has not published before, in
// order of ids. Names of objects are remembered, so relationships may stand in
// a file of their own, read after that of the objects.
//
// Memory: the objects and relationships of one copy, at most 256 MiB (ATT&CK
// has about 40). The state holds 8 bytes for each published version of an
// object and the id and tag of each object.
type catalogueFold struct {
	source string
	tags   map[string]string   // STIX id -> tag
	done   map[uint64]struct{} // versions that are published

	things []*event
	ties   []*event
	bytes  int
	over   bool
	seen   int    // events of the copy
	state  []byte // encoded, nil when it has to be made
	size   int    // bound of it
}

// event is what is kept of a publish.Event.
type event struct {
	kind, key    string
	time         time.Time
	attrs        []cure.Attr
	observations []cure.Observation
	annotations  []cure.Annotation
}

func newCatalogueFold(src cure.Source) *catalogueFold {
	return &catalogueFold{source: string(src), tags: map[string]string{}, done: map[uint64]struct{}{}}
}

// Begin implements publish.Fold.
func (f *catalogueFold) Begin(publish.Copy) {
	f.things, f.ties, f.bytes, f.over, f.seen = nil, nil, 0, false, 0
}

// Add implements publish.Fold.
func (f *catalogueFold) Add(ev *publish.Event, emit publish.Emit) {
	e := &event{
		kind: ev.Kind, key: ev.Key, time: ev.Time, attrs: slices.Clone(ev.Attrs),
		observations: slices.Clone(ev.Observations), annotations: slices.Clone(ev.Annotations),
	}
	f.seen++
	if e.kind == typeReference { // stands alone
		f.reference(e, emit)
		return
	}
	for _, a := range e.attrs {
		f.bytes += len(a.Name) + len(a.Value) + 32
	}
	if f.bytes > maxHeld || len(f.things) >= maxThings || len(f.ties) >= maxTies {
		f.over = true
		return
	}
	if e.kind == typeRelationship {
		f.ties = append(f.ties, e)
		return
	}
	f.things = append(f.things, e)
}

// get returns the first value of an attribute.
func (e *event) get(name string) string {
	for _, a := range e.attrs {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

// all calls fn with every value of an attribute.
func (e *event) all(name string, fn func(v string)) {
	for _, a := range e.attrs {
		if a.Name == name {
			fn(a.Value)
		}
	}
}

func (e *event) version() uint64 {
	id := cure.NewID(e.key, e.time.Format(time.RFC3339Nano))
	return binary.LittleEndian.Uint64(id[:])
}

// record begins the record of an event.
func (f *catalogueFold) record(e *event) *cure.Record {
	rec := &cure.Record{ID: cure.NewID(f.source, e.key, e.time.Format(time.RFC3339Nano))}
	rec.Attrs = append(rec.Attrs, cure.Attr{Name: "type", Value: e.kind}, cure.Attr{Name: "stix", Value: e.key})
	for _, a := range e.attrs {
		switch a.Name {
		case attrAlias, attrPhase, attrTactic, attrMaps, attrFrom, attrTo, attrTag:
		default:
			rec.Attrs = append(rec.Attrs, a)
		}
	}
	return rec
}

// End implements publish.Fold.
func (f *catalogueFold) End(_ bool, emit publish.Emit) error {
	defer func() { f.things, f.ties, f.bytes = nil, nil, 0 }()
	if f.over {
		return fmt.Errorf("catalogue has more than %d objects, %d relationships or %d MiB", maxThings, maxTies, maxHeld>>20)
	}
	if f.seen == 0 {
		return errors.New("no STIX object of ATT&CK or CAPEC in it")
	}
	byKey := func(a, b *event) int { return cmp.Or(strings.Compare(a.key, b.key), a.time.Compare(b.time)) }
	slices.SortStableFunc(f.things, byKey)
	slices.SortStableFunc(f.ties, byKey)
	for _, e := range f.things {
		f.name(e.key, e.get(attrTag))
	}
	w := newNames(f.things)
	for _, e := range f.things {
		f.publish(e, w.thing(f, e), emit)
	}
	missing := 0
	for _, e := range f.ties {
		rec, ok := f.tie(e)
		if !ok {
			missing++
		}
		f.publish(e, rec, emit)
	}
	if missing > 0 {
		return fmt.Errorf("%d relationships name objects that are neither in this copy nor in one before: publish the objects first, or both in one run", missing)
	}
	return nil
}

// publish emits a record unless this version of it was published before.
func (f *catalogueFold) publish(e *event, rec *cure.Record, emit publish.Emit) {
	v := e.version()
	if _, ok := f.done[v]; ok || rec == nil || len(rec.Annotations) == 0 && e.kind != typeReference {
		return
	}
	f.remember(v)
	emit(rec)
}

// remember notes that a version is published, name the tag of an object.
func (f *catalogueFold) remember(v uint64) {
	f.done[v] = struct{}{}
	f.size += 8
	f.state = nil
}

func (f *catalogueFold) name(id, tag string) {
	if had, ok := f.tags[id]; ok && had == tag {
		return
	}
	f.tags[id] = tag
	f.size += len(id) + len(tag) + 6
	f.state = nil
}

// tie makes the record of a relationship: nil for one that is not used, false
// when an end is not known.
func (f *catalogueFold) tie(e *event) (*cure.Record, bool) {
	relation := e.get(attrRel)
	r, used := relations[relation]
	from, to := f.tags[e.get(attrFrom)], f.tags[e.get(attrTo)]
	if !used || e.get(attrState) != "" && relation != "revoked-by" {
		return nil, true
	}
	if !usedEnd(e.get(attrFrom)) || !usedEnd(e.get(attrTo)) {
		return nil, true
	}
	if from == "" || to == "" {
		return nil, false
	}
	if r.reversed {
		from, to = to, from
	}
	if from == to {
		return nil, true
	}
	rec := f.record(e)
	a := cure.Annotation{
		Subject: tagOf(from), Tag: tagOf(to), Relation: r.means, Time: e.time, Confidence: r.confidence,
		Sentence: e.get(attrText),
	}
	rec.Documents, a.Document = cited(e)
	rec.Annotations = append(rec.Annotations, a)
	return rec, true
}

// usedEnd reports whether a STIX id is of a type that becomes a tag.
func usedEnd(id string) bool {
	kind, _, _ := strings.Cut(id, "--")
	_, ok := kindsOfObjects[kind]
	return ok
}

// relations says what the relationships of STIX become.
var relations = map[string]struct {
	means      cure.Relation
	reversed   bool
	confidence uint8
}{
	"uses":            {means: cure.RelationUses, confidence: 90},
	"attributed-to":   {confidence: 80},
	"subtechnique-of": {confidence: 100},
	"mitigates":       {reversed: true, confidence: 80}, // the technique carries its mitigation
	"revoked-by":      {means: cure.RelationAlias, confidence: 100},
}

// cited makes a document of the first reference of an event.
func cited(e *event) ([]cure.Document, cure.ID) {
	line := e.get(attrCites)
	if line == "" {
		return nil, cure.ID{}
	}
	url, title, _ := strings.Cut(line, " ")
	if title == "" {
		title = url
	}
	d := cure.Document{ID: DocumentID(url), Title: title, URL: url, Date: e.time}
	return []cure.Document{d}, d.ID
}

// DocumentID names the document that is published under a URL.
func DocumentID(url string) cure.ID { return cure.NewID("document", url) }

// Spill implements publish.Fold. A copy is never emitted in part.
func (f *catalogueFold) Spill(publish.Emit) {}

// Pending implements publish.Fold. A large state is no part of a batch.
func (f *catalogueFold) Pending() int {
	return min(f.size+32, maxState)
}

// AppendState implements publish.Fold. Layout: version, number and ids with
// their tags, sorted; number and versions, sorted.
func (f *catalogueFold) AppendState(dst []byte) []byte {
	if f.state == nil {
		f.state = f.encode()
	}
	return append(dst, f.state...)
}

func (f *catalogueFold) encode() []byte {
	b := []byte{stateVersion}
	ids := make([]string, 0, len(f.tags))
	for id := range f.tags {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	b = binary.AppendUvarint(b, uint64(len(ids)))
	for _, id := range ids {
		for _, s := range []string{id, f.tags[id]} {
			b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
		}
	}
	versions := make([]uint64, 0, len(f.done))
	for v := range f.done {
		versions = append(versions, v)
	}
	slices.Sort(versions)
	b = binary.AppendUvarint(b, uint64(len(versions)))
	for _, v := range versions {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}

var errState = errors.New("broken state of a catalogue")

// Restore implements publish.Fold.
func (f *catalogueFold) Restore(state []byte) error {
	*f = *newCatalogueFold(cure.Source(f.source))
	if len(state) == 0 {
		return nil
	}
	r := reader{b: state[1:], bad: state[0] != stateVersion}
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		id, tag := r.text(maxID), r.text(300)
		f.name(id, tag)
		r.bad = r.bad || len(f.tags) > 4*maxThings || tagOf(tag).Value != tag
	}
	n := r.uvarint()
	if r.bad || n*8 != uint64(len(r.b)) {
		return errState
	}
	for ; n > 0; n-- {
		f.remember(binary.LittleEndian.Uint64(r.b))
		r.b = r.b[8:]
	}
	return nil
}

// reader reads a state; after the first thing that is not there bad is set.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if r.bad || n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) text(most int) string {
	n := r.uvarint()
	if r.bad || n > uint64(most) || n > uint64(len(r.b)) {
		r.bad = true
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}
