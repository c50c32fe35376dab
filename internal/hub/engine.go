package hub

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/wire"
)

// Engine adds what no single source knows. It reads through a scope and
// publishes its results like any other source, as "enrich/NAME".
type Engine interface {
	// Name is a word of a-z, 0-9 and '-'.
	Name() string
	// Fingerprint names code and data of the engine. When it is another than
	// the last time, all that was said before is retracted, under a new
	// version.
	Fingerprint() string
	// Run works until ctx ends. It is run again after an error.
	Run(ctx context.Context, b *Bench) error
}

// enginePublisher is the publisher of all engines.
const enginePublisher = "enrich"

// EngineSource returns the source an engine publishes as.
func EngineSource(name string) cure.Source { return cure.Source(enginePublisher + "/" + name) }

// Bench is where an engine works: what it may read and how it emits. For one
// goroutine.
type Bench struct {
	Version uint32 // of the engine, to be put into what it emits

	hub   *Hub
	scope cure.Scope
	src   cure.Source
	desk  Desk
	seq   uint64 // of the last batch in the epoch
	last  uint64 // its stream sequence
	enc   *wire.Encoder
	state *EngineState

	fingerprint string // of the engine that works here
}

// engines are the engines of this hub.
type engines struct {
	mu  sync.Mutex
	all map[string]*EngineState
}

