package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

// house is a poller with a hub and a web server beside it.
type house struct {
	t   *testing.T
	dir string
	hub *publishtest.Hub
	p   *Poller
	web *httptest.Server
	on  []string

	mu     sync.Mutex
	now    time.Time
	answer http.HandlerFunc
	broken error // of publishing
	stop   func()
}

func newHouse(t *testing.T) *house {
	h := &house{t: t, dir: t.TempDir(), hub: &publishtest.Hub{}, now: time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC)}
	h.web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		answer := h.answer
		h.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(h.web.Close)
	h.start()
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

// says makes the server answer with a text from now on.
func (h *house) says(text string) {
	h.serve(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) })
}

func (h *house) serve(answer http.HandlerFunc) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = answer
}

// definition is a feed of the server.
func (h *house) definition(more string) string {
	return fmt.Sprintf("- {name: mine, url: %q, format: lines, kind: ip, role: c2, tlp: CLEAR, licence: public%s}\n", h.web.URL+"/list", more)
}

func (h *house) options() Options {
	return Options{
		Dir: filepath.Join(h.dir, "feeds"), Secrets: filepath.Join(h.dir, "secrets"), BuiltIn: observe.Definitions(), On: h.on,
		Agent: "test", Logger: slog.New(slog.DiscardHandler), Now: h.clock, Rand: rand.New(rand.NewPCG(1, 1)),
		Publish: func(ctx context.Context, d publish.Definition, path string) (publish.Result, error) {
			h.mu.Lock()
			err := h.broken
			h.mu.Unlock()
			if err != nil {
				return publish.Result{}, err
			}
			return publish.Run(ctx, publish.Config{
				Source: cure.Source("feeds/" + d.Name), Publisher: observe.Feeds(), Feed: &d, Sink: h.hub, Now: h.clock, Abandon: true,
			}, path)
		},
	}
}

func (h *house) start() {
	p, err := Open(h.options())
	if err != nil {
		h.t.Fatal(err)
	}
	h.p = p
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("poller stopped: %v", err)
		}
	})
}

func (h *house) add(more string) {
	h.t.Helper()
	if _, err := h.p.Add(h.definition(more)); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) poll() client.Feed {
	h.t.Helper()
	f, err := h.p.Poll(h.t.Context(), "mine")
	if err != nil || f.Busy {
		h.t.Fatalf("busy %v, %v", f.Busy, err)
	}
	return f
}

// ended counts what was taken off the list.
func (h *house) ended() (n int) {
	for _, r := range h.hub.Records {
		for _, o := range r.Observations {
			if o.State == cure.StateEnded {
				n++
			}
		}
	}
	return n
}

func TestPollPublishesWhatHasChanged(t *testing.T) {
	h := newHouse(t)
	h.add("")
	h.says("192.0.2.1\n192.0.2.2\nnot an address\n")
	f := h.poll()
	if f.Published != 2 || f.Quarantined != 1 || f.Records != 3 || f.State != "off" {
		t.Errorf("first: %+v", f)
	}
	h.advance(time.Hour)
	h.says("192.0.2.2\n192.0.2.3\n")
	if f := h.poll(); f.Published != 2 || h.ended() != 1 {
		t.Errorf("second: %+v, %d ended", f, h.ended())
	}
	h.advance(time.Hour)
	before := len(h.hub.Records)
	if f := h.poll(); len(h.hub.Records) != before || f.Failed != 0 {
		t.Errorf("the same again: %d records, %+v", len(h.hub.Records)-before, f)
	}
	// What is still listed on the next day is said again.
	h.advance(24 * time.Hour)
	if h.poll(); len(h.hub.Records) != before+2 {
		t.Errorf("on the next day: %d records more", len(h.hub.Records)-before)
	}
}

