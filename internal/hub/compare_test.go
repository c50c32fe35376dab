package hub

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

// listed publishes what a source lists at a time.
func listed(p *publisher, at time.Duration, addresses ...string) {
	p.t.Helper()
	var records []cure.Record
	for _, a := range addresses {
		records = append(records, cure.Record{Observations: []cure.Observation{{
			Observable: cure.Observable{Kind: cure.KindIP, Value: a}, State: cure.StateListed, First: start.Add(at),
		}}})
	}
	p.seq++
	seq, err := p.Send(context.Background(), p.src, p.desk.Token, p.batch(p.seq, records...))
	if err == nil {
		err = p.Applied(context.Background(), seq)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func TestCompare(t *testing.T) {
	r := newRig(t)
	a, b, c := r.publisher("feeds/a"), r.publisher("feeds/b"), r.publisher("cowrie/c")
	listed(a, 0, "192.0.2.1", "192.0.2.2", "192.0.2.9")
	listed(b, 0, "192.0.2.1", "192.0.2.8")
	listed(a, time.Hour, "192.0.2.3", "192.0.2.4")
	listed(b, 3*time.Hour, "192.0.2.3", "192.0.2.2")
	listed(b, 4*time.Hour, "192.0.2.5")
	listed(a, 4*time.Hour+30*time.Minute, "192.0.2.5")
	listed(b, 5*time.Hour, "192.0.2.4")
	listed(c, time.Hour, "192.0.2.8")
	got, err := r.Compare(context.Background(), all, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Comparison{
		Sources: []Compared{
			{Source: "feeds/a", Values: 6, Unique: 1, Timed: 3, First: 2, Lead: middle(step(4 * 3600))},
			{Source: "feeds/b", Values: 6, Unique: 1, Timed: 3, First: 1, Lead: middle(step(1800))},
		},
		Pairs: []ComparedPair{{
			A: "feeds/a", B: "feeds/b", Shared: 5, ShareA: 0.8333, ShareB: 0.8333, Timed: 3,
			AFirst: 2, BFirst: 1, LeadA: middle(step(2 * 3600)), LeadB: middle(step(1800)),
		}},
	}
	want.Sources[0].Lead = want.Pairs[0].LeadA
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	some, err := r.Compare(context.Background(), all, []string{"feeds/b", "cowrie"})
	if err != nil || len(some.Sources) != 2 || len(some.Pairs) != 1 || some.Pairs[0].Shared != 1 {
		t.Errorf("named: %+v, %v", some, err)
	}
}

// TestSpread holds that a duration stays within six percent.
func TestSpread(t *testing.T) {
	for _, n := range []uint32{1, 7, 8, 9, 59, 3600, 86399, 1 << 20, 1<<32 - 1} {
		got := middle(step(n)).Seconds()
		if off := got/float64(n) - 1; off > 0.0625 || off < -0.0625 {
			t.Errorf("%d seconds become %g", n, got)
		}
	}
	var s spread
	if s.median() != 0 {
		t.Error("nothing has a median")
	}
}
