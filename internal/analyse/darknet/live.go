package darknet

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/hub"
)

// EngineName is the name of the engine in a hub: its source is
// enrich/darknet.
const EngineName = "darknet"

// code is part of the fingerprint: another number retracts what older code
// said.
const code = "1"

// How the engine follows records.
const (
	// memory is how far back it reads when it starts without a checkpoint:
	// engines need a week, and an activity is open for a day.
	memory = 8 * 24 * time.Hour
	// liveWithin is how old the newest record of a sensor is at most for its
	// windows to be closed by the clock; of files only what is read closes
	// them.
	liveWithin = 40 * time.Minute
	// settle is how long after its end a window of a live sensor is closed:
	// the publisher waits a minute of event time and needs some time.
	settle = 100 * time.Second
	// silence is how long nothing must have come from a sensor before the
	// clock closes a window.
	silence   = 10 * time.Second
	pulse     = time.Second
	keepEvery = 5 * time.Minute // between two checkpoints
	maxHouses = 64
	maxKnown  = 4096 // activities remembered for pictures
)

// place is what one house looks at: records of one source under one marking.
// What is found rests on them alone, so that nobody learns from it of records
// that he may not see.
type place struct {
	source  cure.Source
	marking cure.Marking
}

// Watch is the engine of a hub and what it remembers for those who ask: votes,
// judgements, ports over time. Safe for concurrent use.
type Watch struct {
	seed    uint64
	engines func(seed uint64) []Engine

	mu     sync.Mutex
	houses map[place]*dwelling
	known  map[cure.ID]*Known
	left   uint64 // records of places for which there was no house
	since  uint64 // corrections up to this stream sequence are in what was read

	closed bool      // a window was closed since the last checkpoint
	due    time.Time // of the next checkpoint, at the earliest
}

type dwelling struct {
	place
	house   *House
	arrived time.Time   // of the last record, by the clock
	changed []*Activity // not told yet
}

// Known is an activity with the place it rests on.
type Known struct {
	Source   cure.Source
	Marking  cure.Marking
	Activity client.Activity
	Curve    []Judgement // of the growth test on its first port, oldest first
}

// NewWatch makes the engine; it does nothing before it runs.
func NewWatch(seed uint64) *Watch {
	return &Watch{seed: seed, engines: Engines, houses: map[place]*dwelling{}, known: map[cure.ID]*Known{}}
}

// Engine makes it an engine of the hub. It runs once at a time.
func (w *Watch) Engine() hub.Engine { return (*engine)(w) }

type engine Watch

// Name implements hub.Engine.
func (*engine) Name() string { return EngineName }

// Fingerprint implements hub.Engine.
func (*engine) Fingerprint() string { return code }

// Run implements hub.Engine. It goes on where its checkpoint ends, or reads
// what arrived in the last days, says what of that is not said yet, and goes on
// with what arrives.
func (e *engine) Run(ctx context.Context, b *hub.Bench) error {
	w := (*Watch)(e)
	f, err := w.begin(ctx, b)
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		err := w.read(ctx, b, f)
		if err == nil {
			err = w.publish(ctx, b)
		}
		if ctx.Err() != nil {
			w.closed, w.due = true, time.Time{} // the last one, in any case
		}
		if err == nil || ctx.Err() != nil {
			w.keep(b, f.Position())
		}
		if err != nil {
			return err
		}
	}
}

// begin takes the checkpoint up, or begins with the last days.
func (w *Watch) begin(ctx context.Context, b *hub.Bench) (*hub.Follower, error) {
	if err := b.Ready(ctx); err != nil { // all corrections are known
		return nil, err
	}
	w.closed, w.due = false, time.Time{}
	if seq, state, ok := b.Kept(); ok {
		err := w.decode(state, b.Now(), b.CorrectedAt)
		if err == nil {
			var f *hub.Follower
			if f, err = b.Follow(ctx, hub.Following{After: seq, Source: "darknet"}); err == nil {
				return f, nil
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		b.Refuse(err)
	}
	w.mu.Lock()
	w.forget()
	w.since = b.Sequence()
	w.mu.Unlock()
	return b.Follow(ctx, hub.Following{From: b.Now().Add(-memory), Source: "darknet"})
}

// keep writes a checkpoint of what was read up to a sequence, where windows
// were closed since the last one and it is not too soon. What it costs is a
// twentieth of the time at most.
func (w *Watch) keep(b *hub.Bench, seq uint64) {
	now := b.Now()
	if !w.closed || now.Before(w.due) {
		return
	}
	state, err := w.encode(now)
	b.Keep(seq, state, err)
	w.closed, w.due = false, b.Now().Add(max(keepEvery, 20*b.Now().Sub(now)))
}

// read takes what is there, and waits a moment where nothing is.
func (w *Watch) read(ctx context.Context, b *hub.Bench, f *hub.Follower) error {
	wait, cancel := context.WithTimeout(ctx, pulse)
	defer cancel()
	for {
		s, err := f.Next(wait)
		switch {
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			w.clock(b.Now())
			return nil
		case err != nil:
			return err
		case s.Gap != nil:
			b.Missed()
			continue
		}
		w.take(s.Records, b.Now())
		b.Looked(uint64(len(s.Records)))
		if !f.Waiting() {
			return nil
		}
	}
}

// take counts records into the houses of their places.
func (w *Watch) take(records []hub.Opened, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range records {
		r := &records[i]
		g, ok := GroupOf(&r.Record)
		if !ok {
			continue
		}
		d := w.dwelling(place{r.Source, r.Marking.Or(hub.Strict)})
		if d == nil {
			w.left++
			continue
		}
		d.arrived = now
		d.house.AddGroup(&g)
	}
}

func (w *Watch) dwelling(p place) *dwelling {
	d := w.houses[p]
	if d == nil && len(w.houses) < maxHouses {
		d = &dwelling{place: p}
		d.house = NewHouse(HouseOptions{
			Sensor: string(p.source), Engines: w.engines(w.seed), Window: func(*Window) { w.closed = true },
			Changed: func(a *Activity) {
				if !slices.Contains(d.changed, a) {
					d.changed = append(d.changed, a)
				}
			},
		})
		w.houses[p] = d
	}
	return d
}

// clock closes the windows of live sensors.
func (w *Watch) clock(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range w.places() {
		if now.Sub(d.house.newest) < liveWithin && now.Sub(d.arrived) > silence {
			d.house.Close(now.Add(-settle))
		}
	}
}

// places returns the houses in order of their places.
func (w *Watch) places() []*dwelling {
	all := make([]*dwelling, 0, len(w.houses))
	for _, d := range w.houses {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b *dwelling) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.marking.String(), b.marking.String()))
	})
	return all
}