func (e *engines) states() []EngineState {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []EngineState
	for _, s := range e.all {
		all = append(all, *s)
	}
	slices.SortFunc(all, func(a, b EngineState) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// note changes the state of an engine.
func (e *engines) note(s *EngineState, change func(*EngineState)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.all == nil {
		e.all = map[string]*EngineState{}
	}
	e.all[s.Name] = s
	change(s)
}

// Bounds of the pause before an engine is run again.
const (
	pauseMin = time.Second
	pauseMax = time.Minute
)

// RunEngine runs an engine until ctx ends, and runs it again after errors. It
// returns an error only when the engine cannot be run: its name is wrong, or
// another hub has taken it over (Conflict).
func (h *Hub) RunEngine(ctx context.Context, sc cure.Scope, e Engine) error {
	if err := EngineSource(e.Name()).Check(); err != nil {
		return err
	}
	state := &EngineState{Name: e.Name()}
	for pause := pauseMin; ; pause = min(2*pause, pauseMax) {
		err := h.runEngine(ctx, sc, e, state)
		if ctx.Err() != nil {
			return nil
		}
		if cure.KindOf(err) == cure.Conflict {
			return fmt.Errorf("run engine %s: %w", e.Name(), err)
		}
		h.log.Error("engine stopped, will be run again", "engine", e.Name(), "pause", pause, "err", err)
		h.engines.note(state, func(s *EngineState) { s.Err = fmt.Sprint(err) })
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// engineMark is the checkpoint of an engine's source.
type engineMark struct {
	Version     uint32 `json:"version"`
	Fingerprint string `json:"fingerprint"`
}

// bench opens the source of an engine and reads how far it was.
func (h *Hub) bench(ctx context.Context, sc cure.Scope, state *EngineState) (*Bench, engineMark, error) {
	b := &Bench{hub: h, scope: sc, src: EngineSource(state.Name), state: state}
	var mark engineMark
	var err error
	if b.desk, err = h.OpenSource(ctx, b.src); err != nil {
		return nil, mark, err
	}
	b.seq = b.desk.Seq
	if b.enc, err = wire.NewEncoder(b.desk.Seed); err != nil {
		return nil, mark, err
	}
	if len(b.desk.State) > 0 {
		if err := json.Unmarshal(b.desk.State, &mark); err != nil {
			return nil, mark, fmt.Errorf("read checkpoint: %w", err)
		}
	}
	return b, mark, nil
}

func (h *Hub) runEngine(ctx context.Context, sc cure.Scope, e Engine, state *EngineState) error {
	b, mark, err := h.bench(ctx, sc, state)
	if err != nil {
		return err
	}
	if mark.Fingerprint != e.Fingerprint() {
		mark, err = b.turn(ctx, engineMark{mark.Version + 1, e.Fingerprint()})
		if err != nil {
			return err
		}
	}
	b.Version, b.fingerprint = mark.Version, mark.Fingerprint
	h.engines.note(state, func(s *EngineState) { s.Version, s.Err = b.Version, "" })
	return e.Run(ctx, b)
}

// turn takes back what the engine said in all versions before and begins the
// next, in one batch.
func (b *Bench) turn(ctx context.Context, mark engineMark) (engineMark, error) {
	state, err := json.Marshal(mark)
	if err != nil {
		return mark, err
	}
	rec := cure.Record{Controls: []cure.Control{{Op: cure.OpCheckpoint, State: state}}}
	if mark.Version > 1 {
		rec.Controls = append(rec.Controls, cure.Control{
			Op: cure.OpRetract, Producer: b.state.Name, Version: mark.Version - 1, Reason: "engine changed or removed",
		})
	}
	return mark, b.Emit(ctx, []cure.Record{rec})
}

// Emit publishes records and returns when they are durable. A record that no
// hub would take is an error of the engine.
func (b *Bench) Emit(ctx context.Context, records []cure.Record) error {
	for i := range records {
		rec := &records[i]
		if rec.ID.IsZero() {
			rec.ID = derivedID(b.src, b.seq, i)
		}
		err := b.enc.Add(rec)
		if errors.Is(err, wire.ErrFull) {
			if err = b.flush(ctx); err == nil {
				err = b.enc.Add(rec)
			}
		}
		if err == nil && b.enc.Full() {
			err = b.flush(ctx)
		}
		if err != nil {
			return fmt.Errorf("emit: %w", err)
		}
	}
	b.hub.engines.note(b.state, func(s *EngineState) { s.Emitted += uint64(len(records)) })
	return b.flush(ctx)
}

func (b *Bench) flush(ctx context.Context) error {
	if b.enc.Len() == 0 {
		return nil
	}
	payload, err := b.enc.Flush(wire.Header{
		Source: b.src, Epoch: b.desk.Epoch, Seq: b.seq + 1, Created: b.hub.opts.Now(),
	})
	if err != nil {
		return err
	}
	if b.last, err = b.hub.Send(ctx, b.src, b.desk.Token, payload); err == nil {
		b.seq++
	}
	return err
}

// Known is a value of the store as an engine sees it.
type Known struct {
	Observable cure.Observable
	Markings   []cure.Marking // effective, of the visible cells that hold it
}

// Values yields every value, in no order. The slice in Known is used again.
func (b *Bench) Values() iter.Seq[Known] {
	return func(yield func(Known) bool) {
		l := b.hub.look(b.scope)
		var k Known
		var part []store.ID
		for from := store.ID(0); ; from = part[len(part)-1] + 1 {
			if part = l.part(from, part[:0]); len(part) == 0 {
				return
			}
			for _, id := range part {
				k.Observable, k.Markings = l.r.Observable(id), l.markings(id, k.Markings[:0])
				if !yield(k) {
					return
				}
			}
			b.Looked(uint64(len(part)))
		}
	}
}

// part appends the IDs of some visible values from an ID on. Whoever walks the
// whole store and waits on the way takes it part by part.
func (l *look) part(from store.ID, dst []store.ID) []store.ID {
	for id := range l.r.All(from) {
		if dst = append(dst, id); len(dst) == partSize {
			break
		}
	}
	return dst
}

const partSize = 4096

// markings appends the effective markings under which a value is known.
func (l *look) markings(id store.ID, dst []cure.Marking) []cure.Marking {
	l.sights = l.r.Sights(id, l.sights[:0])
	for i := range l.sights {
		m := l.cell(l.sights[i].Cell).Marking.Or(Strict)
		if !slices.Contains(dst, m) {
			dst = append(dst, m)
		}
	}
	return dst
}

// Said returns what enrichers say about a value.
func (b *Bench) Said(o cure.Observable) []Note {
	l := b.hub.look(b.scope)
	id, ok := l.find(o)
	if !ok {
		return nil
	}
	l.notes = l.r.Notes(id, l.notes[:0])
	var all []Note
	for i := range l.notes {
		n := &l.notes[i]
		c := l.cell(n.Cell)
		all = append(all, Note{Enricher: n.Enricher, Version: n.Version, Name: n.Name, Value: n.Value, Source: c.Source, Marking: c.Marking})
	}
	return all
}

// Subscribe begins a stream of what happens.
func (b *Bench) Subscribe(buffer int) *Subscription { return b.hub.Subscribe(b.scope, buffer) }

// Now returns the time.
func (b *Bench) Now() time.Time { return b.hub.opts.Now().UTC() }

// Looked counts values the engine has looked at, Missed events it has lost.
func (b *Bench) Looked(n uint64) { b.hub.engines.note(b.state, func(s *EngineState) { s.Read += n }) }

// Missed counts a loss of events, made good by looking at everything again.
func (b *Bench) Missed() { b.hub.engines.note(b.state, func(s *EngineState) { s.Missed++ }) }

// RemoveEngine takes back all that an engine ever said and returns the
// sequence of that. It takes the engine's source over: an engine that runs
// ends. NotFound: no such engine has ever run.
func (h *Hub) RemoveEngine(ctx context.Context, name string) (uint64, error) {
	if !h.ledger.known(EngineSource(name)) {
		return 0, cure.Errorf(cure.NotFound, "remove engine: no engine %.80q", name)
	}
	b, mark, err := h.bench(ctx, cure.Scope{}, &EngineState{Name: name})
	if err == nil {
		_, err = b.turn(ctx, engineMark{Version: mark.Version + 1})
	}
	if err != nil {
		return 0, fmt.Errorf("remove engine: %w", err)
	}
	if h.opts.Dir != "" {
		_ = os.Remove(h.keptPath(name)) // what stays is of another version
	}
	h.engines.mu.Lock()
	defer h.engines.mu.Unlock()
	delete(h.engines.all, name)
	return b.last, nil
}
