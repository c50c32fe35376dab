package hub

import (
	"time"

	"github.com/opencure/cure"
)

// EventKind says what happened.
type EventKind string

// The kinds of event.
const (
	EventNew       EventKind = "new"       // a value nobody visible knew
	EventLink      EventKind = "link"      // a value that another source holds
	EventDetection EventKind = "detection" // an engine or publisher found something
	EventMissed    EventKind = "missed"    // events up to Seq were lost to this subscriber
)

// Event is something that happened while a batch was applied, as one scope
// sees it.
type Event struct {
	Seq        uint64          `json:"seq"` // stream sequence of the batch
	Time       time.Time       `json:"time"`
	Kind       EventKind       `json:"kind"`
	Observable cure.Observable `json:"observable,omitzero"`
	Source     cure.Source     `json:"source,omitempty"`
	Marking    cure.Marking    `json:"marking,omitzero"`
	With       []cure.Source   `json:"with,omitempty"` // link: who held it before
	Detection  *cure.Detection `json:"detection,omitempty"`
}
