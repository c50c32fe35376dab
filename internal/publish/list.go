package publish

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// The kinds of events a [List] understands.
const (
	// ListEntry: Observations are on the list, with Attrs, Marking and the
	// tags of Annotations; First is when each was first seen, if that is known.
	// With a Key it is an object of a graph; Time is its version.
	ListEntry   = "entry"
	ListHeader  = "header"  // Attrs name the bits of the mask column, the lowest first
	ListUpdated = "updated" // Time is the date of the copy as it says itself
	ListBad     = "bad"     // a line that could not be read
	ListMarkup  = "markup"  // a line of HTML or XML
	ListNode    = "node"    // the object Key of a graph has the tags of Annotations
	ListEdge    = "edge"    // what is said of the object To holds for Key too
)

// List is the fold of a list of which whole copies come again and again. It
// publishes the difference to the copy before: what was added (StateListed),
// what was removed (StateEnded), and once a day that the rest is still listed.
// Nothing is emitted before a copy is read to its end and found plausible; a
// copy that is not is refused as a whole and changes nothing. A copy that was
// cut adds, but removes nothing.
//
// Records of entries have no id: they hold one observable, and an id would
// cost more than all the rest.
//
// Of a rolling feed the same value at another time is another entry, and
// nothing is ever removed.
//
// Memory: the entries of two copies, about 20 bytes and the value each, at
// most Definition.MaxLines; a graph (see graph). The state holds all values, sorted, front-coded
// and compressed: about 3 bytes for an IPv4 address.
type List struct {
	def    *Definition
	copied Copy
	have   listed // the copy before
	next   *listBuilder
	now    time.Time // of the copy being read

	names []string // of mask bits
	masks map[string]string

	// An interrupted difference: of which copy, and how much of it is out.
	partial string
	done    int
	packed  []byte // have, encoded; nil when it has to be made
}

// listed is a sorted set of keys and the day on which all were last said.
type listed struct {
	day  int64
	last time.Time
	keys keySet
}

// NewList makes the fold of a feed.
func NewList(def *Definition) *List {
	return &List{def: def, masks: make(map[string]string)}
}

// Begin implements Fold.
func (f *List) Begin(c Copy) {
	f.copied = c
	f.now = later(c.Time, f.have.last)
	f.next = newListBuilder(f.def.Rolling)
	f.names = nil
	clear(f.masks)
	if f.partial != c.Identity || c.Identity == "" {
		f.partial, f.done = c.Identity, 0
	}
}

// Add implements Fold.
func (f *List) Add(ev *Event, _ Emit) {
	n := f.next
	switch ev.Kind {
	case ListHeader:
		f.names = nil
		for _, a := range ev.Attrs {
			f.names = append(f.names, strings.Clone(a.Value))
		}
	case ListUpdated:
		if checkTime(ev.Time, f.copied.Time.Add(24*time.Hour)) == nil {
			n.updated = ev.Time
		}
	case ListBad:
		n.bad++
	case ListMarkup:
		n.markup++
	case ListEntry:
		if n.set.len() >= f.maxLines() {
			n.over = true
			return
		}
		f.entry(ev)
	case ListNode:
		n.graph.node(ev)
	case ListEdge:
		n.graph.edge(ev.Key, ev.To)
	}
}

// entry takes the observables of an entry.
func (f *List) entry(ev *Event) {
	n := f.next
	owner := n.graph.entry(ev.Key, ev.Time)
	if owner < 0 {
		return // a newer version of it was there
	}
	s := said{attrs: f.resolve(ev.Attrs), marking: f.raised(ev.Marking)}
	for _, a := range ev.Annotations {
		s.tags = append(s.tags, a.Tag.Value)
	}
	latest := f.copied.Time.Add(24 * time.Hour)
	for _, o := range ev.Observations {
		s.role = o.Role
		first := o.First
		if checkTime(first, latest) != nil {
			first = time.Time{}
		}
		n.add(o.Observable, n.intern(&s), first, owner)
	}
}

// raised returns the part of a marking that is stricter than the feed's own.
func (f *List) raised(m cure.Marking) cure.Marking {
	if m.TLP <= f.def.TLP {
		m.TLP = cure.TLPDefault
	}
	return m
}

func (f *List) maxLines() int {
	if f.def.MaxLines > 0 {
		return f.def.MaxLines
	}
	return DefaultMaxLines
}

// resolve turns the number of the mask column into names.
func (f *List) resolve(attrs []cure.Attr) []cure.Attr {
	for _, c := range f.def.Columns {
		if !c.Mask {
			continue
		}
		i := slices.IndexFunc(attrs, func(a cure.Attr) bool { return a.Name == c.Attr })
		if i >= 0 {
			attrs[i].Value = f.maskNames(attrs[i].Value)
		}
	}
	return attrs
}

func (f *List) maskNames(hex string) string {
	if s, ok := f.masks[hex]; ok {
		return s
	}
	mask, err := strconv.ParseUint(hex, 16, 64)
	var names []string
	for bit := 0; bit < 64 && err == nil; bit++ {
		if mask&(1<<bit) == 0 {
			continue
		}
		if bit < len(f.names) {
			names = append(names, f.names[bit])
		} else {
			names = append(names, "bit "+strconv.Itoa(bit))
		}
	}
	s := strings.Join(names, ",")
	if len(f.masks) < 1<<16 {
		f.masks[strings.Clone(hex)] = s
	}
	return s
}

