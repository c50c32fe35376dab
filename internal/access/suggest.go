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
