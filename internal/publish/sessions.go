package publish

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// Limits of [Sessions].
const (
	maxSessions   = 2048      // remembered at once; the longest untouched one is forgotten first
	maxPending    = 96 << 10  // bytes of all sessions that are not emitted yet
	maxPart       = 48 << 10  // bytes of one emitted part; a longer event makes a part of its own
	maxPartItems  = 512       // observations, annotations or attributes of one part
	maxKey        = 48        // bytes of a key; longer ones are hashed
	sessionIdle   = time.Hour // of event time after which a session is forgotten
	stateSessions = 1         // version of the state
)

// Sessions is the fold of events that share a key: one record a session, with
// each observable once. Its id is made of source and key, so whatever comes
// late, or after a restart, goes to the same record.
//
// A session is emitted in parts: when it ends, when it or all together hold
// too much, and before each checkpoint. A part holds what came since the last
// one (counts are of events, so the parts of a session add up), and the
// session itself is remembered until no event came for an hour of event time
// or 2,048 others are newer. What is remembered is small: key, role and
// address of the actor.
type Sessions struct {
	source    string
	open      map[string]*session
	old, new  *session // ends of the list by last touch
	watermark time.Time
	pending   int
	spare     []cure.Record // emitted before: their memory is used again
}

// session is what is known of one key.
type session struct {
	key        string
	id         cure.ID
	actor      cure.Observable
	role       cure.Role
	last       time.Time
	prev, next *session

	part  cure.Record // not emitted yet
	bytes int         // of part
}

// NewSessions makes the fold of a source.
func NewSessions(src cure.Source) *Sessions {
	return &Sessions{source: string(src), open: make(map[string]*session)}
}

// Begin implements Fold.
func (f *Sessions) Begin(Copy) {}

// End implements Fold. Sessions may go on in the next file.
func (f *Sessions) End(bool, Emit) error { return nil }

// Add implements Fold.
func (f *Sessions) Add(ev *Event, emit Emit) {
	if ev.Key == "" {
		f.alone(ev, emit)
		return
	}
	s := f.session(ev, emit)
	f.watermark = later(f.watermark, ev.Time)
	s.last = later(s.last, ev.Time)
	if !ev.Actor.IsZero() {
		s.actor = ev.Actor
	}
	s.role = stronger(s.role, ev.Role)
	size := eventSize(ev)
	if s.bytes > 0 && (s.bytes+size > maxPart || s.full(ev)) {
		f.emit(s, emit)
	}
	if s.bytes == 0 {
		f.begin(s)
	}
	s.bytes += size
	f.pending += size
	s.merge(ev)
	if ev.Ends {
		f.emit(s, emit)
	}
	if f.pending > maxPending {
		f.Spill(emit)
	}
	for f.old != s && (len(f.open) > maxSessions || f.watermark.Sub(f.old.last) > sessionIdle) {
		f.forget(f.old, emit)
	}
}

// alone emits an event that is part of nothing.
func (f *Sessions) alone(ev *Event, emit Emit) {
	s := &session{id: cure.NewID(f.source, "record", string(ev.Raw)), actor: ev.Actor, role: ev.Role}
	s.merge(ev)
	s.settle()
	emit(&s.part)
}

// session returns the session of an event as the newest.
func (f *Sessions) session(ev *Event, emit Emit) *session {
	key := ev.Key
	if len(key) > maxKey {
		key = cure.NewID(key).String()
	}
	s := f.open[key]
	if s == nil {
		s = &session{key: strings.Clone(key), last: ev.Time}
		s.id = cure.NewID(f.source, s.key, "")
		f.open[s.key] = s
	} else {
		f.unlink(s)
	}
	f.link(s)
	return s
}

func (f *Sessions) link(s *session) {
	s.prev, s.next = f.new, nil
	if f.new != nil {
		f.new.next = s
	} else {
		f.old = s
	}
	f.new = s
}

func (f *Sessions) unlink(s *session) {
	if s.prev != nil {
		s.prev.next = s.next
	} else {
		f.old = s.next
	}
	if s.next != nil {
		s.next.prev = s.prev
	} else {
		f.new = s.prev
	}
}

// forget drops a session after emitting what is known.
func (f *Sessions) forget(s *session, emit Emit) {
	f.emit(s, emit)
	f.unlink(s)
	delete(f.open, s.key)
}

// emit hands over what came since the last part.
func (f *Sessions) emit(s *session, emit Emit) {
	if s.bytes == 0 {
		return
	}
	s.settle()
	emit(&s.part)
	f.pending -= s.bytes
	s.bytes = 0
	if len(f.spare) < maxSpare && cap(s.part.Raw) <= maxPart {
		f.spare = append(f.spare, s.part)
	}
	s.part = cure.Record{}
}

// maxSpare bounds the memory kept for the next parts.
const maxSpare = 32

// begin takes memory for a part.
func (f *Sessions) begin(s *session) {
	n := len(f.spare)
	if n == 0 {
		return
	}
	r := f.spare[n-1]
	f.spare = f.spare[:n-1]
	s.part = cure.Record{
		Attrs: r.Attrs[:0], Raw: r.Raw[:0], Observations: r.Observations[:0], Annotations: r.Annotations[:0],
	}
}

// Spill implements Fold.
func (f *Sessions) Spill(emit Emit) {
	for s := f.old; s != nil; s = s.next {
		f.emit(s, emit)
	}
}

// Pending implements Fold.
func (f *Sessions) Pending() int { return f.pending + 32 + len(f.open)*sessionState }

