package hub

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/store"
)

// TrendQuery says what a trend of types counts.
type TrendQuery struct {
	From, To time.Time // publish date; zero: without bound
	Step     string    // month, quarter or year; "": what fits the time
	Limit    int       // types
	Engine   string    // whose estimate counts where nobody has published a type
	Note     string    // name of its note
}

// The bounds of a trend.
const (
	trendPeriods = 600
	trendTypes   = 100
)

// TypeTrend counts the CVEs that the scope sees by type and by the time at
// which they were published, the beginning of the first observation. Cost: a
// walk over all values that the scope sees, once for each question.
func (h *Hub) TypeTrend(ctx context.Context, sc cure.Scope, q TrendQuery) (client.TypeTrend, error) {
	leave, err := h.wide.enter(ctx)
	if err != nil {
		return client.TypeTrend{}, err
	}
	defer leave()
	if q.To.IsZero() {
		q.To = h.opts.Now()
	}
	if q.From.IsZero() {
		q.From = q.To.AddDate(-2, 0, 0)
	}
	q.Step = cmp.Or(q.Step, stepFor(q.To.Sub(q.From)))
	periods, err := q.periods()
	if err != nil {
		return client.TypeTrend{}, err
	}
	t := typeTally{out: client.TypeTrend{Step: q.Step, Periods: periods, Total: make([]int, len(periods)), Untyped: make([]int, len(periods))}, by: map[client.CWE]*client.TypeCount{}}
	l := h.look(sc)
	defer l.done(ctx, "trend of types")
	e := every{ctx: ctx}
	for id := range l.r.All(0) {
		if err := e.err(); err != nil {
			return t.out, err
		}
		if l.r.Kind(id) == cure.KindCVE {
			t.count(l, id, &q)
		}
	}
	return t.result(q.Limit), nil
}

// stepFor is a step that gives a dozen to some thirty periods.
func stepFor(d time.Duration) string {
	switch years := d.Hours() / 24 / 365; {
	case years <= 3:
		return "month"
	case years <= 8:
		return "quarter"
	}
	return "year"
}

// months of a step.
var steps = map[string]int{"month": 1, "quarter": 3, "year": 12}

// periods returns the beginnings of all periods, in UTC.
func (q *TrendQuery) periods() (all []time.Time, err error) {
	n := steps[q.Step]
	if n == 0 {
		return nil, cure.Errorf(cure.Invalid, "count by %.20q: want month, quarter or year", q.Step)
	}
	for at := beginOf(q.From, n); !at.After(q.To); at = at.AddDate(0, n, 0) {
		if len(all) == trendPeriods {
			return nil, cure.Errorf(cure.Invalid, "more than %d periods: choose a longer step or less time", trendPeriods)
		}
		all = append(all, at)
	}
	if all == nil {
		return nil, cure.Errorf(cure.Invalid, "the time ends before it begins")
	}
	return all, nil
}

// beginOf is the beginning of the period of n months that holds a time.
func beginOf(t time.Time, n int) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), (t.Month()-1)/time.Month(n)*time.Month(n)+1, 1, 0, 0, 0, 0, time.UTC)
}

// typeTally is a trend being counted.
type typeTally struct {
	out client.TypeTrend
	by  map[client.CWE]*client.TypeCount
}

// count adds one CVE.
func (t *typeTally) count(l *look, id store.ID, q *TrendQuery) {
	l.sights = l.r.Sights(id, l.sights[:0])
	first := uint32(0)
	for i := range l.sights {
		if f := l.sights[i].First; i == 0 || f < first {
			first = f
		}
	}
	at := unix(first)
	if len(l.sights) == 0 || at.Before(q.From) || at.After(q.To) {
		return
	}
	period, found := slices.BinarySearchFunc(t.out.Periods, at, time.Time.Compare)
	if !found {
		period--
	}
	if period < 0 {
		return
	}
	t.out.Total[period]++
	l.tags = l.r.Tags(id, l.tags[:0])
	typed := map[client.CWE]bool{}
	for _, tag := range l.tags {
		name, ok := strings.CutPrefix(l.r.Observable(tag.Tag).Value, "cwe:")
		if cwe, err := client.ParseCWE(name); ok && err == nil && !typed[cwe] {
			typed[cwe] = true
			t.of(cwe).Official[period]++
		}
	}
	if len(typed) > 0 {
		return
	}
	for _, n := range l.says(id) {
		if n.Enricher == q.Engine && n.Name == q.Note {
			name, _, _ := strings.Cut(n.Value, " ")
			if cwe, err := client.ParseCWE(name); err == nil {
				t.of(cwe).Estimated[period]++
				return
			}
		}
	}
	t.out.Untyped[period]++
}

func (t *typeTally) of(cwe client.CWE) *client.TypeCount {
	c := t.by[cwe]
	if c == nil {
		c = &client.TypeCount{Type: cwe, Official: make([]int, len(t.out.Periods)), Estimated: make([]int, len(t.out.Periods))}
		t.by[cwe] = c
	}
	c.All++
	return c
}

// result returns the most frequent types.
func (t *typeTally) result(limit int) client.TypeTrend {
	t.out.Types = []client.TypeCount{}
	for _, c := range t.by {
		t.out.Types = append(t.out.Types, *c)
	}
	slices.SortFunc(t.out.Types, func(a, b client.TypeCount) int {
		return cmp.Or(cmp.Compare(b.All, a.All), cmp.Compare(a.Type, b.Type))
	})
	if limit <= 0 {
		limit = 10
	}
	t.out.Types = t.out.Types[:min(len(t.out.Types), limit, trendTypes)]
	return t.out
}
