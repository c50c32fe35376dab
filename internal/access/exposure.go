package access

import (
	"context"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/hub"
)

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