// merge adds an event to the part.
func (s *session) merge(ev *Event) {
	p := &s.part
	if p.Sensor == "" {
		p.Sensor = ev.Sensor
	}
	if !ev.Marking.IsDefault() {
		p.Marking = p.Marking.Join(ev.Marking)
	}
	if !s.actor.IsZero() {
		s.observe(cure.Observation{Observable: s.actor, Role: s.role}, ev.Time, true)
	}
	for _, o := range ev.Observations {
		s.observe(o, ev.Time, false)
	}
	for _, a := range ev.Annotations {
		s.annotate(a, ev.Time)
	}
	for _, a := range ev.Attrs {
		if !slices.Contains(p.Attrs, a) {
			p.Attrs = append(p.Attrs, a)
		}
	}
	if len(ev.Raw) > 0 {
		if len(p.Raw) > 0 {
			p.Raw = append(p.Raw, '\n')
		}
		p.Raw = append(p.Raw, ev.Raw...)
	}
}

// annotate ties a tag, once in a part, with the best evidence.
func (s *session) annotate(a cure.Annotation, t time.Time) {
	if a.Subject.IsZero() {
		a.Subject = s.actor
	}
	if a.Time.IsZero() {
		a.Time = t
	}
	if a.Subject.IsZero() {
		return
	}
	for i := range s.part.Annotations {
		have := &s.part.Annotations[i]
		if have.Subject == a.Subject && have.Tag == a.Tag {
			if a.Confidence > have.Confidence {
				*have = a
			}
			return
		}
	}
	s.part.Annotations = append(s.part.Annotations, a)
}

// observe counts an observation in. The actor is counted once, in whatever
// role it has by the end of the part.
func (s *session) observe(o cure.Observation, t time.Time, actor bool) {
	if o.First.IsZero() {
		o.First = t
	}
	o.Last = later(o.First, o.Last)
	o.Count = max(o.Count, 1)
	for i := range s.part.Observations {
		have := &s.part.Observations[i]
		if have.Observable != o.Observable || !actor && have.Role != o.Role {
			continue
		}
		if o.First.Before(have.First) {
			have.First = o.First
		}
		have.Last = later(have.Last, o.Last)
		have.Count += o.Count
		return
	}
	s.part.Observations = append(s.part.Observations, o)
}

// settle finishes a part.
func (s *session) settle() {
	s.part.ID = s.id
	for i := range s.part.Observations {
		if o := &s.part.Observations[i]; o.Observable == s.actor {
			o.Role = s.role
			break // of the actor the first; in other roles it keeps them
		}
	}
}

func (s *session) full(ev *Event) bool {
	return len(s.part.Observations)+len(ev.Observations) > maxPartItems ||
		len(s.part.Annotations)+len(ev.Annotations) > maxPartItems ||
		len(s.part.Attrs)+len(ev.Attrs) > maxPartItems
}

// eventSize bounds what an event takes in a batch.
func eventSize(ev *Event) int {
	n := 224 + len(ev.Raw) + len(ev.Actor.Value) + len(ev.Sensor)
	for i := range ev.Observations {
		n += 64 + len(ev.Observations[i].Observable.Value)
	}
	for i := range ev.Annotations {
		n += 192 + len(ev.Annotations[i].Sentence) + len(ev.Annotations[i].Tag.Value)
	}
	for i := range ev.Attrs {
		n += 32 + len(ev.Attrs[i].Name) + len(ev.Attrs[i].Value)
	}
	return n
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// stronger returns the role that says more about an actor: a hostile one wins.
func stronger(a, b cure.Role) cure.Role {
	switch {
	case b.Hostile() && !a.Hostile(), a == cure.RoleUnknown:
		return b
	}
	return a
}

// sessionState bounds the state of one session: key, role, time, address.
const sessionState = 1 + maxKey + 1 + 9 + 17

// AppendState implements Fold. Layout: version, watermark, number, and for
// each session, oldest first: key, role, last, actor (an address or nothing).
func (f *Sessions) AppendState(dst []byte) []byte {
	dst = append(dst, stateSessions)
	dst = binary.AppendVarint(dst, millis(f.watermark))
	dst = binary.AppendUvarint(dst, uint64(len(f.open)))
	for s := f.old; s != nil; s = s.next {
		dst = appendString(dst, s.key)
		dst = append(dst, byte(s.role))
		dst = binary.AppendVarint(dst, millis(s.last))
		actor := ""
		if s.actor.Kind == cure.KindIP {
			actor = string(s.actor.AppendKey(nil))
		}
		dst = appendString(dst, actor)
	}
	return dst
}

var errState = errors.New("broken state of sessions")

// Restore implements Fold.
func (f *Sessions) Restore(state []byte) error {
	*f = Sessions{source: f.source, open: make(map[string]*session)}
	if len(state) == 0 {
		return nil
	}
	r := stateReader{b: state[1:], bad: state[0] != stateSessions}
	f.watermark = fromMillis(r.varint())
	for range min(r.uvarint(), maxSessions+1) {
		s := &session{key: r.text(maxKey), role: cure.Role(r.byte()), last: fromMillis(r.varint())}
		if actor := r.text(16); actor != "" {
			o, err := cure.FromKey(cure.KindIP, []byte(actor))
			r.bad = r.bad || err != nil
			s.actor = o
		}
		if r.bad || !s.role.Valid() || f.open[s.key] != nil {
			return errState
		}
		s.id = cure.NewID(f.source, s.key, "")
		f.open[s.key] = s
		f.link(s)
	}
	if r.bad || len(r.b) > 0 {
		return errState
	}
	return nil
}