// TestBrokenFeedsShow holds that a feed that breaks is seen at its next poll,
// with the reason, and keeps what it listed.
func TestBrokenFeedsShow(t *testing.T) {
	page := "<html>\n<head><title>503 Service Unavailable</title></head>\n</html>\n"
	tests := []struct {
		name, want string
		answer     http.HandlerFunc
	}{
		{"error", "500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }},
		{"web page", "copy is a web page", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, page) }},
		{"empty", "empty document", func(http.ResponseWriter, *http.Request) {}},
		{"only comments", "copy has 0 entries", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "# nothing\n") }},
		{"another format", "more than half", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "a;b\nc;d\n") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			h.add(", fetch: {every: 1h}")
			if _, err := h.p.Switch("mine", true); err != nil {
				t.Fatal(err)
			}
			h.says("192.0.2.1\n192.0.2.2\n")
			if f := h.poll(); f.State != "ok" {
				t.Fatalf("good: %+v", f)
			}
			h.advance(time.Hour)
			h.serve(tt.answer)
			f := h.poll()
			if f.State != "failing" || !strings.Contains(f.Reason, tt.want) || f.Failed != 1 {
				t.Errorf("state %s, reason %q, failed %d", f.State, f.Reason, f.Failed)
			}
			if wait := f.Next.Sub(h.clock()); wait <= 0 || wait > time.Hour {
				t.Errorf("tried again after %s", wait)
			}
			if h.ended() != 0 {
				t.Errorf("%d entries ended", h.ended())
			}
			h.advance(time.Hour)
			h.says("192.0.2.1\n192.0.2.2\n")
			if f := h.poll(); f.State != "ok" || f.Reason != "" || f.Failed != 0 {
				t.Errorf("good again: %+v", f)
			}
		})
	}
}

func TestStaleFeedShows(t *testing.T) {
	h := newHouse(t)
	h.add(", fetch: {every: 1h, stale: 48h}")
	if _, err := h.p.Switch("mine", true); err != nil {
		t.Fatal(err)
	}
	h.says("192.0.2.1\n")
	h.poll()
	h.advance(47 * time.Hour)
	if f := h.poll(); f.State != "ok" {
		t.Errorf("not yet: %+v", f)
	}
	h.advance(2 * time.Hour)
	if f := h.poll(); f.State != "stale" || !strings.Contains(f.Reason, "has not changed for 49h") {
		t.Errorf("state %s: %s", f.State, f.Reason)
	}
}

