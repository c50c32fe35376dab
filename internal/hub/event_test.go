package hub

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

// drain reads all events that come within the batches sent so far; marker is a
// value sent last.
func drain(t *testing.T, s *Subscription, marker string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var got []string
	for {
		e, err := s.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if e.Observable.Value == marker {
			return got
		}
		got = append(got, fmt.Sprint(e.Kind, " ", e.Observable.Value, " ", e.Source, " ", e.With))
	}
}

func TestEventsAreOfTheScope(t *testing.T) {
	r := newRig(t)
	whole, some := r.Subscribe(all, 0), r.Subscribe(public, 0)
	defer whole.Close()
	defer some.Close()
	a, b := r.publisher("cowrie/a"), r.publisher("feeds/b")
	red := record("red", "198.51.100.1")
	red.Marking = cure.Marking{TLP: cure.TLPRed}
	a.send(red)
	b.send(record("one", "198.51.100.1"))
	a.send(record("two", "198.51.100.1")) // now open at cowrie too
	a.send(record("three", "198.51.100.1"))
	a.send(record("end", "192.0.2.99"))

	if diff := cmp.Diff([]string{
		"new 198.51.100.1 cowrie/a []",
		"link 198.51.100.1 feeds/b [cowrie/a]",
		"marked 198.51.100.1 cowrie/a [cowrie/a feeds/b]",
	}, drain(t, whole, "192.0.2.99")); diff != "" {
		t.Errorf("who sees all (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"new 198.51.100.1 feeds/b []",
		"link 198.51.100.1 cowrie/a [feeds/b]",
	}, drain(t, some, "192.0.2.99")); diff != "" {
		t.Errorf("who does not see RED (-want +got):\n%s", diff)
	}
}

func TestDetectionIsAnEvent(t *testing.T) {
	r := newRig(t)
	s := r.Subscribe(public, 0)
	defer s.Close()
	p := r.publisher("darknet/a")
	d := cure.Detection{ID: cure.NewID("d"), Start: start, End: start, Engine: "test", Title: "something began to scan"}
	p.send(cure.Record{ID: cure.NewID("r"), Detections: []cure.Detection{d}, Marking: cure.Marking{TLP: cure.TLPRed}})
	p.send(cure.Record{ID: cure.NewID("r2"), Detections: []cure.Detection{d}})
	e, err := s.Next(ctx)
	if err != nil || e.Kind != EventDetection || e.Detection.Title != d.Title || e.Marking.TLP != cure.TLPClear {
		t.Errorf("event %+v, %v", e, err)
	}
}

func TestSlowSubscriberIsTold(t *testing.T) {
	r := newRig(t)
	s := r.Subscribe(all, 2)
	p := r.publisher("cowrie/a")
	var last uint64
	for i := range 5 {
		last = p.send(record(fmt.Sprint(i), fmt.Sprintf("198.51.100.%d", i)))
	}
	for {
		s.mu.Lock()
		arrived := s.missed == last
		s.mu.Unlock()
		if arrived {
			break
		}
		time.Sleep(time.Millisecond)
	}
	for i := range 2 {
		if e, err := s.Next(ctx); err != nil || e.Observable != ip(fmt.Sprintf("198.51.100.%d", i)) {
			t.Errorf("event %d: %+v, %v", i, e, err)
		}
	}
	if e, err := s.Next(ctx); err != nil || e.Kind != EventMissed || e.Seq != last {
		t.Errorf("after the loss: %+v, %v, want what was missed up to %d", e, err, last)
	}
	s.Close()
	_, err := s.Next(ctx)
	want(t, cure.NotFound, err)
}
