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
	tags   []store.TagSight
	red    bool     // something RED was read
	cells  []uint16 // by cell: index into Sources, plus one
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

// Cursor is where a list of results begins and how long it is.
type Cursor struct {
	Limit int // 0: 100; at most 10,000
	Skip  int
}
