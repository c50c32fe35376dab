package client

import (
	"context"
	"time"

	"github.com/opencure/cure"
)

// Now is what happened within the last hour and why it matters, as far as the
// key may see it. A block without entries says in its Empty what would fill
// it.
type Now struct {
	Time       time.Time    `json:"time"`
	Since      time.Time    `json:"since"` // an hour ago, or since the hub has run
	Links      NowLinks     `json:"links"`
	Alerts     NowLinks     `json:"alerts"` // own alerts that other databases know something of
	Detections NowDetection `json:"detections"`
}

// NowLinks is a block of values that were linked.
type NowLinks struct {
	Total  int       `json:"total"` // values
	Cut    bool      `json:"cut,omitempty"`
	Values []NowLink `json:"values"` // the heaviest first
	Empty  string    `json:"empty,omitempty"`
}

// NowLink is a value that one source has newly and another holds.
type NowLink struct {
	SharedValue
	Arrived time.Time     `json:"arrived"` // when it was linked last
	New     []cure.Source `json:"new"`     // who has it newly
}

// NowDetection is the block of what engines found.
type NowDetection struct {
	Values []Finding `json:"values"` // newest first
	Empty  string    `json:"empty,omitempty"`
}

// Now returns what happened within the last hour.
func (c *Client) Now(ctx context.Context) (*Now, error) { return ask[Now](ctx, c, "/now", nil) }
