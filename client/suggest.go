package client

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/opencure/cure"
)

// Suggestion completes the last word of a query.
type Suggestion struct {
	Text    string `json:"text"`              // the word, completed
	Query   string `json:"query"`             // the whole query with it
	What    string `json:"what"`              // "field", "source", "tag", or the kind of a value
	Sources int    `json:"sources,omitempty"` // that hold the value
}

// Suggest completes what somebody types into the search box.
func (c *Client) Suggest(ctx context.Context, text string, n int) ([]Suggestion, error) {
	return list[Suggestion](ctx, c, "/suggest", url.Values{"q": {text}, "limit": {strconv.Itoa(n)}})
}

// Histogram counts observations by event time in even steps, a row a source.
type Histogram struct {
	From    time.Time                `json:"from"` // begin of the first step
	Step    Seconds                  `json:"step"`
	Steps   int                      `json:"steps"`
	Total   uint64                   `json:"total"`
	Sources map[cure.Source][]uint64 `json:"sources"`
	Values  int                      `json:"values,omitempty"` // of a search: how many were counted
	Cut     bool                     `json:"cut,omitempty"`    // there are more observations, or values, than were counted
}

// Histogram counts the observations of one value; zero times mean all of it,
// a zero step one that fits.
func (c *Client) Histogram(ctx context.Context, o cure.Observable, from, to time.Time, step time.Duration) (*Histogram, error) {
	return ask[Histogram](ctx, c, observablePath(o, "/histogram"), steps(from, to, step))
}

// SearchHistogram counts the observations of all values that a query finds.
func (c *Client) SearchHistogram(ctx context.Context, query string, from, to time.Time, step time.Duration) (*Histogram, error) {
	q := steps(from, to, step)
	q.Set("q", query)
	return ask[Histogram](ctx, c, "/histogram", q)
}

func steps(from, to time.Time, step time.Duration) url.Values {
	q := url.Values{}
	span(q, from, to)
	if step > 0 {
		q.Set("step", step.String())
	}
	return q
}
