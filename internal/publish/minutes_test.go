package publish

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func alertAt(after time.Duration, own, remote, rule string) *Event {
	o := cure.Observable{Kind: cure.KindIP, Value: remote}
	return &Event{
		Key: IncidentKey(own, remote, rule, ""), Time: noon.Add(after),
		Observations: []cure.Observation{{Observable: o, Role: cure.RoleC2}},
		Attrs:        []cure.Attr{{Name: "rule", Value: rule}},
		Raw:          []byte("raw " + rule),
	}
}

// foldMinutes runs events through a fold, spilling and restoring after each of cuts,
// and returns the counts by record and the incidents by record.
func foldMinutes(t *testing.T, events []*Event, cuts map[int]bool) (counts map[string]uint32, incidents map[string]string, parts int) {
	t.Helper()
	counts, incidents = map[string]uint32{}, map[string]string{}
	f := NewMinutes("alerts/a")
	emit := func(r *cure.Record) {
		parts++
		for _, o := range r.Observations {
			counts[r.ID.String()+" "+o.Observable.Value] += o.Count
		}
		for _, a := range r.Attrs {
			if a.Name == "incident" {
				incidents[r.ID.String()] = a.Value
			}
		}
	}
	for i, ev := range events {
		e := *ev
		f.Add(&e, emit)
		if cuts[i] {
			f.Spill(emit)
			state := f.AppendState(nil)
			if len(state) > f.Pending() {
				t.Errorf("state of %d bytes, bound %d", len(state), f.Pending())
			}
			f = NewMinutes("alerts/a")
			if err := f.Restore(state); err != nil {
				t.Fatal(err)
			}
		}
	}
	f.Spill(emit)
	return counts, incidents, parts
}

func storm(n int) []*Event {
	var events []*Event
	for i := range n {
		at := time.Duration(i) * 130 * time.Millisecond
		if i%17 == 0 {
			at -= 150 * time.Second // late
		}
		events = append(events, alertAt(at, fmt.Sprintf("203.0.113.%d", i%7), fmt.Sprintf("198.51.100.%d", i%5), fmt.Sprint("rule", i%3)))
	}
	return events
}

// TestMinutesAnyCut: wherever a checkpoint falls, counts and incidents are the
// same.
func TestMinutesAnyCut(t *testing.T) {
	events := storm(3000)
	want, incidents, _ := foldMinutes(t, events, nil)
	total := uint32(0)
	for _, n := range want {
		total += n
	}
	if total != 3000 {
		t.Fatalf("counted %d events of 3000", total)
	}
	for _, every := range []int{1, 7, 64, 1000} {
		cuts := map[int]bool{}
		for i := every - 1; i < len(events); i += every {
			cuts[i] = true
		}
		got, in, _ := foldMinutes(t, events, cuts)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("checkpoint every %d: counts (-whole +cut)\n%s", every, diff)
		}
		if len(in) != len(incidents) {
			t.Errorf("checkpoint every %d: %d records in incidents, want %d", every, len(in), len(incidents))
		}
	}
}

func TestMinutesGroup(t *testing.T) {
	var events []*Event
	for i := range 100 {
		events = append(events, alertAt(time.Duration(i)*500*time.Millisecond, "203.0.113.20", "192.0.2.45", "cnc"))
	}
	counts, _, parts := foldMinutes(t, events, nil)
	if len(counts) != 1 || parts != 1 {
		t.Errorf("%d records in %d parts, want one", len(counts), parts)
	}
}

// TestMinutesBounded: a storm of groups that are all different stays small.
func TestMinutesBounded(t *testing.T) {
	f := NewMinutes("alerts/a")
	emitted := 0
	for i := range 20000 {
		f.Add(alertAt(time.Duration(i)*time.Millisecond, fmt.Sprintf("10.0.%d.%d", i>>8&255, i&255), "198.51.100.1", fmt.Sprint("rule", i)), func(*cure.Record) { emitted++ })
		if f.pending > maxPending {
			t.Fatalf("%d bytes pending after %d events", f.pending, i)
		}
	}
	f.Spill(func(*cure.Record) { emitted++ })
	if emitted != 20000 || len(f.open) != 0 || f.pending != 0 {
		t.Errorf("emitted %d, %d open, %d bytes pending", emitted, len(f.open), f.pending)
	}
	if n := len(f.incidents.open); n != maxIncidents {
		t.Errorf("%d incidents are open", n)
	}
}

func TestIncidents(t *testing.T) {
	tests := map[string]struct {
		events []*Event
		want   int // incidents
	}{
		"same remote":      {[]*Event{alertAt(0, "a", "192.0.2.1", "x"), alertAt(29*time.Minute, "a", "192.0.2.1", "y")}, 1},
		"two become one":   {[]*Event{alertAt(0, "a", "192.0.2.1", "x"), alertAt(0, "a", "192.0.2.2", "y"), alertAt(time.Minute, "a", "192.0.2.1", "y"), alertAt(2*time.Minute, "a", "192.0.2.2", "z")}, 2},
		"same rule":        {[]*Event{alertAt(0, "a", "192.0.2.1", "x"), alertAt(29*time.Minute, "a", "192.0.2.2", "x")}, 1},
		"chain":            {[]*Event{alertAt(0, "a", "192.0.2.1", "x"), alertAt(20*time.Minute, "a", "192.0.2.2", "x"), alertAt(40*time.Minute, "a", "192.0.2.2", "z")}, 1},
		"gap of half hour": {[]*Event{alertAt(0, "a", "192.0.2.1", "x"), alertAt(30*time.Minute, "a", "192.0.2.1", "x")}, 2},
		"other own host":   {[]*Event{alertAt(0, "a", "192.0.2.1", "x"), alertAt(time.Minute, "b", "192.0.2.1", "x")}, 2},
		"nothing shared":   {[]*Event{alertAt(0, "a", "192.0.2.1", "x"), alertAt(time.Minute, "a", "192.0.2.2", "y")}, 2},
		"no own host":      {[]*Event{alertAt(0, "", "192.0.2.1", "x"), alertAt(time.Minute, "", "192.0.2.1", "x")}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, in, _ := foldMinutes(t, tt.events, map[int]bool{0: true})
			distinct := map[string]bool{}
			for _, id := range in {
				distinct[id] = true
			}
			if len(distinct) != tt.want {
				t.Errorf("%d incidents, want %d", len(distinct), tt.want)
			}
		})
	}
}

func FuzzMinutesRestore(f *testing.F) {
	m := NewMinutes("alerts/a")
	for _, ev := range storm(50) {
		m.Add(ev, func(*cure.Record) {})
	}
	m.Spill(func(*cure.Record) {})
	f.Add(m.AppendState(nil))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, state []byte) {
		m := NewMinutes("alerts/a")
		if m.Restore(state) != nil {
			return
		}
		if again := m.AppendState(nil); len(state) > 0 && len(again) > m.Pending() {
			t.Errorf("state of %d bytes, bound %d", len(again), m.Pending())
		}
		m.Add(alertAt(0, "a", "192.0.2.1", "x"), func(*cure.Record) {})
	})
}
