package hub

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

// feed puts raw bytes into the log and waits until the hub has passed them.
func (r *rig) feed(subject string, payload []byte) {
	r.t.Helper()
	at, err := r.stream.Append(ctx, subject, "", payload)
	if err == nil {
		err = r.Applied(ctx, at)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func TestApplyDistrustsTheLog(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	good := p.batch(1, record("a", "198.51.100.1"))
	r.feed("obs.cowrie.b", good)           // source is not the subject
	r.feed("obs.cowrie.a", []byte("CURE")) // no batch
	r.feed("obs.cowrie.a", good[:len(good)/2])
	r.feed("obs.nobody", good)
	if n := r.count("198.51.100.1"); n != 0 {
		t.Errorf("a refused batch counts %d times", n)
	}
	if c := r.ledger.counts("cowrie/a"); c.Refused != 2 || c.Why == "" {
		t.Errorf("%d refused (%s), want 2 with a reason", c.Refused, c.Why)
	}
	if c := r.ledger.counts("cowrie/b"); c.Refused != 1 {
		t.Errorf("%d refused under the subject's source, want 1", c.Refused)
	}
	p.send(record("a", "198.51.100.1"))
	if n := r.count("198.51.100.1"); n != 1 {
		t.Errorf("good batch after bad ones counts %d times, want once", n)
	}
}

func TestFloorRaisesMarkings(t *testing.T) {
	floor := cure.Marking{TLP: cure.TLPAmber, Licence: cure.LicenceMembers}
	r := newRig(t, func(o *Options) {
		o.Policy.Floor = func(src cure.Source) cure.Marking {
			if src.Publisher() == "alerts" {
				return floor
			}
			return cure.Marking{}
		}
	})
	markings := func(v string) []cure.Marking {
		a, err := r.Answer(ctx, all, ip(v))
		if err != nil {
			t.Fatal(err)
		}
		var ms []cure.Marking
		for _, s := range a.Sights {
			ms = append(ms, s.Marking)
		}
		return ms
	}
	p := r.publisher("alerts/own")
	low, high, none := record("low", "198.51.100.1"), record("high", "198.51.100.2"), record("none", "198.51.100.3")
	low.Marking = cure.Marking{TLP: cure.TLPClear}
	high.Marking = cure.Marking{TLP: cure.TLPRed}
	p.send(low, high, none)
	raised := cure.Marking{TLP: cure.TLPAmber, PAP: cure.PAPClear, Licence: cure.LicenceMembers}
	red := raised
	red.TLP = cure.TLPRed
	for v, want := range map[string]cure.Marking{"198.51.100.1": raised, "198.51.100.2": red, "198.51.100.3": raised} {
		if diff := cmp.Diff([]cure.Marking{want}, markings(v)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", v, diff)
		}
	}
	if c := r.ledger.counts(p.src); c.Raised != 1 {
		t.Errorf("%d raised, want 1", c.Raised)
	}
	// A new default cannot go below either.
	at, err := r.Control(ctx, p.src, cure.Control{Op: cure.OpRegrade, Marking: open})
	if err == nil {
		err = r.Applied(ctx, at)
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]cure.Marking{raised}, markings("198.51.100.3")); diff != "" {
		t.Errorf("after a lower default (-want +got):\n%s", diff)
	}
}

func TestControlRefuses(t *testing.T) {
	r := newRig(t)
	r.publisher("cowrie/a")
	_, err := r.Control(ctx, "cowrie/a", cure.Control{Op: cure.OpCheckpoint, State: []byte("x")})
	want(t, cure.Invalid, err)
	_, err = r.Control(ctx, "cowrie/none", cure.Control{Op: cure.OpDelete, Observable: ip("198.51.100.1")})
	want(t, cure.NotFound, err)
}
