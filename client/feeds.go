package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/opencure/cure"
)

// Feed is a feed that is defined, and what became of it.
type Feed struct {
	Name        string       `json:"name"`
	Source      cure.Source  `json:"source"`
	Description string       `json:"description,omitempty"`
	URL         string       `json:"url,omitempty"`
	Via         string       `json:"via"` // http, misp, taxii; none: files of it are published by hand
	Format      string       `json:"format"`
	Topics      []cure.Topic `json:"topics,omitempty"`
	Role        cure.Role    `json:"role"`
	TLP         cure.TLP     `json:"tlp"`
	Licence     cure.Licence `json:"licence"`
	Terms       string       `json:"terms,omitempty"`

	HalfLife time.Duration `json:"half_life,omitempty"`
	Every    time.Duration `json:"every"` // period of polling
	From     string        `json:"from"`  // built-in, configuration, or added while running
	On       bool          `json:"on"`
	Busy     bool          `json:"busy,omitempty"` // is being polled

	// State is "off", "waiting" (never polled), "ok", "failing" or "stale".
	State   string    `json:"state"`
	Reason  string    `json:"reason,omitempty"`  // of failing and stale
	Tried   time.Time `json:"tried,omitzero"`    // last poll
	Good    time.Time `json:"good,omitzero"`     // last poll that brought a copy, or found it unchanged
	Changed time.Time `json:"changed,omitzero"`  // last poll that brought another copy
	Next    time.Time `json:"next,omitzero"`     // next poll
	Failed  int       `json:"failed,omitempty"`  // polls in a row
	Bytes   int64     `json:"bytes,omitempty"`   // of the last copy, as it was kept
	Records int64     `json:"records,omitempty"` // raw records of the last copy

	Published   int64            `json:"published,omitempty"`   // records that came of it: what had changed
	Quarantined int64            `json:"quarantined,omitempty"` // raw records of it that could not be used
	Reasons     map[string]int64 `json:"reasons,omitempty"`     // why
}

// Feeds returns the feeds that are defined, sorted by name. For
// administrators.
func (c *Client) Feeds(ctx context.Context) ([]Feed, error) { return list[Feed](ctx, c, "/feeds", nil) }

// SwitchFeed switches a feed on or off. For administrators.
func (c *Client) SwitchFeed(ctx context.Context, name string, on bool) (*Feed, error) {
	verb := "disable"
	if on {
		verb = "enable"
	}
	return c.feed(ctx, name, verb)
}

// PollFeed polls a feed now and waits for the end, at most some 20 seconds:
// Busy says that it goes on. For administrators.
func (c *Client) PollFeed(ctx context.Context, name string) (*Feed, error) {
	return c.feed(ctx, name, "poll")
}

func (c *Client) feed(ctx context.Context, name, verb string) (*Feed, error) {
	f := new(Feed)
	err := c.send(ctx, http.MethodPost, "/api/v1/feeds/"+url.PathEscape(name)+"/"+verb, true, nil, f)
	return f, err
}

// AddFeeds adds feed definitions, a YAML list as in docs/feeds.md, and returns
// their names. One of the same name is replaced unless it is built in. For
// administrators.
func (c *Client) AddFeeds(ctx context.Context, definitions string) ([]string, error) {
	var names []string
	err := c.send(ctx, http.MethodPost, "/api/v1/feeds", true, map[string]string{"definitions": definitions}, &names)
	return names, err
}

// Comparison says how sources of lists differ.
type Comparison struct {
	Sources []Compared     `json:"sources"`
	Pairs   []ComparedPair `json:"pairs"` // those that share something, the most first
}

// Compared is one source of a comparison.
type Compared struct {
	Source cure.Source `json:"source"`
	Values uint64      `json:"values"`
	Unique uint64      `json:"unique"` // that no other of the sources compared has
	// Of the values that another source has too and for which it is known
	// when each listed them: how often this one was first, and by how long
	// before the next, at the median.
	Timed uint64        `json:"timed"`
	First uint64        `json:"first"`
	Lead  time.Duration `json:"lead"`
}

// ComparedPair is two sources of a comparison.
type ComparedPair struct {
	A      cure.Source   `json:"a"`
	B      cure.Source   `json:"b"`
	Shared uint64        `json:"shared"`
	ShareA float64       `json:"share_a"` // of the values of A that B has too, 0 to 1
	ShareB float64       `json:"share_b"`
	Timed  uint64        `json:"timed"`   // shared values for which it is known when both listed them
	AFirst uint64        `json:"a_first"` // of those: A had it before B …
	BFirst uint64        `json:"b_first"` // … and B before A
	LeadA  time.Duration `json:"lead_a"`  // median of how long before, where A was first
	LeadB  time.Duration `json:"lead_b"`
}

// Turned is the same with A and B the other way round.
func (p ComparedPair) Turned() ComparedPair {
	p.A, p.B, p.ShareA, p.ShareB = p.B, p.A, p.ShareB, p.ShareA
	p.AFirst, p.BFirst, p.LeadA, p.LeadB = p.BFirst, p.AFirst, p.LeadB, p.LeadA
	return p
}

// CompareFeeds compares sources: what they share, what only one has, and who
// had it first. No names: all feeds.
func (c *Client) CompareFeeds(ctx context.Context, names ...string) (*Comparison, error) {
	q := url.Values{}
	if len(names) > 0 {
		q["feed"] = names
	}
	return ask[Comparison](ctx, c, "/feeds/compare", q)
}