// TestRestart holds that what was switched and added stays, that a server that
// says "not modified" is believed, and that a copy that was not published to
// its end is taken up.
func TestRestart(t *testing.T) {
	h := newHouse(t)
	h.add("")
	if _, err := h.p.Switch("mine", true); err != nil {
		t.Fatal(err)
	}
	asked := 0
	h.serve(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"1"`)
		fmt.Fprint(w, "192.0.2.1\n")
	})
	h.broken = errors.New("hub is gone")
	if f := h.poll(); f.State != "failing" || !strings.Contains(f.Reason, "hub is gone") {
		t.Errorf("not published: %+v", f)
	}
	h.stop()
	h.broken = nil
	h.start()
	if f := h.poll(); f.State != "ok" || !f.On || len(h.hub.Records) != 1 {
		t.Errorf("after a restart: %+v, %d records", f, len(h.hub.Records))
	}
	h.stop()
	h.start()
	n := asked
	if f := h.poll(); f.State != "ok" || asked != n+1 || len(h.hub.Records) != 1 {
		t.Errorf("not modified: %+v, %d records", f, len(h.hub.Records))
	}
}

func TestSwitchAndAddRefuse(t *testing.T) {
	h := newHouse(t)
	if _, err := h.p.Switch("nobody", true); cure.KindOf(err) != cure.NotFound {
		t.Errorf("unknown: %v", err)
	}
	if _, err := h.p.Switch("vendor-iocs", true); cure.KindOf(err) != cure.Invalid {
		t.Errorf("not polled: %v", err)
	}
	if _, err := h.p.Add(strings.Replace(h.definition(""), "mine", "ipsum", 1)); cure.KindOf(err) != cure.Conflict {
		t.Errorf("built in: %v", err)
	}
	for _, text := range []string{"", "- {name: x}", "no list", strings.Replace(h.definition(""), "http:", "file:", 1)} {
		if _, err := h.p.Add(text); cure.KindOf(err) != cure.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, f := range h.p.Feeds() {
		if f.On || f.State != "off" {
			t.Errorf("%s is %s", f.Name, f.State)
		}
	}
	o := h.options()
	o.On = []string{"no-such-feed"}
	if _, err := Open(o); cure.KindOf(err) != cure.Invalid {
		t.Errorf("unknown feed in the configuration: %v", err)
	}
	if _, err := h.p.Switch("ipsum", false); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.Dir, stateFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(h.options()); cure.KindOf(err) != cure.Invalid {
		t.Errorf("broken state: %v", err)
	}
}

func TestSecretsAreFiles(t *testing.T) {
	h := newHouse(t)
	h.add(", fetch: {auth: {kind: header, header: Auth-Key, secret: list-key}}")
	h.serve(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Auth-Key") != "s3cret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, "192.0.2.1\n")
	})
	if f := h.poll(); f.State != "failing" || !strings.Contains(f.Reason, "read secret list-key") {
		t.Errorf("without its file: %+v", f)
	}
	if err := os.MkdirAll(filepath.Join(h.dir, "secrets"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.dir, "secrets", "list-key"), []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if f := h.poll(); f.Published != 1 {
		t.Errorf("with it: %+v", f)
	}
}

// TestDue holds when feeds are polled: those that are on, each at its time,
// not all at once.
func TestDue(t *testing.T) {
	h := newHouse(t)
	h.stop()
	h.on = []string{"ipsum", "urlhaus", "feodo-c2", "tor-exits", "cins-army", "greensnow"}
	p, err := Open(h.options())
	if err != nil {
		t.Fatal(err)
	}
	if names, wait := p.due(); len(names) == len(h.on) || wait <= 0 || wait > 30*time.Second {
		t.Errorf("at once %v, then %s", names, wait)
	}
	h.advance(time.Minute)
	names, _ := p.due()
	if len(names) != parallel {
		t.Errorf("%d at once: %v", len(names), names)
	}
	if more, _ := p.due(); len(more) != 0 {
		t.Errorf("and %v beside them", more)
	}
}

func TestTAXIIThroughADefinition(t *testing.T) {
	h := newHouse(t)
	text := fmt.Sprintf("- {name: mine, url: %q, format: stix, role: c2, tlp: CLEAR, licence: public, fetch: {via: taxii}}\n", h.web.URL+"/api/collections/c1/")
	if _, err := h.p.Add(text); err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{
		"": `{"more":true,"next":"2","objects":[
			{"type":"indicator","id":"indicator--1","created":"2026-11-19T00:00:00Z","pattern":"[ipv4-addr:value = '192.0.2.1']","pattern_type":"stix"}]}`,
		"2": `{"objects":[{"type":"indicator","id":"indicator--2","created":"2026-11-19T00:00:00Z","pattern":"[ipv4-addr:value = '192.0.2.2']","pattern_type":"stix"}]}`,
		"later": `{"objects":[{"type":"malware","id":"malware--1","created":"2026-11-19T00:00:00Z","name":"Kagerou"},
			{"type":"relationship","id":"relationship--1","relationship_type":"indicates","source_ref":"indicator--1","target_ref":"malware--1"},
			{"type":"indicator","id":"indicator--2","created":"2026-11-19T00:00:00Z","modified":"2026-11-20T00:00:00Z","revoked":true,"pattern":"[ipv4-addr:value = '192.0.2.2']"},
			{"type":"indicator","id":"indicator--3","created":"2026-11-19T00:00:00Z","pattern":"[ipv4-addr:value = '192.0.2.3']","pattern_type":"stix"}]}`,
	}
	h.serve(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/taxii+json;version=2.1")
		w.Header().Set("X-TAXII-Date-Added-Last", "2026-11-20T00:00:00.000Z")
		key := r.URL.Query().Get("next")
		if r.URL.Query().Get("added_after") != "" {
			key = "later"
		}
		fmt.Fprint(w, pages[key])
	})
	if f := h.poll(); f.Published != 2 || f.Failed != 0 {
		t.Fatalf("first: %+v", f)
	}
	h.advance(24 * time.Hour)
	if f := h.poll(); f.Published != 3 || f.Failed != 0 || h.ended() != 1 {
		t.Errorf("then: %+v, %d ended", f, h.ended())
	}
	var tagged bool
	for _, r := range h.hub.Records {
		for _, a := range r.Annotations {
			tagged = tagged || a.Subject.Value == "192.0.2.1" && a.Tag.Value == "malware:kagerou"
		}
	}
	if !tagged {
		t.Error("a relationship that came later does not reach the indicator")
	}
}
