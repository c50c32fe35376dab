package client

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/opencure/cure"
)

// Finding is a detection with who made it and how it is graded.
type Finding struct {
	cure.Detection
	Source    cure.Source     `json:"source"`
	Marking   cure.Marking    `json:"marking"`
	Record    string          `json:"record"`
	Arrived   time.Time       `json:"arrived"`
	Overrides []cure.Override `json:"overrides,omitempty"` // what people decided about it
}

// Suppressed returns the decision to fold the finding away, nil for none.
func (f *Finding) Suppressed() *cure.Override { return lastOf(f.Overrides, cure.OverrideSuppress) }

// CaseFile is a detection, or an own alert, with everything that exact joins and
// engines relate to it. In a list the blocks are left out.
type CaseFile struct {
	ID        cure.ID   `json:"id"`
	Title     string    `json:"title"`
	Opened    time.Time `json:"opened"`
	Detection Finding   `json:"detection"`
	From      time.Time `json:"from,omitzero"` // the window that was looked at
	To        time.Time `json:"to,omitzero"`
	Blocks    []Block   `json:"blocks,omitempty"`
}

// Block is one of the blocks of a case: why, honeypots, C2, malware,
// vulnerability, intelligence, similar, ours, partner, not found.
type Block struct {
	Name  string `json:"name"`
	State string `json:"state"`           // "filled" or "empty"
	Fills string `json:"fills,omitempty"` // of an empty one: what will fill it
	Parts []Part `json:"parts,omitempty"` // the most telling first
	Cut   int    `json:"cut,omitempty"`   // left out
}

// The states of a block.
const (
	BlockFilled = "filled"
	BlockEmpty  = "empty"
)

// BlockOurs is the block of what is the own organisation's.
const BlockOurs = "ours"

// Part is one thing in a block, and why it is there.
type Part struct {
	Observable cure.Observable   `json:"observable,omitzero"`
	Members    []cure.Observable `json:"members,omitempty"` // where an engine names several
	Text       string            `json:"text,omitempty"`
	Reason     string            `json:"reason"`
	Sources    []cure.Source     `json:"sources,omitempty"`
	Records    []string          `json:"records,omitempty"` // a few
	Count      uint64            `json:"count,omitempty"`
	Weight     float64           `json:"weight,omitempty"` // how telling, 0 to 1
	First      time.Time         `json:"first,omitzero"`
	Last       time.Time         `json:"last,omitzero"`
	Overruled  *cure.Override    `json:"overruled,omitempty"`
}

// FindingFilter says which detections are wanted; zero fields mean any.
type FindingFilter struct {
	From, To  time.Time // they touch this time
	Port      string    // "tcp/48123"
	Address   string    // takes part in it
	Publisher string    // publisher or source that found it
}

// CaseWindow is how far before and after a detection a case looks; zero fields
// mean 72 h and 24 h.
type CaseWindow struct{ Before, After time.Duration }

// Detections lists detections, those that began last first.
func (c *Client) Detections(ctx context.Context, f FindingFilter, p Page) ([]Finding, error) {
	q := p.query(0)
	for name, v := range map[string]string{"port": f.Port, "address": f.Address, "publisher": f.Publisher} {
		if v != "" {
			q.Set(name, v)
		}
	}
	for name, t := range map[string]time.Time{"from": f.From, "to": f.To} {
		if !t.IsZero() {
			q.Set(name, t.UTC().Format(time.RFC3339))
		}
	}
	return list[Finding](ctx, c, "/detections", q)
}

// Cases lists the cases, those of the newest detections first, without their
// blocks.
func (c *Client) Cases(ctx context.Context, p Page) ([]CaseFile, error) {
	return list[CaseFile](ctx, c, "/cases", p.query(0))
}

// Case puts a case together: by the id of its detection, or of a record, an
// own alert say.
func (c *Client) Case(ctx context.Context, id string, w CaseWindow) (*CaseFile, error) {
	q := url.Values{}
	for name, d := range map[string]time.Duration{"before": w.Before, "after": w.After} {
		if d > 0 {
			q.Set(name, strconv.Itoa(int(d/time.Minute)))
		}
	}
	return ask[CaseFile](ctx, c, "/cases/"+url.PathEscape(id), q)
}