// plausible says why a copy is not to be believed.
func (f *List) plausible() error {
	n, had := f.next.set.len(), f.have.keys.len()
	switch {
	case f.next.markup > 0 && f.next.markup >= n:
		return errors.New("copy is a web page, not a list")
	case f.next.over:
		return fmt.Errorf("copy has more than %d entries", f.maxLines())
	case hasMask(f.def) && f.names == nil:
		return errors.New("copy lacks the header line that names its sources")
	case f.next.bad > n:
		return fmt.Errorf("more than half of the copy cannot be read: %d of %d lines", f.next.bad, n+f.next.bad)
	case n == 0 && had > 0 && !f.def.Rolling, n < f.def.MinLines:
		return fmt.Errorf("copy has %d entries, want at least %d", n, max(f.def.MinLines, 1))
	case had >= 100 && n < had/10 && !f.def.Rolling:
		return fmt.Errorf("copy has %d entries, the one before had %d", n, had)
	case !f.next.updated.IsZero() && f.next.updated.Before(f.have.last):
		return fmt.Errorf("copy of %s is older than the one before, of %s",
			f.next.updated.Format(time.DateTime), f.have.last.Format(time.DateTime))
	}
	return nil
}

func hasMask(d *Definition) bool {
	return slices.ContainsFunc(d.Columns, func(c Column) bool { return c.Mask })
}

// End implements Fold.
func (f *List) End(complete bool, emit Emit) error {
	defer func() { f.next = nil }()
	f.next.sort()
	if err := f.plausible(); err != nil {
		f.partial, f.done = "", 0
		return err
	}
	if !f.next.updated.IsZero() {
		f.now = f.next.updated
	}
	day := f.now.Unix() / 86400
	e := &listEmitter{list: f, emit: emit, skip: f.done}
	f.done = 0
	kept := f.difference(e, complete, day > f.have.day)
	f.have = listed{day: max(day, f.have.day), last: f.now, keys: kept}
	f.packed, f.partial, f.done = nil, "", 0
	return nil
}

// difference walks over both copies in the order of their keys and returns
// what is listed now.
func (f *List) difference(e *listEmitter, complete, again bool) keySet {
	before, now := &f.have.keys, &f.next.set
	var kept keySet
	for i, j := 0, 0; i < before.len() || j < now.len(); {
		order := 0
		switch {
		case i == before.len():
			order = 1
		case j == now.len():
			order = -1
		default:
			order = bytes.Compare(before.key(i), now.key(j))
		}
		switch {
		case order < 0:
			switch {
			case f.def.Rolling:
			case complete:
				e.entry(before.key(i), -1, cure.StateEnded)
			default:
				kept.add(before.key(i))
			}
			i++
		case order > 0:
			e.entry(now.key(j), j, cure.StateListed)
			kept.add(now.key(j))
			j++
		default:
			if again && !f.def.Rolling {
				e.entry(now.key(j), j, cure.StateListed)
			}
			kept.add(now.key(j))
			i, j = i+1, j+1
		}
	}
	return kept
}

// listEmitter emits entries, but for those that were out before an
// interruption.
type listEmitter struct {
	list *List
	emit Emit
	skip int
	rec  cure.Record
	obs  [1]cure.Observation
}

// entry emits the entry of a key: number at of the copy being read, -1 when it
// is only in the one before.
func (e *listEmitter) entry(key []byte, at int, state cure.State) {
	f := e.list
	f.done++
	if f.done <= e.skip {
		return
	}
	value, when := f.split(key)
	o := cure.Observable{Kind: cure.Kind(key[0]), Value: cure.KeyValue(cure.Kind(key[0]), value)}
	obs := cure.Observation{Observable: o, Role: f.def.Role, State: state, First: f.now, Count: 1}
	e.rec = cure.Record{Annotations: e.rec.Annotations[:0]}
	if state == cure.StateListed {
		s := f.next.said(at)
		obs.Role = s.role
		switch first := f.next.first(at); {
		case f.def.Rolling:
			obs.State, obs.First = cure.StateSeen, when
		case !first.IsZero() && first.Before(f.now):
			obs.First, obs.Last = first, f.now
		}
		e.rec.Attrs, e.rec.Marking = s.attrs, s.marking
		e.tags(o, obs.First, f.def.Tags)
		e.tags(o, obs.First, s.tags)
		tags, tlp := f.next.graph.tags(f.next.owner(at))
		e.tags(o, obs.First, tags)
		if tlp > max(f.def.TLP, s.marking.TLP) {
			e.rec.Marking.TLP = tlp
		}
	}
	e.obs[0] = obs
	e.rec.Observations = e.obs[:]
	e.emit(&e.rec)
}

// tags ties tags to the entry, each once.
func (e *listEmitter) tags(o cure.Observable, at time.Time, tags []string) {
	for _, t := range tags {
		tag := cure.Observable{Kind: cure.KindTag, Value: t}
		if strings.HasPrefix(t, "CVE-") { // as tags are never written
			tag.Kind = cure.KindCVE
		}
		if o != tag && !slices.ContainsFunc(e.rec.Annotations, func(a cure.Annotation) bool { return a.Tag == tag }) {
			e.rec.Annotations = append(e.rec.Annotations, cure.Annotation{Subject: o, Tag: tag, Time: at})
		}
	}
}

// split takes a key of the set apart: the key of the value, and of a rolling
// feed the time behind it.
func (f *List) split(key []byte) (value []byte, when time.Time) {
	if !f.def.Rolling {
		return key[1:], f.now
	}
	n := len(key) - timeSize
	if at := binary.BigEndian.Uint64(key[n:]); at > 0 {
		return key[1:n], time.Unix(int64(at), 0).UTC()
	}
	return key[1:n], f.now
}

// Spill implements Fold. A copy is never emitted in part.
func (f *List) Spill(Emit) {}
