package publish

import (
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// Limits of [Minutes].
const (
	minuteGrace   = time.Minute // of event time that a minute stays open for late events
	maxMinuteRaw  = 4 << 10     // bytes of raw text of one part: that of its first events
	stateMinutes  = 1           // version of the state
	minuteReserve = 64          // bytes of state without incidents
)

// Minutes is the fold of events of which very many are alike, as the alerts of
// a rule are: those with one key in one minute of event time are one record,
// with each observable once and the number of events as its count. The id is
// made of source, key and minute, so whatever comes late, or after a restart,
// goes to the same record as a delta: counts add up.
//
// [NewDays] does the same for days.
//
// A minute is emitted when event time is a minute past its end, when all that
// is open holds too much (the oldest first), and before each checkpoint. Of
// the raw texts the first 4 KiB of each part are kept. Minute groups are tied
// into [incidents].
//
// Nothing of a minute is remembered after it was emitted, so a storm costs at
// most 96 KiB here (of days 192 KiB), and the state is the watermark and the open incidents.
type Minutes struct {
	source    string
	span      int64 // seconds that one record covers
	room      int   // bytes of all that is open
	open      map[minuteKey]*minute
	order     []*minute // by their first event
	watermark time.Time
	pending   int
	incidents incidents
	spare     []*minute
}

type minuteKey struct {
	key   string
	start int64 // Unix time in spans
}

// minute is a session of sixty seconds without an actor of its own.
type minute struct {
	session
	at   minuteKey
	gone bool // emitted, still in order
}

// NewMinutes makes the fold of a source.
func NewMinutes(src cure.Source) *Minutes {
	return &Minutes{source: string(src), span: 60, room: maxPending, open: make(map[minuteKey]*minute), incidents: newIncidents(string(src))}
}

// NewDays makes the same fold for days (UTC) instead of minutes: of flows,
// which are alike for hours. Twice as much is kept open.
func NewDays(src cure.Source) *Minutes {
	f := NewMinutes(src)
	f.span, f.room = 24*60*60, 2*maxPending
	return f
}

// Begin implements Fold.
func (f *Minutes) Begin(Copy) {}

// End implements Fold. The minute may go on in the next file.
func (f *Minutes) End(bool, Emit) error { return nil }

// Add implements Fold. An event without key is a record of its own.
func (f *Minutes) Add(ev *Event, emit Emit) {
	if ev.Key == "" {
		s := &session{id: cure.NewID(f.source, "record", string(ev.Raw)), actor: ev.Actor, role: ev.Role}
		s.merge(ev)
		s.settle()
		emit(&s.part)
		return
	}
	if ev.Time.After(f.watermark) {
		f.watermark = ev.Time
		f.close(emit)
	}
	m := f.minute(ev)
	if len(m.part.Raw)+len(ev.Raw) > maxMinuteRaw && len(m.part.Raw) > 0 {
		ev.Raw = nil
	}
	size := eventSize(ev)
	if m.bytes > 0 && (m.bytes+size > maxPart && m.grows(ev) || m.full(ev)) {
		f.emit(m, emit)
		m = f.minute(ev)
	}
	if m.bytes == 0 {
		f.incidents.tie(m)
	}
	m.merge(ev)
	grown := m.weight() - m.bytes
	m.bytes += grown
	if f.pending += grown; f.pending > f.room {
		f.shrink(emit)
	}
}

// grows reports whether an event brings something that its minute does not
// have: alike events only count.
func (m *minute) grows(ev *Event) bool {
	return len(ev.Raw) > 0 || len(ev.Observations) > len(m.part.Observations)
}

// weight bounds what the part takes in a batch.
func (m *minute) weight() int {
	p := &m.part
	n := 224 + len(p.Raw) + len(p.Sensor)
	n += 128*len(p.Observations) + 256*len(p.Annotations) + 96*len(p.Attrs)
	for i := range p.Observations {
		n += len(p.Observations[i].Observable.Value)
	}
	for i := range p.Attrs {
		n += len(p.Attrs[i].Name) + len(p.Attrs[i].Value)
	}
	for i := range p.Annotations {
		n += len(p.Annotations[i].Sentence) + len(p.Annotations[i].Tag.Value)
	}
	return n
}

// minute returns the group of an event.
func (f *Minutes) minute(ev *Event) *minute {
	at := minuteKey{ev.Key, f.floor(ev.Time)}
	if m := f.open[at]; m != nil {
		return m
	}
	m := &minute{}
	if n := len(f.spare); n > 0 {
		m, f.spare = f.spare[n-1], f.spare[:n-1]
	}
	m.at = minuteKey{strings.Clone(ev.Key), at.start}
	start := time.Unix(at.start*f.span, 0).UTC()
	m.id = cure.NewID(f.source, m.at.key, start.Format(time.RFC3339))
	m.gone = false
	f.open[m.at] = m
	f.order = append(f.order, m)
	return m
}

// floor returns the span that a time is in.
func (f *Minutes) floor(t time.Time) int64 {
	s := t.Unix()
	if s < 0 {
		s -= f.span - 1
	}
	return s / f.span
}

// close emits the minutes that are over.
func (f *Minutes) close(emit Emit) {
	over := f.floor(f.watermark.Add(-minuteGrace))
	for len(f.order) > 0 && f.order[0].at.start < over {
		f.pop(emit)
	}
}

// shrink emits the oldest minutes until half of the room is free.
func (f *Minutes) shrink(emit Emit) {
	for len(f.order) > 0 && f.pending > f.room/2 {
		f.pop(emit)
	}
}

// pop emits the oldest.
func (f *Minutes) pop(emit Emit) {
	m := f.order[0]
	f.order[0] = nil
	f.order = f.order[1:]
	f.emit(m, emit)
	if len(f.spare) < maxSpare {
		m.session = session{part: cure.Record{
			Attrs: m.part.Attrs[:0], Raw: m.part.Raw[:0],
			Observations: m.part.Observations[:0], Annotations: m.part.Annotations[:0],
		}}
		f.spare = append(f.spare, m)
	}
}

// emit hands a minute over; what comes later for it begins a new part.
func (f *Minutes) emit(m *minute, emit Emit) {
	if m.gone {
		return
	}
	m.gone = true
	delete(f.open, m.at)
	if m.bytes > 0 {
		m.settle()
		emit(&m.part)
		f.pending -= m.bytes
		m.bytes = 0
	}
}

// Spill implements Fold.
func (f *Minutes) Spill(emit Emit) {
	for len(f.order) > 0 {
		f.pop(emit)
	}
	f.order = nil
}

// Pending implements Fold.
func (f *Minutes) Pending() int { return f.pending + minuteReserve + f.incidents.size() }

// AppendState implements Fold. Layout: version, watermark, incidents.
func (f *Minutes) AppendState(dst []byte) []byte {
	dst = append(dst, stateMinutes)
	dst = binary.AppendVarint(dst, millis(f.watermark))
	return f.incidents.append(dst)
}

var errMinutes = errors.New("broken state of minutes")

// Restore implements Fold.
func (f *Minutes) Restore(state []byte) error {
	span, room := f.span, f.room
	*f = *NewMinutes(cure.Source(f.source))
	f.span, f.room = span, room
	if len(state) == 0 {
		return nil
	}
	r := stateReader{b: state[1:], bad: state[0] != stateMinutes}
	f.watermark = fromMillis(r.varint())
	f.incidents.read(&r)
	if r.bad || len(r.b) > 0 {
		return errMinutes
	}
	return nil
}
