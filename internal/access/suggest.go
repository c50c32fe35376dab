package access

import (
	"context"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/hub"
)

// Span is the time and the grain of a histogram; zero parts are chosen to fit.
type Span = hub.Span

// Suggest completes the last word of a query.
func (v View) Suggest(ctx context.Context, query string, n int) ([]client.Suggestion, error) {
	return v.hub.Suggest(ctx, v.scope, query, n)
}

// Histogram counts the observations of a value by event time.
func (v View) Histogram(ctx context.Context, o cure.Observable, s Span) (client.Histogram, error) {
	return v.hub.Histogram(ctx, v.scope, o, s)
}

// SearchHistogram counts the observations of the values that a query finds.
func (v View) SearchHistogram(ctx context.Context, query string, s Span) (client.Histogram, error) {
	return v.hub.SearchHistogram(ctx, v.scope, query, s)
}

// Tie is one tag that a source ties to a value, with what it said.
type Tie = hub.Tie

// TrendQuery says what a trend of types counts.
type TrendQuery = hub.TrendQuery

// What of the own assets is affected, and the trend of types, under names that
// need no client.
type (
	Affected  = client.Affected
	Exposure  = client.Exposure
	TypeTrend = client.TypeTrend
)

// Ties returns the tags of a kind that visible sources tie to a value.
func (v View) Ties(ctx context.Context, o cure.Observable, prefix string) ([]Tie, error) {
	return v.hub.Ties(ctx, v.scope, o, prefix)
}

// TypeTrend counts the visible CVEs by type and time.
func (v View) TypeTrend(ctx context.Context, q TrendQuery) (client.TypeTrend, error) {
	return v.hub.TypeTrend(ctx, v.scope, q)
}
