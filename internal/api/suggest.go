package api

import (
	"context"
	"net/http"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

type suggestInput struct {
	Q     string `query:"q" maxLength:"4096" doc:"What was typed so far; its last word is completed."`
	Limit int    `query:"limit" minimum:"1" maximum:"50" default:"10"`
}

// Stepped is part of the input of a histogram.
type Stepped struct {
	Span
	Step string `query:"step" maxLength:"20" doc:"Time between two bars (1h, 24h); none: one that fits."`
}

func (s Stepped) span() (access.Span, error) {
	out := access.Span{From: s.From, To: s.To}
	if s.Step == "" {
		return out, nil
	}
	step, err := time.ParseDuration(s.Step)
	if err != nil || step <= 0 {
		return out, cure.Errorf(cure.Invalid, "step %.40q, want a duration like 1h", s.Step)
	}
	out.Step = step
	return out, nil
}

type histogramInput struct {
	Waits
	Stepped
	ValuePath
}

type searchHistogramInput struct {
	Waits
	Stepped
	Q string `query:"q" required:"true" minLength:"1" maxLength:"16384" doc:"As for a search."`
}

// suggest registers what a search box shows beside its answers.
func (s *Server) suggest() {
	register(s, route{
		id: "suggest", method: http.MethodGet, path: "/suggest", tag: "search", roles: readers,
		summary: "Complete a query while it is typed",
	}, func(ctx context.Context, v access.View, in *suggestInput) (*out[[]client.Suggestion], error) {
		return body(v.Suggest(ctx, in.Q, in.Limit))
	})
	register(s, route{
		id: "histogram", method: http.MethodGet, path: "/observables/{kind}/{value}/histogram", tag: "observables", roles: readers,
		summary: "How often a value was observed, in even steps, by source",
	}, func(ctx context.Context, v access.View, in *histogramInput) (*out[client.Histogram], error) {
		o, err := in.observable()
		if err != nil {
			return nil, err
		}
		span, err := in.span()
		if err != nil {
			return nil, err
		}
		return body(v.Histogram(ctx, o, span))
	})
	register(s, route{
		id: "searchHistogram", method: http.MethodGet, path: "/histogram", tag: "search", roles: readers,
		summary: "How often the values of a search were observed, in even steps, by source",
	}, func(ctx context.Context, v access.View, in *searchHistogramInput) (*out[client.Histogram], error) {
		span, err := in.span()
		if err != nil {
			return nil, err
		}
		return body(v.SearchHistogram(ctx, Understand(in.Q), span))
	})
}
