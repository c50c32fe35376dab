package hub

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure"
)

// TestPace lets a source send, fall silent, and be read again from the log:
// the rate follows from the batches and the time alone.
func TestPace(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	for range 10 {
		r.advance(time.Second)
		rec := record(r.clock().String(), "198.51.100.1")
		rec.Observations[0].First = r.clock()
		p.send(rec)
	}
	last := r.clock()
	rate := func() float64 { return r.Sources(all)[0].Operating.Rate }
	now := rate()
	if now < 0.1 || now > 10.0/60 {
		t.Errorf("%.3f records a second after 10 in 10 s, want nearly 10/60", now)
	}
	r.advance(time.Minute)
	if got := rate(); math.Abs(got-now/math.E) > 1e-9 {
		t.Errorf("a minute later %.4f, want %.4f", got, now/math.E)
	}
	if got := r.Sources(all)[0].Operating; !got.Good.Equal(last) || got.Clock != "" {
		t.Errorf("last good at %v, want %v; clock %q", got.Good, last, got.Clock)
	}
	before := rate()
	r.stop()
	r.start()
	if got := rate(); math.Abs(got-before) > 1e-9 {
		t.Errorf("after a restart %.4f, want %.4f", got, before)
	}
	if got := r.Sources(public)[0]; got.Operating != nil || got.Intake != nil {
		t.Errorf("who does not see all of the source sees %+v", got)
	}
}

func TestClockAlarm(t *testing.T) {
	tests := map[string]struct {
		op   Operating
		want string
	}{
		"nothing came":           {op: Operating{Skew: -time.Hour}},
		"good":                   {op: Operating{Batches: 1, Skew: 2 * time.Second, Lag: 3 * time.Second}},
		"old events":             {op: Operating{Batches: 1, Lag: 90 * 24 * time.Hour}},
		"hub was away":           {op: Operating{Batches: 1, Skew: 5 * time.Minute}},
		"publisher ahead":        {op: Operating{Batches: 1, Skew: -3 * time.Minute}, want: "3m0s ahead"},
		"publisher behind":       {op: Operating{Batches: 1, Skew: 9 * time.Hour}, want: "9h0m0s behind"},
		"events from the future": {op: Operating{Batches: 1, Lag: -9 * time.Hour}, want: "9h0m0s in the future"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := clockAlarm(&tt.op); !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestClockJumps sets the hub's clock back by a day between two batches: the
// rate does not grow, and the alarm is raised.
func TestClockJumps(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	rec := record("a", "198.51.100.1")
	rec.Observations[0].First = start
	p.send(rec)
	r.advance(-24 * time.Hour)
	rec = record("b", "198.51.100.1")
	rec.Observations[0].First = start
	p.send(rec)
	op := r.Sources(all)[0].Operating
	if math.IsNaN(op.Rate) || op.Rate > 0.1 || op.Clock == "" {
		t.Errorf("rate %v, clock %q", op.Rate, op.Clock)
	}
}

// TestSupply shows a source that the hub cannot read before it said anything,
// to those who may see all of it.
func TestSupply(t *testing.T) {
	r := newRig(t)
	r.Supply("cowrie/quiet", func() Intake { return Intake{Err: "port is taken"} })
	if got := r.Sources(public); len(got) != 0 {
		t.Errorf("others see %+v", got)
	}
	s, err := r.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := Alarm{Source: cure.Source("cowrie/quiet"), What: "is not being read: port is taken"}
	if len(s.Alarms) != 1 || s.Alarms[0] != want {
		t.Errorf("alarms %+v, want %+v", s.Alarms, want)
	}
}
