package publish

import (
	"bytes"
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
	ListEntry   = "entry"   // Observations are on the list, with Attrs
	ListHeader  = "header"  // Attrs name the bits of the mask column, the lowest first
	ListUpdated = "updated" // Time is the date of the copy as it says itself
	ListBad     = "bad"     // a line that could not be read
	ListMarkup  = "markup"  // a line of HTML or XML
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
// Memory: the entries of two copies, about 14 bytes and the value each, at
// most Definition.MaxLines. The state holds all values, sorted, front-coded
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
	f.next = &listBuilder{attrs: map[string]uint32{"": 0}, texts: [][]cure.Attr{nil}}
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
		attrs := n.intern(f.resolve(ev.Attrs))
		for _, o := range ev.Observations {
			n.add(o.Observable, attrs)
		}
	}
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
	case n == 0 && had > 0, n < f.def.MinLines:
		return fmt.Errorf("copy has %d entries, want at least %d", n, max(f.def.MinLines, 1))
	case had >= 100 && n < had/10:
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
			if complete {
				e.entry(before.key(i), 0, cure.StateEnded)
			} else {
				kept.add(before.key(i))
			}
			i++
		case order > 0:
			e.entry(now.key(j), f.next.attr(j), cure.StateListed)
			kept.add(now.key(j))
			j++
		default:
			if again {
				e.entry(now.key(j), f.next.attr(j), cure.StateListed)
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

func (e *listEmitter) entry(key []byte, attrs uint32, state cure.State) {
	f := e.list
	f.done++
	if f.done <= e.skip {
		return
	}
	o := cure.Observable{Kind: cure.Kind(key[0]), Value: cure.KeyValue(cure.Kind(key[0]), key[1:])}
	e.obs[0] = cure.Observation{Observable: o, Role: f.def.Role, State: state, First: f.now, Count: 1}
	e.rec = cure.Record{
		Observations: e.obs[:],
		Attrs:        f.next.texts[attrs],
		Annotations:  e.rec.Annotations[:0],
	}
	if state == cure.StateListed {
		for _, t := range f.def.Tags {
			e.rec.Annotations = append(e.rec.Annotations, cure.Annotation{
				Subject: o, Tag: cure.Observable{Kind: cure.KindTag, Value: t}, Time: f.now,
			})
		}
	}
	e.emit(&e.rec)
}

// Spill implements Fold. A copy is never emitted in part.
func (f *List) Spill(Emit) {}
