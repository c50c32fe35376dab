// Package enrich runs labellers: engines that look at one value at a time and
// say something that follows from the value alone (a warning list, a country,
// a network operator).
//
// A labeller looks at every value of the store when it starts and at each new
// one as it comes in. What it says about a value is published under the
// marking of the record that brought the value: once for each marking that is
// not covered by a less strict one, so that a viewer who sees the value also
// sees the label, and nobody learns from a label that somebody else holds the
// value.
//
// Cost: one call of Label a value, and nothing else for values without a label.
package enrich

import (
	"context"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/hub"
)

// Labeller says something about values. Its methods are called from one
// goroutine.
type Labeller interface {
	Name() string
	// Fingerprint changes whenever a label could.
	Fingerprint() string
	// Label appends what there is to say about o: Name, Value, Score, Expires
	// and Why of an enrichment; the rest is filled in.
	Label(o cure.Observable, dst []cure.Enrichment) []cure.Enrichment
}

// Engine makes a labeller an engine.
func Engine(l Labeller) hub.Engine { return &engine{Labeller: l} }

type engine struct{ Labeller }

// The sizes of a run.
const (
	emitAt = 1024    // records that are published together at most
	queue  = 1 << 16 // events that may wait
	memory = 1 << 16 // labels published lately, not to publish them twice
)

// run is one run of a labeller.
type run struct {
	engine
	bench   *hub.Bench
	labels  []cure.Enrichment
	pending []cure.Record
	lately  map[said]struct{}
}

// said is a statement under a marking.
type said struct {
	about       cure.Observable
	name, value string
	marking     cure.Marking
}

// Run implements hub.Engine.
func (e *engine) Run(ctx context.Context, b *hub.Bench) error {
	r := &run{engine: *e, bench: b, lately: map[said]struct{}{}}
	sub := b.Subscribe(queue) // before the first scan, so that nothing falls between
	defer sub.Close()
	if err := r.scan(ctx); err != nil {
		return err
	}
	looked, behind := uint64(0), false
	for {
		if len(r.pending) >= emitAt || !sub.Waiting() {
			if err := r.emit(ctx); err != nil {
				return err
			}
			b.Looked(looked)
			looked = 0
		}
		if behind && !sub.Waiting() {
			// Only when the rush is over: during an import of millions of
			// values each look at everything would lose events again.
			behind = false
			if err := r.scan(ctx); err != nil {
				return err
			}
			continue
		}
		ev, err := sub.Next(ctx)
		if err != nil {
			return err
		}
		switch ev.Kind {
		case hub.EventMissed:
			b.Missed()
			behind = true
		case hub.EventNew, hub.EventLink, hub.EventMarked:
			looked++
			r.look(ev.Observable, []cure.Marking{ev.Marking.Or(hub.Strict)}, ev.Time)
		}
	}
}

// scan looks at every value.
func (r *run) scan(ctx context.Context) error {
	for k := range r.bench.Values() {
		r.look(k.Observable, k.Markings, r.bench.Now())
		if len(r.pending) >= emitAt {
			if err := r.emit(ctx); err != nil {
				return err
			}
		}
	}
	return r.emit(ctx)
}

// look labels one value under the markings it is known under. The time of a
// label is that of the record that brought the value under this marking: it
// must not tell of another.
func (r *run) look(o cure.Observable, markings []cure.Marking, at time.Time) {
	r.labels = r.Label(o, r.labels[:0])
	if len(r.labels) == 0 {
		return
	}
	have := r.bench.Said(o)
	for _, m := range markings {
		rec := cure.Record{Marking: m, ID: cure.NewID("enrich", r.Name(), o.String(), m.String())}
		for _, e := range r.labels {
			if !r.news(have, said{o, e.Name, e.Value, m}, markings) {
				continue
			}
			e.Subject, e.Enricher, e.Version = o, r.Name(), r.bench.Version
			e.Time = at
			rec.Enrichments = append(rec.Enrichments, e)
		}
		if len(rec.Enrichments) > 0 {
			r.pending = append(r.pending, rec)
		}
	}
}

// news reports whether a statement has to be published: it has not been, and
// no less strict marking covers it.
func (r *run) news(have []hub.Note, s said, markings []cure.Marking) bool {
	if slices.ContainsFunc(markings, func(m cure.Marking) bool { return m != s.marking && covers(m, s.marking) }) {
		return false
	}
	for _, n := range have {
		if n.Enricher == r.Name() && n.Name == s.name && n.Value == s.value && covers(n.Marking, s.marking) {
			return false
		}
	}
	if _, ok := r.lately[s]; ok {
		return false
	}
	if len(r.lately) >= memory {
		clear(r.lately)
	}
	r.lately[s] = struct{}{}
	return true
}

// covers reports whether everybody who sees b sees a.
func covers(a, b cure.Marking) bool { return a.Join(b) == b }

func (r *run) emit(ctx context.Context) error {
	if len(r.pending) == 0 {
		return nil
	}
	err := r.bench.Emit(ctx, r.pending)
	r.pending = r.pending[:0]
	return err
}
