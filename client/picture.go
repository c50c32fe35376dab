package client

import (
	"context"
	"net/url"
	"time"

	"github.com/opencure/cure"
)

// Condition says how a database is doing.
type Condition string

// The conditions, the worst last.
const (
	ConditionNone    Condition = "none"    // it has no source that the key may see
	ConditionOK      Condition = "ok"      // something came within the last day
	ConditionSilent  Condition = "silent"  // nothing came within the last day
	ConditionLagging Condition = "lagging" // what comes is older than an hour when it comes
	ConditionFailing Condition = "failing" // more of it is refused or quarantined than taken
)

// Picture is the whole at a glance: the databases around the hub, what adds to
// them, what they share and what was found, as far as the key may see it.
type Picture struct {
	Seq        uint64     `json:"seq,omitempty"` // stream sequence; for the own organisation
	Time       time.Time  `json:"time"`          // of the hub; of a picture of the past, that moment
	Past       bool       `json:"past,omitempty"`
	Note       string     `json:"note,omitempty"` // what a picture of the past lacks
	Databases  []Database `json:"databases"`      // by name; publishers without a source too
	Enrichers  []Enricher `json:"enrichers"`
	Ribbons    []Ribbon   `json:"ribbons"`
	Watch      []Watch    `json:"watch"`
	Detections []Finding  `json:"detections"` // newest first, a few
}

// Database is one publisher with all its sources.
type Database struct {
	Name         string       `json:"name"`
	Role         string       `json:"role,omitempty"` // which part of the seed design it plays
	Layer        string       `json:"layer"`          // "observation" or "meaning"
	Topics       []cure.Topic `json:"topics"`
	Sources      int          `json:"sources"`
	Observables  uint64       `json:"observables"`       // different values
	Observations uint64       `json:"observations"`      // single ones that are kept
	Records      uint64       `json:"records,omitempty"` // that came; of sources of which the key may see everything
	State        Condition    `json:"state"`
	Why          string       `json:"why,omitempty"` // of a state that is not ok
	Last         time.Time    `json:"last,omitzero"` // newest event
}

// Enricher is one engine of the hub.
type Enricher struct {
	Name    string `json:"name"`
	Version uint32 `json:"version,omitempty"`
	Results uint64 `json:"results,omitempty"` // records it has published; for keys that see all of them
	State   string `json:"state"`             // "running", "failing" or "stopped"
}

// EnricherBody stands before the name of an enricher in a ribbon.
const EnricherBody = "enrich:"

// Ribbon joins two databases that hold the same values, or an enricher
// ("enrich:similar") and a database that holds values it says something about.
type Ribbon struct {
	A      string `json:"a"`
	B      string `json:"b"`
	Shared uint64 `json:"shared"`
}

// Watch is one kind of target that somebody watches.
type Watch struct {
	Name    string `json:"name"`
	Targets int    `json:"targets"`
}

// Picture returns the whole at a glance; at a time that has passed when at is
// not zero.
func (c *Client) Picture(ctx context.Context, at time.Time) (*Picture, error) {
	q := url.Values{}
	if !at.IsZero() {
		q.Set("at", at.UTC().Format(time.RFC3339))
	}
	return ask[Picture](ctx, c, "/picture", q)
}
