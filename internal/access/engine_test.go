package access_test

import (
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/enrich/warninglist"
)

// labels waits until an address has n labels for a viewer and returns them.
func (h *house) labels(v access.View, value string, n int) []string {
	h.t.Helper()
	var got []string
	for range 2000 {
		a, err := v.Answer(ctx, cure.Observable{Kind: cure.KindIP, Value: value})
		if err != nil {
			h.t.Fatal(err)
		}
		got = nil
		for _, note := range a.Notes {
			got = append(got, note.Value+": "+note.Why)
		}
		if len(got) == n {
			return got
		}
		time.Sleep(time.Millisecond)
	}
	h.t.Fatalf("%s has labels %q, want %d", value, got, n)
	return nil
}

const privateNet = `{"name":"Private","type":"cidr","slug":"private","version":1,"matching_attributes":["ip-src"],"list":["10.0.0.0/8"]}`

func TestLabellerLabelsOldAndNew(t *testing.T) {
	h := newHouse(t)
	v := h.view("")
	h.push("cowrie/a", cure.Record{Observations: []cure.Observation{seen(cure.KindIP, "10.0.0.1")}})
	stop := h.label(warninglist.NewLabeller(lists(t, privateNet)))
	defer stop()
	h.push("cowrie/a", cure.Record{Observations: []cure.Observation{seen(cure.KindIP, "10.0.0.2"), seen(cure.KindIP, "192.0.2.1")}})
	for _, value := range []string{"10.0.0.1", "10.0.0.2"} {
		if got := h.labels(v, value, 1); got[0] != `private: on the warning list "Private" (private): entry 10.0.0.0/8` {
			t.Errorf("%s: %q", value, got)
		}
	}
	h.labels(v, "192.0.2.1", 0)
}

func TestNewListsRetractOldLabels(t *testing.T) {
	h := newHouse(t)
	v := h.view("")
	h.push("cowrie/a", cure.Record{Observations: []cure.Observation{seen(cure.KindIP, "10.0.0.1"), seen(cure.KindIP, "192.0.2.1")}})
	stop := h.label(warninglist.NewLabeller(lists(t, privateNet)))
	h.labels(v, "10.0.0.1", 1)
	stop()
	const other = `{"name":"Documentation","type":"cidr","slug":"doc","version":1,"matching_attributes":["ip-src"],"list":["192.0.2.0/24"]}`
	stop = h.label(warninglist.NewLabeller(lists(t, other)))
	h.labels(v, "10.0.0.1", 0)
	h.labels(v, "192.0.2.1", 1)
	stop()
	// The same lists again say nothing anew.
	before := h.hub.Sequence()
	stop = h.label(warninglist.NewLabeller(lists(t, other)))
	h.settle()
	stop()
	if after := h.hub.Sequence(); after != before {
		t.Errorf("a restart of the labeller wrote %d batches", after-before)
	}
}

// TestEngineGoesWithoutTrace is the check of M-09: a hub from which an engine
// was removed is the same as one that never had it.
func TestEngineGoesWithoutTrace(t *testing.T) {
	with, without := newHouse(t), newHouse(t)
	for _, h := range []*house{with, without} {
		h.push("cowrie/a", cure.Record{ID: cure.NewID("1"), Observations: []cure.Observation{seen(cure.KindIP, "10.0.0.1")}})
	}
	stop := with.label(warninglist.NewLabeller(lists(t, privateNet)))
	with.labels(with.view(""), "10.0.0.1", 1)
	if with.digest() == without.digest() {
		t.Fatal("labels do not show in the digest")
	}
	stop()
	at, err := with.view("").RemoveEngine(ctx, "warninglist")
	if err == nil {
		err = with.hub.Applied(ctx, at)
	}
	if err != nil {
		t.Fatal(err)
	}
	if with.digest() != without.digest() {
		t.Error("the engine left a trace")
	}
	for _, h := range []*house{with, without} { // sources in one order with what others sent
		h.push("feeds/a", cure.Record{ID: cure.NewID("2"), Observations: []cure.Observation{seen(cure.KindIP, "10.0.0.1")}})
	}
	if with.digest() != without.digest() {
		t.Error("the engine left a trace in what came later")
	}
	// It can come back.
	stop = with.label(warninglist.NewLabeller(lists(t, privateNet)))
	defer stop()
	with.labels(with.view(""), "10.0.0.1", 1)
	_, err = with.view("").RemoveEngine(ctx, "none")
	want(t, cure.NotFound, err)
}
