package hub

import (
	"cmp"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// Summary is one line about a value: who knows it, since when, how often. All
// of it is computed from what the scope sees.
type Summary struct {
	Observable cure.Observable `json:"observable"`
	Sources    []cure.Source   `json:"sources,omitempty"` // sorted
	First      time.Time       `json:"first,omitzero"`    // event time
	Last       time.Time       `json:"last,omitzero"`
	Count      uint64          `json:"count,omitempty"` // observations, and annotations
	Roles      []cure.Role     `json:"roles,omitempty"`
	Tags       []string        `json:"tags,omitempty"`
	Notes      []Note          `json:"notes,omitempty"`
}

// Known reports whether any source holds the value.
func (s *Summary) Known() bool { return len(s.Sources) > 0 || len(s.Tags) > 0 }

// SourceSight is what one source knows of a value.
type SourceSight struct {
	Source  cure.Source  `json:"source"`
	Roles   []cure.Role  `json:"roles,omitempty"`
	First   time.Time    `json:"first"`
	Last    time.Time    `json:"last"`
	Count   uint64       `json:"count"`
	Listed  bool         `json:"listed,omitempty"` // last said by a list
	Ended   bool         `json:"ended,omitempty"`  // taken off the list
	Marking cure.Marking `json:"marking"`          // strictest of the visible ones
}

// Tag is a tag tied to a value, with who says so.
type Tag struct {
	Tag        cure.Observable `json:"tag"`
	Sources    []cure.Source   `json:"sources"`
	Confidence uint8           `json:"confidence,omitempty"` // the highest
	Last       time.Time       `json:"last,omitzero"`
	Records    []string        `json:"records,omitempty"` // evidence, newest first, a few
}

// Note is what an enricher says about a value, and why.
type Note struct {
	Enricher string       `json:"enricher"`
	Version  uint32       `json:"version"`
	Name     string       `json:"name"`
	Value    string       `json:"value"`
	Score    float32      `json:"score,omitempty"`
	Time     time.Time    `json:"time"`
	Expires  time.Time    `json:"expires,omitzero"`
	Why      string       `json:"why,omitempty"`
	Source   cure.Source  `json:"source"`
	Marking  cure.Marking `json:"marking"`

	loc store.Locator // where the reason is written
}

// compareNotes sorts equal statements together, the least strict marking
// first.
func compareNotes(a, b Note) int {
	return cmp.Or(
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Value, b.Value),
		cmp.Compare(a.Enricher, b.Enricher),
		cmp.Compare(a.Source, b.Source),
		cmp.Compare(a.Marking.TLP, b.Marking.TLP),
		cmp.Compare(a.Marking.String(), b.Marking.String()),
		a.Time.Compare(b.Time),
	)
}

// Related is a value that stands in one record with the one asked for.
type Related struct {
	Summary
	Weight float64 `json:"weight"` // falls with the number of values it stands with
	Common bool    `json:"common,omitempty"`
}

// Miss says what is known about a value that no visible source holds.
type Miss struct {
	Since time.Time `json:"since,omitzero"` // begin of what the hub keeps for this scope: not seen since then
	Near  []Summary `json:"near,omitempty"` // same /24 or /48, parent or sibling domain
	Why   string    `json:"why"`
}

// Answer is all the hub knows about one value, for one scope.
type Answer struct {
	Summary
	Known      bool          `json:"known"`
	Sights     []SourceSight `json:"sights,omitempty"`
	Tied       []Tag         `json:"tied,omitempty"`
	Links      []Link        `json:"links,omitempty"` // one a pair of sources that hold it
	LinksCut   int           `json:"links_cut,omitempty"`
	Related    []Related     `json:"related,omitempty"`
	RelatedCut int           `json:"related_cut,omitempty"`
	Covering   []Summary     `json:"covering,omitempty"` // CIDR observables that contain the address
	Recent     []Sighting    `json:"recent,omitempty"`   // newest observations
	Miss       *Miss         `json:"miss,omitempty"`
}

// Sighting is one observation of a value.
type Sighting struct {
	Source  cure.Source  `json:"source"`
	Role    cure.Role    `json:"role,omitempty"`
	State   cure.State   `json:"state,omitempty"`
	First   time.Time    `json:"first"`
	Last    time.Time    `json:"last"`
	Count   uint32       `json:"count"`
	Marking cure.Marking `json:"marking"`
	Record  string       `json:"record,omitempty"` // id, opens with Hub.Record; "" when the log does not reach back to it
}
