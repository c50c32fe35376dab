package mean

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// documents is the fold of texts: one record a text, in as many parts as it
// takes. A text that was there before, whatever its file, encoding or author,
// says nothing again: where it stood is added to the record of the first.
//
// Where texts are about things that change (tickets), the text of a thing
// replaces the one before: that record is deleted.
//
// Records go out at the end of an input, so that the batches of a large one can
// be cut between them. Memory is that of the records of one input, at most
// 300,000 ties; the state holds 8 bytes for each of the last 16,384 texts, and
// 24 for each of as many things.
type documents struct {
	source string
	copied publish.Copy
	seen   map[uint64]struct{}
	order  []uint64 // of seen, oldest first
	things things

	waiting []cure.Record
	fresh   []uint64 // texts of this input
	changed things   // what they are about
	ties    int
	over    bool

	partial string // identity of an input that is out in part, and how much of it
	done    int
}

const (
	maxTexts         = 16_384
	maxWaitingTies   = 300_000
	partObservations = 512
	documentsVersion = 2 // 1 had no things
)

var errTooMuch = errors.New("file says more than can be taken at once; cut it into several")

func newDocuments(src cure.Source) *documents {
	return &documents{source: string(src), seen: map[uint64]struct{}{}, things: newThings(), changed: newThings()}
}

// Begin implements publish.Fold.
func (f *documents) Begin(c publish.Copy) {
	f.copied, f.waiting, f.fresh, f.ties, f.over = c, nil, nil, 0, false
	f.changed = newThings()
	if f.partial != c.Identity || c.Identity == "" {
		f.partial, f.done = c.Identity, 0
	}
}

// Add implements publish.Fold. Of an event Document, Key (what makes two texts
// one), To (the thing it is about, if that can change), observations,
// annotations and attributes are used.
func (f *documents) Add(ev *publish.Event, _ publish.Emit) {
	f.ties += len(ev.Annotations) + len(ev.Observations) + 1
	if f.over = f.over || f.ties > maxWaitingTies; f.over || ev.Document == nil {
		return
	}
	rec := cure.Record{ID: cure.NewID(f.source, "text", ev.Key), Marking: ev.Marking}
	name := cure.Attr{Name: "file", Value: cutText(strings.ToValidUTF8(f.copied.Name, "\uFFFD"), maxTitle)}
	print := binary.BigEndian.Uint64(rec.ID[:8])
	_, old := f.seen[print]
	if old = old || slices.Contains(f.fresh, print); f.replaces(ev.To, rec.ID) {
		old = false
	}
	if old {
		for _, a := range append(ev.Attrs, name) {
			if places[a.Name] {
				rec.Attrs = append(rec.Attrs, cure.Attr{Name: "also " + a.Name, Value: a.Value})
			}
		}
		f.waiting = append(f.waiting, rec)
		return
	}
	f.fresh = append(f.fresh, print)
	f.text(ev, rec, name)
}

// replaces notes what is said of a thing now, and deletes what was said before;
// false when nothing was, or nothing has changed.
func (f *documents) replaces(thing string, id cure.ID) bool {
	if thing == "" {
		return false
	}
	at := thingAt(f.source, thing)
	before, ok := f.changed.is[at]
	if !ok {
		before, ok = f.things.is[at]
	}
	if f.changed.put(at, id); !ok || before == id {
		return false
	}
	f.waiting = append(f.waiting, cure.Record{
		ID:       cure.NewID(f.source, "replace", before.String(), id.String()),
		Controls: []cure.Control{{Op: cure.OpDelete, Record: before, Reason: "changed: another record says what holds now"}},
	})
	return true
}

// places are the attributes that say where a text stood.
var places = map[string]bool{"file": true, "url": true, "account": true, "post": true}

