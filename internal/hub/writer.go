package hub

import (
	"time"

	"github.com/opencure/cure"
)

// Desk is what a publisher gets when it opens its source.
type Desk struct {
	Epoch     uint64   `json:"epoch"`         // the same over restarts of the publisher
	Seq       uint64   `json:"seq"`           // highest batch of the epoch in the log
	State     []byte   `json:"state"`         // of the last checkpoint, nil when there is none
	Pseudonym [32]byte `json:"-"`             // key for sensor-side names, one a source
	Seed      [16]byte `json:"-"`             // of the partition hash
	Own       []string `json:"own,omitempty"` // own prefixes and domains
	Token     string   `json:"token"`         // needed by Send
}

// BadRecord is a raw record its publisher could not read.
type BadRecord struct {
	Source  cure.Source  `json:"source"`
	Time    time.Time    `json:"time"`
	Place   string       `json:"place"` // file and line or offset
	Reason  string       `json:"reason"`
	Raw     []byte       `json:"raw,omitempty"` // bounded
	Marking cure.Marking `json:"marking,omitzero"`
}
