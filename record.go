package cure

import "time"

// Record is what one raw record of a source says: the envelope that its items
// share. All observables of one record come back together.
type Record struct {
	ID          ID      `json:"id,omitzero"` // session, flow, alert …; zero: the runner derives one
	Sensor      string  `json:"sensor,omitempty"`
	Contributor string  `json:"contributor,omitempty"` // organisation that gave it, "" for the own one
	Marking     Marking `json:"marking,omitzero"`      // zero: the source's default
	Attrs       []Attr  `json:"attrs,omitempty"`
	Raw         []byte  `json:"raw,omitempty"` // the raw line, sensor side masked

	Observations []Observation `json:"observations,omitempty"`
	Annotations  []Annotation  `json:"annotations,omitempty"`
	Documents    []Document    `json:"documents,omitempty"`
	Enrichments  []Enrichment  `json:"enrichments,omitempty"`
	Detections   []Detection   `json:"detections,omitempty"`
	Cases        []Case        `json:"cases,omitempty"`
	Controls     []Control     `json:"controls,omitempty"`
}

// Attr is a named text of a record (a command line, a credential, a URL path).
// It is kept in the log and decoded when the record is opened.
type Attr struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// State says what an observation does to the validity of its observable at
// its source.
type State uint8

// The states. Numbers are part of the batch format.
const (
	StateSeen   State = iota // seen by a sensor: an event
	StateListed              // is on the source's list, or still is
	StateEnded               // was taken off the list: its validity ends
	stateEnd
)

var stateNames = []string{"seen", "listed", "ended"}

// Valid reports whether s is in the table.
func (s State) Valid() bool { return s < stateEnd }

// String returns the state's name.
func (s State) String() string { return nameOf(stateNames, int(s)) }

// MarshalText writes the name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name; "" is seen.
func (s *State) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*s = StateSeen
		return nil
	}
	return parseName(s, stateNames, string(b), "state")
}

// Observation says that a source saw an observable.
type Observation struct {
	Observable Observable `json:"observable"`
	Role       Role       `json:"role,omitempty"`
	State      State      `json:"state,omitempty"`
	First      time.Time  `json:"first"`          // event time, kept to the millisecond in the log, to the second in memory
	Last       time.Time  `json:"last,omitzero"`  // zero: same as First
	Count      uint32     `json:"count,omitzero"` // 0 counts as 1
}

// Annotation ties a tag to an observable or to another tag, with evidence.
type Annotation struct {
	Subject    Observable `json:"subject"`
	Tag        Observable `json:"tag"`                // KindTag or KindCVE
	Relation   Relation   `json:"relation,omitempty"` // of two tags: one is an alias of the other, or uses it
	Time       time.Time  `json:"time"`
	Confidence uint8      `json:"confidence,omitempty"` // 0 (not stated) to 100
	Document   ID         `json:"document,omitzero"`
	SpanStart  uint32     `json:"span_start,omitempty"` // bytes into the document's text
	SpanEnd    uint32     `json:"span_end,omitempty"`
	Sentence   string     `json:"sentence,omitempty"`
}

// Document is a report, post, technique page or ticket.
type Document struct {
	ID       ID        `json:"id"`
	Title    string    `json:"title"`
	URL      string    `json:"url,omitempty"` // as published; never fetched because of a record
	Date     time.Time `json:"date"`
	Language string    `json:"language,omitempty"` // BCP 47
	Body     string    `json:"body,omitempty"`     // SHA-256 of the text in the object store, hex
}

// Enrichment is what an enricher says about an observable.
type Enrichment struct {
	Subject  Observable `json:"subject"`
	Enricher string     `json:"enricher"`
	Version  uint32     `json:"version"` // what an older version said is retracted on upgrade
	Name     string     `json:"name"`    // what is said: "warninglist", "score", "country"
	Value    string     `json:"value"`
	Score    float32    `json:"score,omitempty"` // 0 to 1 where the enricher scores
	Time     time.Time  `json:"time"`
	Expires  time.Time  `json:"expires,omitzero"`
	Why      string     `json:"why,omitempty"`
}

// Detection is a finding in time: the key of hybrid analysis.
type Detection struct {
	ID          ID           `json:"id"`
	Start       time.Time    `json:"start"`
	End         time.Time    `json:"end"`
	Engine      string       `json:"engine"`
	Title       string       `json:"title"`
	Ports       []Observable `json:"ports,omitempty"`
	Sources     []Observable `json:"sources,omitempty"` // addresses that act together
	Fingerprint string       `json:"fingerprint,omitempty"`
	Pattern     string       `json:"pattern,omitempty"`
	Score       float32      `json:"score,omitempty"`
	Evidence    []ID         `json:"evidence,omitempty"` // records
}

// Case is a detection or an own alert with everything related to it, ranked.
type Case struct {
	ID        ID         `json:"id"`
	Detection ID         `json:"detection,omitzero"`
	Title     string     `json:"title"`
	Opened    time.Time  `json:"opened"`
	Parts     []CasePart `json:"parts,omitempty"`
}

// CasePart is one block of a case. An empty part's Reason says what would
// fill it.
type CasePart struct {
	Name        string       `json:"name"`
	Reason      string       `json:"reason"`
	Score       float32      `json:"score,omitempty"`
	Observables []Observable `json:"observables,omitempty"`
	Records     []ID         `json:"records,omitempty"`
}

// Op is what a control record does.
type Op uint8

// The operations. Numbers are part of the batch format.
const (
	OpNone       Op = iota
	OpDelete        // forget: an observable, a record, or all of the source before a time
	OpRegrade       // change a marking: of the source's default, an observable or a record
	OpRetract       // take back all that a producer said up to a version
	OpCheckpoint    // remember how far the publisher has read, with the state of its fold
	opEnd
)

var opNames = []string{"", "delete", "regrade", "retract", "checkpoint"}

// Valid reports whether o is an operation.
func (o Op) Valid() bool { return o > OpNone && o < opEnd }

// String returns the operation's name.
func (o Op) String() string { return nameOf(opNames, int(o)) }

// MarshalText writes the name.
func (o Op) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads a name.
func (o *Op) UnmarshalText(b []byte) error { return parseName(o, opNames, string(b), "operation") }

// Control changes what was said before. It travels in the data stream of the
// source it concerns, so its order against the data is defined, and replay
// applies it again.
type Control struct {
	Op         Op         `json:"op"`
	Observable Observable `json:"observable,omitzero"` // limits it to one observable
	Record     ID         `json:"record,omitzero"`     // limits it to one record
	Before     time.Time  `json:"before,omitzero"`     // delete: only what arrived before
	Marking    Marking    `json:"marking,omitzero"`    // regrade: the new marking
	Producer   string     `json:"producer,omitempty"`  // retract: enricher or engine
	Version    uint32     `json:"version,omitempty"`   // retract: up to and with this version
	State      []byte     `json:"state,omitempty"`     // checkpoint: opaque to all but the publisher, at most MaxCheckpoint
	Reason     string     `json:"reason,omitempty"`
	Author     string     `json:"author,omitempty"`
}

// MaxCheckpoint bounds the state of a checkpoint in bytes.
const MaxCheckpoint = 1 << 20
