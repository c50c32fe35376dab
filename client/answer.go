package client

import (
	"time"

	"github.com/opencure/cure"
)

// Summary is one line about a value: who knows it, since when, how often.
type Summary struct {
	Observable cure.Observable `json:"observable"`
	Sources    []cure.Source   `json:"sources,omitempty"` // sorted; none: nobody visible holds it
	First      time.Time       `json:"first,omitzero"`    // event time
	Last       time.Time       `json:"last,omitzero"`
	Count      uint64          `json:"count,omitempty"` // observations
	Roles      []cure.Role     `json:"roles,omitempty"`
	Tags       []string        `json:"tags,omitempty"` // at most 32, those tied last
	Notes      []Note          `json:"notes,omitempty"`
	Overrides  []cure.Override `json:"overrides,omitempty"` // what people decided about it
}

// Verdict returns what people decided last that the value is, nil for nothing.
func (s *Summary) Verdict() *cure.Override { return lastOf(s.Overrides, cure.OverrideVerdict) }

// Suppressed returns the decision to fold the value away, nil for none.
func (s *Summary) Suppressed() *cure.Override { return lastOf(s.Overrides, cure.OverrideSuppress) }

func lastOf(all []cure.Override, kind cure.OverrideKind) *cure.Override {
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Kind == kind {
			return &all[i]
		}
	}
	return nil
}

// Known reports whether anybody says anything of the value.
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

	Overruled *cure.Override `json:"overruled,omitempty"` // the source is suppressed, by whom and why
}

// Tag is a tag tied to a value, with who says so.
type Tag struct {
	Tag        cure.Observable `json:"tag"`
	Sources    []cure.Source   `json:"sources"`
	Confidence uint8           `json:"confidence,omitempty"` // the highest
	Last       time.Time       `json:"last,omitzero"`
	Records    []string        `json:"records,omitempty"`   // evidence, newest first, a few
	Evidence   []Evidence      `json:"evidence,omitempty"`  // what it rests on, newest first, a few
	Marking    cure.Marking    `json:"marking,omitzero"`    // strictest of the visible ties
	Overruled  *cure.Override  `json:"overruled,omitempty"` // somebody decided that it does not hold
}

// Evidence is what a tie of a tag rests on.
type Evidence struct {
	Source     cure.Source `json:"source"`
	Record     string      `json:"record,omitempty"`
	Confidence uint8       `json:"confidence,omitempty"`
	Sentence   string      `json:"sentence,omitempty"`
	Document   cure.ID     `json:"document,omitzero"`
	Title      string      `json:"title,omitempty"` // of the document
	Time       time.Time   `json:"time,omitzero"`
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

	Overruled *cure.Override `json:"overruled,omitempty"` // somebody decided that it does not hold
}

// Related is a value that stands in one record with the one asked for.
type Related struct {
	Summary
	Weight float64 `json:"weight"` // falls with the number of values it stands with
	Common bool    `json:"common,omitempty"`
}

// Link says that two sources hold the same value, how much that is worth and
// why.
type Link struct {
	A      cure.Source `json:"a"`
	B      cure.Source `json:"b"`
	Weight float64     `json:"weight"` // 0 to 1
	Common bool        `json:"common,omitempty"`
	Why    string      `json:"why"`

	Overruled *cure.Override `json:"overruled,omitempty"` // the link is suppressed, by whom and why
}

// Miss says what is known about a value that no visible source holds.
type Miss struct {
	Since time.Time `json:"since,omitzero"` // not seen since then
	Near  []Summary `json:"near,omitempty"` // same /24 or /48, parent or sibling domain
	Why   string    `json:"why"`
}

