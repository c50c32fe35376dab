package client

import (
	"context"
	"net/url"
	"time"
)

// History is how a picture came about: frames at even distances, by arrival.
type History struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Step   Seconds   `json:"step"`           // seconds
	Kept   time.Time `json:"kept,omitzero"`  // single observations that arrived before are not kept, and missing here
	Note   string    `json:"note,omitempty"` // what that means
	Frames []Frame   `json:"frames"`
}

// Seconds is a duration in whole seconds.
type Seconds int64

// Frame is the picture at the end of one step.
type Frame struct {
	Time        time.Time         `json:"time"`        // end of the step
	Arrived     map[string]int    `json:"arrived"`     // observations of the step, by database
	Observables map[string]uint64 `json:"observables"` // different values so far
	Ribbons     []Ribbon          `json:"ribbons"`     // shared so far
	Linked      int               `json:"linked"`      // pairs of database and value that became shared in the step
}

// History returns how the picture came about between two moments; zero ones
// mean the last day.
func (c *Client) History(ctx context.Context, from, to time.Time, step time.Duration) (*History, error) {
	q := url.Values{}
	span(q, from, to)
	if step > 0 {
		q.Set("step", step.String())
	}
	return ask[History](ctx, c, "/picture/history", q)
}
