package client

import (
	"time"

	"github.com/opencure/cure"
)

// Pulse is what happened since the pulse before it.
type Pulse struct {
	Seq        uint64         `json:"seq,omitempty"` // stream sequence; for the own organisation
	Time       time.Time      `json:"time"`
	Records    map[string]int `json:"records"` // that arrived, by database
	Links      []PulseLink    `json:"links"`   // the most first, at most 200
	Alerts     int            `json:"alerts"`  // own alerts among the records
	Detections []Finding      `json:"detections"`
	Missed     bool           `json:"missed,omitempty"` // more happened than is counted here: load the picture anew
}

// Some reports whether anything happened.
func (p *Pulse) Some() bool {
	return len(p.Records) > 0 || len(p.Links) > 0 || len(p.Detections) > 0 || p.Missed
}

// PulseLink says how many values were found in A that B holds, or the other
// way round.
type PulseLink struct {
	A      string          `json:"a"`
	B      string          `json:"b"`
	Count  int             `json:"count"`
	Sample cure.Observable `json:"sample"` // one of them
}

// Gap is a part of a stream that is not there any more. Sequences and time are
// for the own organisation.
type Gap struct {
	From  uint64    `json:"from,omitempty"` // first stream sequence that is missing
	To    uint64    `json:"to,omitempty"`   // last one
	Until time.Time `json:"until,omitzero"` // arrival of the first batch behind it
	Why   string    `json:"why"`
}

// Here says up to where a stream was read though nothing of it was to be
// shown.
type Here struct {
	Seq  uint64    `json:"seq,omitempty"` // stream sequence; for the own organisation
	Time time.Time `json:"time"`          // of the hub
}