// publish says what has changed, unless the log has it in this form.
func (w *Watch) publish(ctx context.Context, b *hub.Bench) error {
	if records := w.news(b.Found); len(records) > 0 {
		if err := b.Emit(ctx, records); err != nil {
			return err
		}
	}
	w.told()
	return nil
}

// told notes that what has changed is said.
func (w *Watch) told() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range w.houses {
		d.changed = d.changed[:0]
	}
}

// news makes the records of what has changed and is not found yet.
func (w *Watch) news(found func() []hub.Finding) (records []cure.Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var have map[cure.ID]*hub.Finding
	for _, d := range w.places() {
		for _, a := range d.changed {
			if have == nil {
				have = map[cure.ID]*hub.Finding{}
				for _, f := range found() {
					have[f.ID] = &f
				}
			}
			id := d.id(a)
			w.know(d, id, a)
			det := a.Detection(id)
			if f := have[id]; f != nil && f.Title == det.Title && f.Pattern == det.Pattern && f.Marking.Or(hub.Strict) == d.marking {
				continue
			}
			records = append(records, record(d, &det, a))
		}
	}
	return records
}

// id names an activity by where, when and at which port it began: the same
// after a restart. Of two that began so, the one told later is the next one.
func (d *dwelling) id(a *Activity) cure.ID {
	for n := 0; a.id.IsZero(); n++ {
		began := []string{"darknet activity", string(d.source), d.marking.String(), a.Start.Format(time.RFC3339), a.Ports[0].String()}
		if n > 0 {
			began = append(began, strconv.Itoa(n))
		}
		id := cure.NewID(began...)
		if !slices.ContainsFunc(d.house.Merger.open, func(o *Activity) bool { return o.id == id }) {
			a.id = id
		}
	}
	return a.id
}

// know remembers an activity for pictures.
func (w *Watch) know(d *dwelling, id cure.ID, a *Activity) {
	if len(w.known) >= maxKnown && w.known[id] == nil {
		oldest := cure.ID{}
		for i, k := range w.known {
			if o := w.known[oldest]; o == nil || k.Activity.Last.Before(o.Activity.Last) || k.Activity.Last.Equal(o.Activity.Last) && i.String() < oldest.String() {
				oldest = i
			}
		}
		delete(w.known, oldest)
	}
	k := &Known{Source: d.source, Marking: d.marking, Activity: a.View(id)}
	k.Activity.Marking = d.marking
	k.Curve = d.house.Curve(a.Ports[0], a.Start.Add(-24*time.Hour), a.Last)
	w.known[id] = k
}

// record is what is published of an activity: the detection, and the block
// "why" of its case.
func record(d *dwelling, det *cure.Detection, a *Activity) cure.Record {
	var why []cure.CasePart
	for i, text := range a.Reasons() {
		p := cure.CasePart{Name: "why", Score: det.Score * (1 - float32(i)/100), Reason: text}
		if i == 0 {
			p.Observables = det.Ports
		}
		why = append(why, p)
	}
	return cure.Record{
		ID:      cure.NewID("enrich", EngineName, det.ID.String(), det.Title, det.Pattern),
		Marking: d.marking,
		Attrs: []cure.Attr{
			{Name: "sensor", Value: string(d.source)},
			{Name: "severity", Value: a.Severity()},
			{Name: "sources", Value: strconv.Itoa(a.SourceN)},
		},
		Detections: []cure.Detection{*det},
		Cases: []cure.Case{{
			ID: cure.NewID(EngineName, "case", det.ID.String()), Detection: det.ID, Title: det.Title, Opened: a.Found,
			Parts: why,
		}},
	}
}
