package hub

import (
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// Keys is a batch of binary keys to look up; reuse it between calls.
type Keys = store.Keys

// Hits is the answer to a batch look-up, flat so that a batch of 1,000 costs
// no allocation once its slices have grown.
type Hits struct {
	Sources []cure.Source // named by Hit.Source
	Ends    []uint32      // Ends[i] is the end of the rows of value i in Rows
	Rows    []Hit

	ids    []store.ID
	sights []store.Sight
	red    bool     // something RED was read
	cells  []uint16 // by cell: index into Sources, plus one
}

// Hit is what one source knows of one value. Times are Unix seconds.
type Hit struct {
	Source      uint16 // index into Hits.Sources
	Roles       uint16 // bit mask over cure.Role
	First, Last uint32
	Count       uint32
}

// Results are the values a query found.
type Results struct {
	Query  string    `json:"query,omitempty"` // as understood
	Values []Summary `json:"values"`
	Misses []Answer  `json:"misses,omitempty"` // values asked for by name that nobody holds
	More   bool      `json:"more,omitempty"`   // there are more than the limit
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

// Opened is a record read back from the log: all parts of it that the scope
// sees, merged.
type Opened struct {
	Source  cure.Source `json:"source"`
	Parts   int         `json:"parts"`   // pieces in the log: late events make more than one
	Arrived time.Time   `json:"arrived"` // of the first part
	cure.Record
	Note string `json:"note,omitempty"` // why a part of it is not shown
}

// RecordRef points to a record in a list.
type RecordRef struct {
	Record  string       `json:"record,omitempty"`
	Source  cure.Source  `json:"source"`
	First   time.Time    `json:"first"`
	Last    time.Time    `json:"last"`
	Count   uint32       `json:"count"`
	Marking cure.Marking `json:"marking"`
}

// Stats counts what the scope sees.
type Stats struct {
	Values       map[string]uint64 `json:"values"` // by kind
	Observations uint64            `json:"observations"`
	Pairs        uint64            `json:"pairs"`
	Tagged       uint64            `json:"tagged"`
	Sources      int               `json:"sources"`
	First        time.Time         `json:"first,omitzero"`
	Last         time.Time         `json:"last,omitzero"`
}

// Cursor is where a list of results begins and how long it is.
type Cursor struct {
	Limit int // 0: 100; at most 10,000
	Skip  int
}
