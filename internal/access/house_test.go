package access_test

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/enrich"
	"github.com/opencure/cure/internal/enrich/similar"
	"github.com/opencure/cure/internal/enrich/warninglist"
	"github.com/opencure/cure/internal/hub"
	"github.com/opencure/cure/internal/log"
)

// house is a hub with everything around it, on a log in memory and a clock
// that stands still unless it is moved.
type house struct {
	t       testing.TB
	backend log.Backend
	dir     string
	policy  hub.Policy
	hub     *hub.Hub
	reg     *access.Registry
	alike   *similar.Index
	admin   access.Principal
	stop    func()

	mu  sync.Mutex
	now time.Time
}

// start of every test's clock.
var start = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

func newHouse(t testing.TB) *house {
	h := &house{t: t, now: start, dir: t.TempDir()}
	h.policy.Default = func(cure.Source) cure.Marking {
		return cure.Marking{TLP: cure.TLPClear, PAP: cure.PAPClear, Licence: cure.LicencePublic}
	}
	h.backend = log.NewMemory(h.clock)
	t.Cleanup(func() { h.backend.Close() })
	h.open()
	t.Cleanup(func() { h.stop() })
	return h
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) advance(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// loud fails a test on what nobody expects.
type loud struct{ t testing.TB }

func (l loud) Write(p []byte) (int, error) {
	l.t.Errorf("logged: %s", p)
	return len(p), nil
}

func (h *house) open() {
	ctx := context.Background()
	var err error
	logger := slog.New(slog.NewTextHandler(loud{h.t}, &slog.HandlerOptions{Level: slog.LevelError}))
	h.alike = similar.New(h.clock)
	if h.reg, err = access.Open(ctx, access.Options{Log: h.backend, Now: h.clock, Logger: logger, Similar: h.alike}); err != nil {
		h.t.Fatal(err)
	}
	h.hub, err = hub.Open(ctx, hub.Options{
		Log: h.backend, Self: access.System("hub"), Dir: h.dir, Policy: h.policy, Heap: true,
		Now: h.clock, Logger: logger, Red: h.reg.LookedAtRed, Aliases: h.reg.Aliases,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	run, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- h.hub.Run(run) }()
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("hub stopped: %v", err)
		}
		h.hub.Close()
	})
	h.admin = h.principal()
	obs, err := h.backend.Stream(ctx, log.StreamConfig{Name: "obs", Subjects: []string{"obs.>"}})
	if err != nil {
		h.t.Fatal(err)
	}
	info, err := obs.Info(ctx)
	if err == nil {
		err = h.hub.Applied(ctx, info.Last)
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// principal returns the admin of the registry, with a new key after each start.
func (h *house) principal() access.Principal {
	text, err := h.reg.ResetAdmin(context.Background())
	if err != nil {
		h.t.Fatal(err)
	}
	p, err := h.reg.Authenticate(text)
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

func (h *house) restart() {
	h.stop()
	h.open()
}

// view returns what an organisation sees; "" is the admin.
func (h *house) view(org string) access.View {
	if org == "" {
		return h.reg.View(h.hub, h.admin, "test")
	}
	text, _, err := h.reg.CreateKey(context.Background(), h.admin, access.KeySpec{Name: org, Org: org, Role: access.RoleReader})
	if err != nil {
		h.t.Fatal(err)
	}
	p, err := h.reg.Authenticate(text)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.reg.View(h.hub, p, "test")
}

// push publishes records and waits until they are applied.
func (h *house) push(src cure.Source, records ...cure.Record) {
	h.t.Helper()
	seq, err := h.hub.Push(context.Background(), src, "", records)
	if err == nil {
		err = h.hub.Applied(context.Background(), seq)
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// control does something to what a source said.
func (h *house) control(src cure.Source, c cure.Control) error {
	seq, err := h.view("").Control(context.Background(), src, c)
	if err == nil {
		err = h.hub.Applied(context.Background(), seq)
	}
	return err
}

// label runs a labeller; from its return on it sees every event.
func (h *house) label(l enrich.Labeller) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	before := h.subscribers()
	go func() { done <- h.hub.RunEngine(ctx, access.System("engine:"+l.Name()), enrich.Engine(l)) }()
	for h.subscribers() == before {
		time.Sleep(time.Millisecond)
	}
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("engine: %v", err)
		}
	})
}

// compare runs the engine of similar addresses; from its return on all that was
// pushed is in.
func (h *house) compare() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.hub.RunEngine(ctx, access.System("engine"), h.alike.Engine()) }()
	h.compared()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("engine: %v", err)
		}
	})
}

// compared waits until the engine has taken in what is applied.
func (h *house) compared() {
	if err := h.alike.Wait(context.Background(), h.hub.Sequence()); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) subscribers() int {
	st, err := h.hub.Status(context.Background())
	if err != nil {
		h.t.Fatal(err)
	}
	return st.Subscribers
}

// seen makes an observation at the start of the clock.
func seen(kind cure.Kind, value string) cure.Observation {
	return cure.Observation{Observable: cure.Observable{Kind: kind, Value: value}, First: start}
}

func readFile(t testing.TB, path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// lists reads warning lists, one JSON object a line.
func lists(t testing.TB, text string) *warninglist.Set {
	s, err := warninglist.Read(strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
