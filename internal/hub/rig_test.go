package hub

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/wire"
)

// rig is a hub on a log in memory, with a clock that stands still.
type rig struct {
	*Hub
	t       testing.TB
	backend log.Backend
	opts    Options
	stop    func()

	mu  sync.Mutex
	now time.Time
}

var (
	start  = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	open   = cure.Marking{TLP: cure.TLPClear, PAP: cure.PAPClear, Licence: cure.LicencePublic}
	all    = cure.NewScope(cure.ScopeSpec{Sees: func(cure.Source, cure.Marking) bool { return true }})
	public = cure.NewScope(cure.ScopeSpec{Sees: func(_ cure.Source, m cure.Marking) bool { return m.TLP == cure.TLPClear }})
)

func newRig(t testing.TB, change ...func(*Options)) *rig {
	r := &rig{t: t, now: start}
	r.backend = log.NewMemory(r.clock)
	t.Cleanup(func() { r.backend.Close() })
	r.opts = Options{
		Log: r.backend, Self: all, Dir: filepath.Join(t.TempDir(), "snap"), Heap: true, Now: r.clock,
		Policy: Policy{Default: func(cure.Source) cure.Marking { return open }},
		Logger: slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&r.opts)
	}
	r.start()
	t.Cleanup(func() { r.stop() })
	return r
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) advance(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func (r *rig) start() {
	h, err := Open(context.Background(), r.opts)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Hub = h
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("hub stopped: %v", err)
		}
		h.Close()
	})
	if err := h.progress.waitReady(ctx); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) restart() {
	r.stop()
	r.start()
}

// publisher is the other side of a desk.
type publisher struct {
	*rig
	src  cure.Source
	desk Desk
	seq  uint64
}

func (r *rig) publisher(src cure.Source) *publisher {
	d, err := r.OpenSource(context.Background(), src)
	if err != nil {
		r.t.Fatal(err)
	}
	return &publisher{r, src, d, d.Seq}
}

// batch encodes records under a number.
func (p *publisher) batch(seq uint64, records ...cure.Record) []byte {
	enc, err := wire.NewEncoder(p.desk.Seed)
	if err != nil {
		p.t.Fatal(err)
	}
	for i := range records {
		if err := enc.Add(&records[i]); err != nil {
			p.t.Fatal(err)
		}
	}
	b, err := enc.Flush(wire.Header{Source: p.src, Epoch: p.desk.Epoch, Seq: seq, Created: p.clock()})
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

// send sends the next batch and waits until it is applied.
func (p *publisher) send(records ...cure.Record) uint64 {
	p.t.Helper()
	p.seq++
	at, err := p.Send(context.Background(), p.src, p.desk.Token, p.batch(p.seq, records...))
	if err == nil {
		err = p.Applied(context.Background(), at)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return at
}

// sees makes a record of addresses.
func record(id string, values ...string) cure.Record {
	rec := cure.Record{ID: cure.NewID(id), Raw: []byte("raw " + id)}
	for _, v := range values {
		rec.Observations = append(rec.Observations, cure.Observation{Observable: ip(v), First: start})
	}
	return rec
}

func ip(v string) cure.Observable { return cure.Observable{Kind: cure.KindIP, Value: v} }

// count returns how often a value was observed.
func (r *rig) count(v string) uint64 {
	s, err := r.Summaries(context.Background(), all, []cure.Observable{ip(v)})
	if err != nil {
		r.t.Fatal(err)
	}
	return s[0].Count
}

// want fails the test unless err is of the kind.
func want(t testing.TB, kind cure.ErrorKind, err error) {
	t.Helper()
	if err == nil || cure.KindOf(err) != kind {
		t.Errorf("error %v, want one of kind %s", err, kind)
	}
}
