package hub

import (
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// EventKind says what happened.
type EventKind string

// The kinds of event.
const (
	EventNew       EventKind = "new"       // a value that no visible source knew
	EventLink      EventKind = "link"      // a value that another visible source holds
	EventMarked    EventKind = "marked"    // a value that the source has had, under a marking it had not
	EventDetection EventKind = "detection" // an engine or publisher found something
	EventMissed    EventKind = "missed"    // events up to Seq were lost to this subscriber
	EventSaid      EventKind = "said"      // a source said something of a CVE or a tag, new or not; to engines only
)

// Event is something that happened while a batch was applied, as one scope
// sees it.
type Event struct {
	Seq        uint64          `json:"-"`    // stream sequence of the batch; shown to nobody: it counts what others see
	Time       time.Time       `json:"time"` // its arrival
	Kind       EventKind       `json:"kind"`
	Observable cure.Observable `json:"observable,omitzero"`
	Source     cure.Source     `json:"source,omitempty"`
	Marking    cure.Marking    `json:"marking,omitzero"`
	With       []cure.Source   `json:"with,omitempty"` // link: who held it before
	Detection  *cure.Detection `json:"detection,omitempty"`
}

// seen appends the events of a batch that the scope sees. What is new and what
// is a link depends on the scope: to a viewer who does not see the first
// source, the second one's value is new.
func (n *notices) seen(sc cure.Scope, dst []Event) []Event {
	for i := range n.marks {
		m := &n.marks[i]
		if !sees(sc, m.cell) {
			continue
		}
		e := Event{
			Seq: n.seq, Time: n.time, Kind: EventNew, Source: m.cell.Source, Marking: m.cell.Marking,
			Observable: cure.Observable{Kind: m.kind, Value: n.text[m.off:m.end]},
		}
		again := false
		for _, c := range n.cells[m.from:m.to] {
			if !sees(sc, c) {
				continue
			}
			again = again || c.Source == m.cell.Source
			e.Kind = EventLink
			e.With = append(e.With, c.Source)
		}
		if again {
			e.Kind = EventMarked
		}
		slices.Sort(e.With)
		e.With = slices.Compact(e.With)
		dst = append(dst, e)
	}
	for i := range n.found {
		if f := &n.found[i]; sees(sc, f.cell) {
			dst = append(dst, Event{
				Seq: n.seq, Time: n.time, Kind: EventDetection, Source: f.cell.Source,
				Marking: f.cell.Marking, Detection: &f.item,
			})
		}
	}
	return dst
}

// sayings appends the events that only engines ask for.
func (n *notices) sayings(sc cure.Scope, dst []Event) []Event {
	for i := range n.again {
		if x := &n.again[i]; sees(sc, x.cell) {
			dst = append(dst, Event{
				Seq: n.seq, Time: n.time, Kind: EventSaid, Source: x.cell.Source, Marking: x.cell.Marking, Observable: x.value,
			})
		}
	}
	return dst
}

func sees(sc cure.Scope, c store.Cell) bool { return sc.Sees(c.Source, c.Marking) }
