package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/opencure/cure"
)

// Search asks one question: a value in any spelling, several of them, a
// prefix, *.example.org or an expression.
func (c *Client) Search(ctx context.Context, query string, p Page) (*Results, error) {
	q := p.query(0)
	q.Set("q", query)
	return ask[Results](ctx, c, "/search", q)
}

// Answer returns all that is known of one value. A value that nobody visible
// holds is no error: Known is false and Miss says more.
func (c *Client) Answer(ctx context.Context, o cure.Observable) (*Answer, error) {
	return ask[Answer](ctx, c, observablePath(o, ""), nil)
}

// Timeline returns when a value was observed; zero times leave an end open.
func (c *Client) Timeline(ctx context.Context, o cure.Observable, from, to time.Time, p Page) (*Timeline, error) {
	q := p.query(0)
	span(q, from, to)
	return ask[Timeline](ctx, c, observablePath(o, "/timeline"), q)
}

// Neighbours returns what stands in one record with a value.
func (c *Client) Neighbours(ctx context.Context, o cure.Observable, p Page) (*Neighbours, error) {
	return ask[Neighbours](ctx, c, observablePath(o, "/neighbours"), p.query(0))
}

// Record opens a record by its id or by the reference a sighting carries.
func (c *Client) Record(ctx context.Context, ref string) (*Opened, error) {
	return ask[Opened](ctx, c, "/records/"+url.PathEscape(ref), nil)
}

// Extract finds the observables of a text, at most 1 MiB, and what is known
// of them.
func (c *Client) Extract(ctx context.Context, text string) (*Extracted, error) {
	var e Extracted
	err := c.send(ctx, http.MethodPost, "/api/v1/extract", true, struct {
		Text string `json:"text"`
	}{text}, &e)
	if err != nil {
		return nil, err
	}
	return &e, nil
}

// Pivot goes from values over shared records.
func (c *Client) Pivot(ctx context.Context, seeds []cure.Observable, o PivotOptions) (*Pivot, error) {
	var p Pivot
	err := c.send(ctx, http.MethodPost, "/api/v1/pivot", true, struct {
		Seeds []cure.Observable `json:"seeds"`
		PivotOptions
	}{seeds, o}, &p)
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// Tagged returns the values tied to a tag.
func (c *Client) Tagged(ctx context.Context, tag string, p Page) (*Results, error) {
	return ask[Results](ctx, c, "/tags/"+url.PathEscape(tag), p.query(0))
}

// Seen returns the values that at least k sources observed in a time.
func (c *Client) Seen(ctx context.Context, k int, from, to time.Time, p Page) (*Results, error) {
	q := p.query(0)
	q.Set("sources", strconv.Itoa(k))
	span(q, from, to)
	return ask[Results](ctx, c, "/seen", q)
}

// Links counts what sources share: by publisher, or by source.
func (c *Client) Links(ctx context.Context, bySource bool) (*Matrix, error) {
	by := "publisher"
	if bySource {
		by = "source"
	}
	return ask[Matrix](ctx, c, "/links", url.Values{"by": {by}})
}

// Shared returns what a and b both hold; each is a publisher or a source.
func (c *Client) Shared(ctx context.Context, a, b string, p Page) (*Shared, error) {
	return ask[Shared](ctx, c, "/links/"+url.PathEscape(a)+"/"+url.PathEscape(b), p.query(0))
}

// Top returns the values of a kind (KindNone: of all) that most sources hold.
func (c *Client) Top(ctx context.Context, kind cure.Kind, n int) ([]Summary, error) {
	return list[Summary](ctx, c, "/top", kindQuery(kind, n))
}

// Rare returns values that exactly two publishers share, newest first: the
// links worth most.
func (c *Client) Rare(ctx context.Context, kind cure.Kind, n int) ([]Summary, error) {
	q := kindQuery(kind, n)
	q.Set("rare", "true")
	return list[Summary](ctx, c, "/top", q)
}

func kindQuery(kind cure.Kind, n int) url.Values {
	q := url.Values{"limit": {strconv.Itoa(n)}}
	if kind != cure.KindNone {
		q.Set("kind", kind.String())
	}
	return q
}

func observablePath(o cure.Observable, what string) string {
	return "/observables/" + o.Kind.String() + "/" + url.PathEscape(o.Value) + what
}

func span(q url.Values, from, to time.Time) {
	if !from.IsZero() {
		q.Set("from", from.UTC().Format(time.RFC3339))
	}
	if !to.IsZero() {
		q.Set("to", to.UTC().Format(time.RFC3339))
	}
}