// Answer is all the hub knows about one value.
type Answer struct {
	Summary
	Known      bool          `json:"known"`
	Sights     []SourceSight `json:"sights,omitempty"`
	Tied       []Tag         `json:"tied,omitempty"`
	TiedCut    int           `json:"tied_cut,omitempty"` // distinct tags left out, those tied longest ago
	Links      []Link        `json:"links,omitempty"`    // one a pair of sources that hold it
	LinksCut   int           `json:"links_cut,omitempty"`
	Related    []Related     `json:"related,omitempty"`
	RelatedCut int           `json:"related_cut,omitempty"`
	Covering   []Summary     `json:"covering,omitempty"` // CIDR observables that contain the address
	Recent     []Sighting    `json:"recent,omitempty"`   // newest observations
	Miss       *Miss         `json:"miss,omitempty"`
	Names      *Names        `json:"names,omitempty"`   // of a tag: what it is called elsewhere
	Reached    []Reach       `json:"reached,omitempty"` // tags that reach the value over a file in the same record
	ReachedCut int           `json:"reached_cut,omitempty"`
	Conflicts  []Conflict    `json:"conflicts,omitempty"` // what sources do not agree about
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
	Record  string       `json:"record,omitempty"` // opens with Client.Record
}

// Results are the values a query found.
type Results struct {
	Query  string    `json:"query,omitempty"` // as understood
	Values []Summary `json:"values"`
	Misses []Answer  `json:"misses,omitempty"` // values asked for by name that nobody holds
	More   bool      `json:"more,omitempty"`   // there are more than the limit
	Hints  []string  `json:"hints,omitempty"`  // what else may have been meant by words that were read as tags nobody knows
}

// Extracted is what stands in a text and what is known of it.
type Extracted struct {
	Values []Summary      `json:"values" doc:"In the order of the text, each once; those nobody holds have no sources."`
	Kinds  map[string]int `json:"kinds" doc:"How many of each kind."`
	Known  int            `json:"known" doc:"How many of them somebody holds."`
	Cut    int            `json:"cut,omitempty" doc:"Left out beyond 10,000."`
}

// Pivot is what can be reached from some values over shared records.
type Pivot struct {
	Seeds     []cure.Observable `json:"seeds"`
	Values    []Reached         `json:"values"`
	TooCommon []cure.Observable `json:"too_common,omitempty"` // reached, not followed: too many neighbours
	Cut       bool              `json:"cut,omitempty"`        // the limit of values was reached
	Unknown   []cure.Observable `json:"unknown,omitempty"`    // seeds nobody holds
}

// Reached is a value of a pivot and its distance from the seeds.
type Reached struct {
	Summary
	Hop int `json:"hop"`
}

// PivotOptions bound a pivot; zero fields mean two hops, 10,000 values and 512
// neighbours.
type PivotOptions struct {
	Hops      int `json:"hops,omitempty"`
	MaxValues int `json:"max_values,omitempty"`
	MaxFanout int `json:"max_fanout,omitempty"`
}

// Timeline is when a value was observed, newest arrival first.
type Timeline struct {
	Observable cure.Observable `json:"observable"`
	From       time.Time       `json:"from,omitzero"`
	To         time.Time       `json:"to,omitzero"`
	Sightings  []Sighting      `json:"sightings"`
	More       bool            `json:"more,omitempty"`
}

// Neighbours are the values that stand in one record with another.
type Neighbours struct {
	Observable cure.Observable `json:"observable"`
	Values     []Related       `json:"values"`
	Cut        int             `json:"cut,omitempty"` // left out beyond the limit
}

// Opened is a record read back from the log: all parts of it that the key may
// see, merged.
type Opened struct {
	Source  cure.Source `json:"source"`
	Parts   int         `json:"parts"`   // pieces in the log: late events make more than one
	Arrived time.Time   `json:"arrived"` // of the first part
	cure.Record
	Note    string        `json:"note,omitempty"`    // why a part of it is not shown
	Reached []Reach       `json:"reached,omitempty"` // tags that reach the record over its files
	Others  []SharedValue `json:"others,omitempty"`  // its values that other sources know, the rarest first
}

// Matrix counts the values that pairs of sources, or of publishers, share. The
// diagonal counts the values of each.
type Matrix struct {
	Names  []string   `json:"names"`
	Shared [][]uint64 `json:"shared"`
}

// SharedValue is one value that both sides of a pair hold.
type SharedValue struct {
	Summary
	Weight float64 `json:"weight"`
	Common bool    `json:"common,omitempty"`
	Why    string  `json:"why"`
}

// Shared is the list behind one field of the matrix, heaviest first.
type Shared struct {
	A      string        `json:"a"`
	B      string        `json:"b"`
	Total  int           `json:"total"`
	Values []SharedValue `json:"values"`
	Cut    int           `json:"cut,omitempty"` // left out beyond the limit
}
