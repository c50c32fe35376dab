package hub

import (
	"context"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/store"
)

// Bounds of a histogram.
const (
	maxSteps      = 2000
	fitSteps      = 120       // about so many when the step is left open
	histogramRows = 1_000_000 // observations that are counted
	histogramPool = 10_000    // values of a search that are counted, by rank
)

// fitting are the steps a histogram may have when none is asked for.
var fitting = []time.Duration{
	time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour,
	24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour,
}

// Span is the time and the grain of a histogram; zero parts are chosen to
// fit what there is.
type Span struct {
	From, To time.Time
	Step     time.Duration
	Except   string // publisher whose observations are not counted
}

// Histogram counts the single observations of a value that are kept, by event
// time. NotFound: nobody visible knows the value.
func (h *Hub) Histogram(ctx context.Context, sc cure.Scope, o cure.Observable, s Span) (client.Histogram, error) {
	l := h.look(sc)
	defer l.done(ctx, o.String())
	id, ok := l.find(o)
	if !ok {
		return client.Histogram{}, notFound(o)
	}
	return l.histogram(ctx, []store.ID{id}, s)
}

// SearchHistogram counts the observations of the values that a query finds, of
// the first 10,000 by rank.
func (h *Hub) SearchHistogram(ctx context.Context, sc cure.Scope, query string, s Span) (client.Histogram, error) {
	res, err := h.Search(ctx, sc, query, Cursor{Limit: histogramPool})
	if err != nil {
		return client.Histogram{}, err
	}
	leave, err := h.wide.enter(ctx)
	if err != nil {
		return client.Histogram{}, err
	}
	defer leave()
	l := h.look(sc)
	defer l.done(ctx, query)
	var ids []store.ID
	for i := range res.Values {
		if id, ok := l.find(res.Values[i].Observable); ok {
			ids = append(ids, id)
		}
	}
	out, err := l.histogram(ctx, ids, s)
	out.Values, out.Cut = len(ids), out.Cut || res.More
	return out, err
}

// Sightings counts the single observations of some values together, and says
// when they were seen first and last; zero times: never. What nobody visible
// knows counts nothing. Cost: a walk of their rows in the time.
func (h *Hub) Sightings(ctx context.Context, sc cure.Scope, values []cure.Observable, s Span) (out client.Histogram, first, last time.Time, err error) {
	leave, err := h.wide.enter(ctx)
	if err != nil {
		return out, first, last, err
	}
	defer leave()
	l := h.look(sc)
	defer l.done(ctx, "sightings")
	var ids []store.ID
	for _, o := range values {
		if id, ok := l.find(o); ok && l.held(id, s.Except) {
			ids = append(ids, id)
		}
	}
	if len(ids) > 0 {
		first, last = l.extent(ids, s.Except)
	}
	out, err = l.histogram(ctx, ids, s)
	out.Values = len(ids)
	return out, first, last, err
}

// held reports whether a source of another publisher holds a value.
func (l *look) held(id store.ID, except string) bool {
	l.sights = l.r.Sights(id, l.sights[:0])
	for i := range l.sights {
		if l.cell(l.sights[i].Cell).Source.Publisher() != except {
			return true
		}
	}
	return false
}

// histogram counts the observations of some values.
func (l *look) histogram(ctx context.Context, ids []store.ID, s Span) (client.Histogram, error) {
	out := client.Histogram{Sources: map[cure.Source][]uint64{}}
	from, to := l.extent(ids, s.Except)
	if !s.From.IsZero() {
		from = s.From
	}
	if !s.To.IsZero() {
		to = s.To
	}
	if s.Step <= 0 {
		s.Step = fit(to.Sub(from))
	}
	s.Step = max(s.Step.Truncate(time.Second), time.Second)
	from = from.UTC().Truncate(s.Step)
	out.From, out.Step = from, client.Seconds(s.Step/time.Second)
	if from.After(to) || len(ids) == 0 {
		return out, nil
	}
	if to.Sub(from)/s.Step >= maxSteps {
		return out, cure.Errorf(cure.Invalid, "count observations: %s in steps of %s, want at most %d steps", to.Sub(from), s.Step, maxSteps)
	}
	out.Steps = int(to.Sub(from)/s.Step) + 1
	e, rows := every{ctx: ctx}, 0
	for _, id := range ids {
		for t := range l.r.Timeline(id, from, to) {
			if err := e.err(); err != nil {
				return out, err
			}
			if rows++; rows > histogramRows {
				out.Cut = true
				return out, nil
			}
			at := unix(t.First)
			if at.Before(from) || at.After(to) {
				continue
			}
			src := l.cell(t.Cell).Source
			if s.Except != "" && src.Publisher() == s.Except {
				continue
			}
			if out.Sources[src] == nil {
				out.Sources[src] = make([]uint64, out.Steps)
			}
			out.Sources[src][at.Sub(from)/s.Step] += uint64(t.Count)
			out.Total += uint64(t.Count)
		}
	}
	return out, nil
}

// extent returns the first and last event of some values.
func (l *look) extent(ids []store.ID, except string) (from, to time.Time) {
	var first, last uint32
	for _, id := range ids {
		l.sights = l.r.Sights(id, l.sights[:0])
		for i := range l.sights {
			s := &l.sights[i]
			if except != "" && l.cell(s.Cell).Source.Publisher() == except {
				continue
			}
			if first == 0 || s.First < first {
				first = s.First
			}
			last = max(last, l.sights[i].Last)
		}
	}
	return unix(first), unix(last)
}

// fit chooses a step for a span.
func fit(span time.Duration) time.Duration {
	for _, step := range fitting {
		if span/step <= fitSteps {
			return step
		}
	}
	return max(span/fitSteps, 30*24*time.Hour)
}
