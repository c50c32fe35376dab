package access_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

// knock is a record of an address that looked for ports.
func knock(addr string, m cure.Marking, at time.Time, ports ...int) cure.Record {
	rec := cure.Record{Marking: m, Observations: []cure.Observation{{
		Observable: cure.Observable{Kind: cure.KindIP, Value: addr}, Role: cure.RoleScanner, First: at, Count: 3,
	}}}
	for _, p := range ports {
		rec.Observations = append(rec.Observations, cure.Observation{
			Observable: cure.Observable{Kind: cure.KindPort, Value: fmt.Sprintf("tcp/%d", p)}, Role: cure.RoleTarget, First: at,
		})
	}
	return rec
}

func ip(n int) string { return fmt.Sprintf("198.51.100.%d", n) }

// alikeTo returns the addresses like one, for a viewer.
func (h *house) alikeTo(v access.View, addr string) (found []string, s client.Similar) {
	h.t.Helper()
	s, err := v.Similar(ctx, cure.Observable{Kind: cure.KindIP, Value: addr}, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, v := range s.Values {
		found = append(found, v.Observable.Value)
	}
	return found, s
}

// members and noise fill a darknet: three do the same at the same time, others
// do something else.
func (h *house) darknet(m cure.Marking) {
	for i := range 3 {
		h.push("darknet/a", knock(ip(i), m, start.Add(-time.Hour), 23, 2323, 48123))
	}
	for i := 10; i < 40; i++ {
		h.push("darknet/a", knock(ip(i), m, start.Add(-time.Duration(i)*time.Hour), 22+i, 400+i))
	}
}

func TestSimilarAddresses(t *testing.T) {
	h := newHouse(t)
	v := h.view("")
	if _, s := h.alikeTo(v, ip(0)); s.State != client.SimilarReading {
		t.Errorf("before the log is read the state is %q", s.State)
	}
	h.darknet(cure.Marking{})
	h.push("darknet/a", knock(ip(50), cure.Marking{}, start, 23))
	defer h.compare()()
	found, s := h.alikeTo(v, ip(0))
	if diff := cmp.Diff([]string{ip(1), ip(2)}, found); diff != "" || s.State != client.SimilarFound {
		t.Fatalf("state %q, alike (-want +got):\n%s", s.State, diff)
	}
	for _, kind := range []string{"port", "slot", "ports"} {
		ok := false
		for _, trait := range s.Values[0].Shared {
			ok = ok || trait.Kind == kind
		}
		if !ok {
			t.Errorf("%s is not among the reasons %+v", kind, s.Values[0].Shared)
		}
	}
	if _, s := h.alikeTo(v, ip(50)); s.State != client.SimilarInsufficient {
		t.Errorf("three packets to one port are %q", s.State)
	}
	if _, s := h.alikeTo(v, ip(99)); s.State != client.SimilarUnknown {
		t.Errorf("an address nobody saw is %q", s.State)
	}
	_, err := v.Similar(ctx, seen(cure.KindDomain, "kagerou.example").Observable, 0)
	want(t, cure.Invalid, err)
}

// TestSimilarKeepsSecrets is the promise of the scopes for what is derived from
// many records: what a viewer may not see changes neither list nor score, and
// who sees nothing learns nothing.
func TestSimilarKeepsSecrets(t *testing.T) {
	red := cure.Marking{TLP: cure.TLPRed}
	plain, mixed := newHouse(t), newHouse(t)
	for _, h := range []*house{plain, mixed} {
		h.orgs()
		h.darknet(cure.Marking{})
	}
	// Of the same source and others: addresses that are more alike, more of
	// what is shared, and a crowd that makes what was rare common.
	for _, src := range []cure.Source{"darknet/a", "darknet/b", "cowrie/a"} {
		for i := range 60 {
			mixed.push(src, knock(ip(i), red, start.Add(-time.Hour), 23, 2323, 48123))
		}
	}
	for _, h := range []*house{plain, mixed} {
		defer h.compare()()
	}
	for _, org := range []string{"clear", "aoba", "minato"} {
		for _, addr := range []string{ip(0), ip(12), ip(55), ip(99)} {
			_, a := plain.alikeTo(plain.view(org), addr)
			_, b := mixed.alikeTo(mixed.view(org), addr)
			if diff := cmp.Diff(a, b); diff != "" {
				t.Errorf("%s asks for %s: RED records show (-without +with):\n%s", org, addr, diff)
			}
		}
	}
	if found, _ := mixed.alikeTo(mixed.view(""), ip(55)); len(found) == 0 {
		t.Error("the admin does not see them either: nothing was tested")
	}
}

// TestSimilarFollowsCorrections deletes and regrades what was compared.
func TestSimilarFollowsCorrections(t *testing.T) {
	h := newHouse(t)
	h.orgs()
	h.darknet(cure.Marking{})
	stop := h.compare()
	defer stop()
	admin, clear := h.view(""), h.view("clear")
	ask := func(v access.View, want ...string) {
		t.Helper()
		h.compared()
		if got, s := h.alikeTo(v, ip(0)); !cmp.Equal(got, want) {
			t.Errorf("alike are %q (%s), want %q", got, s.State, want)
		}
	}
	do := func(c cure.Control) {
		t.Helper()
		c.Reason = "test"
		if err := h.control("darknet/a", c); err != nil {
			t.Fatal(err)
		}
	}
	ask(clear, ip(1), ip(2))
	do(cure.Control{Op: cure.OpDelete, Observable: cure.Observable{Kind: cure.KindIP, Value: ip(1)}})
	ask(clear, ip(2))
	// From here on the engine stands still: what it has read of the source
	// before must not be shown any more.
	stop()
	do(cure.Control{Op: cure.OpRegrade, Marking: cure.Marking{TLP: cure.TLPRed}})
	if got, s := h.alikeTo(clear, ip(0)); got != nil || s.State != client.SimilarUnknown {
		t.Errorf("after a regrade to RED others still see %q (%s)", got, s.State)
	}
	defer h.compare()()
	ask(admin, ip(2))
	if got, _ := h.alikeTo(clear, ip(0)); got != nil {
		t.Errorf("read again, others see %q", got)
	}
}