// text makes the parts of the record of a new text.
func (f *documents) text(ev *publish.Event, rec cure.Record, name cure.Attr) {
	at := ev.Time
	if at.IsZero() || at.After(f.copied.Time.Add(24*time.Hour)) {
		at = f.copied.Time
	}
	doc := *ev.Document
	doc.Date = at
	if doc.ID.IsZero() {
		doc.ID = cure.NewID("document", ev.Key)
	}
	if doc.Title == "" {
		doc.Title = name.Value
	}
	rec.Documents = []cure.Document{doc}
	rec.Attrs = append(slices.Clone(ev.Attrs), name)
	observations, notes := slices.Clone(ev.Observations), slices.Clone(ev.Annotations)
	for i := range observations {
		if observations[i].First.IsZero() {
			observations[i].First = at
		}
	}
	for i := range notes {
		notes[i].Document = doc.ID
		if notes[i].Time.IsZero() {
			notes[i].Time = at
		}
	}
	for first := true; first || len(observations)+len(notes) > 0; first = false {
		n, m := min(len(observations), partObservations), min(len(notes), partTies)
		rec.Observations, observations = observations[:n], observations[n:]
		rec.Annotations, notes = notes[:m], notes[m:]
		f.waiting = append(f.waiting, rec)
		rec.Attrs = nil
	}
}

// End implements publish.Fold.
func (f *documents) End(_ bool, emit publish.Emit) error {
	if f.over {
		f.partial, f.done = "", 0
		return errTooMuch
	}
	skip := f.done
	for i := range f.waiting {
		if i >= skip {
			f.done++ // before a batch may be cut behind it
			emit(&f.waiting[i])
		}
	}
	for _, print := range f.fresh {
		f.remember(print)
	}
	for _, at := range f.changed.order {
		f.things.put(at, f.changed.is[at])
	}
	f.waiting, f.fresh, f.changed, f.partial, f.done = nil, nil, newThings(), "", 0
	return nil
}

func (f *documents) remember(print uint64) {
	if _, ok := f.seen[print]; ok {
		return
	}
	if len(f.order) == maxTexts {
		delete(f.seen, f.order[0])
		f.order = f.order[1:]
	}
	f.seen[print] = struct{}{}
	f.order = append(f.order, print)
}

// Spill implements publish.Fold. An input is never emitted before its end.
func (f *documents) Spill(publish.Emit) {}

// Pending implements publish.Fold.
func (f *documents) Pending() int {
	return 1 + 3*binary.MaxVarintLen64 + len(f.partial) + 8*len(f.order) + thingSize*len(f.things.order)
}

// AppendState implements publish.Fold: version, the input that is out in part,
// the things, then the texts.
func (f *documents) AppendState(dst []byte) []byte {
	dst = append(dst, documentsVersion)
	dst = binary.AppendUvarint(dst, uint64(len(f.partial)))
	dst = append(dst, f.partial...)
	dst = binary.AppendUvarint(dst, uint64(f.done))
	dst = f.things.append(dst)
	for _, p := range f.order {
		dst = binary.BigEndian.AppendUint64(dst, p)
	}
	return dst
}

// Restore implements publish.Fold.
func (f *documents) Restore(state []byte) error {
	if len(state) == 0 {
		return nil
	}
	broken := cure.Errorf(cure.Invalid, "restore state of texts: broken or of another version")
	rest := state[1:]
	n, size := binary.Uvarint(rest)
	if state[0] == 0 || state[0] > documentsVersion || size <= 0 || n > uint64(len(rest)-size) {
		return broken
	}
	rest = rest[size:]
	f.partial, rest = string(rest[:n]), rest[n:]
	done, size := binary.Uvarint(rest)
	if size <= 0 || done > maxWaitingTies {
		return broken
	}
	f.done, rest = int(done), rest[size:]
	if state[0] > 1 {
		var ok bool
		if rest, ok = f.things.read(rest); !ok {
			return broken
		}
	}
	if len(rest)%8 != 0 || len(rest) > 8*maxTexts {
		return broken
	}
	for ; len(rest) > 0; rest = rest[8:] {
		f.remember(binary.BigEndian.Uint64(rest))
	}
	return nil
}
