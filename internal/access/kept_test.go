package access_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

// TestKeptSearches: a search is its author's until it is shared, then its
// organisation's as far as the marking allows; nobody else learns of it, and a
// restart forgets none.
func TestKeptSearches(t *testing.T) {
	h := newHouse(t)
	h.orgs()
	ctx := context.Background()
	alice, bob := h.analyst(cure.TLPRed), h.analyst(cure.TLPAmber)
	keep := func(v access.View, name string, shared bool, m cure.Marking) cure.KeptSearch {
		t.Helper()
		k, err := v.KeepSearch(ctx, cure.KeptSearch{Name: name, Query: "source:cowrie kind:ip", Shared: shared, Marking: m})
		if err != nil || !k.Mine {
			t.Fatalf("%+v, %v", k, err)
		}
		return k
	}
	amber := cure.Marking{TLP: cure.TLPAmber}
	own := keep(alice, "own", false, amber)
	keep(alice, "red", true, cure.Marking{})
	keep(alice, "shared", true, amber)
	shared := keep(alice, " shared ", true, amber) // again
	h.restart()
	alice, bob = h.reg.View(h.hub, alice.Principal(), "test"), h.reg.View(h.hub, bob.Principal(), "test")
	for _, c := range []struct {
		who  string
		view access.View
		want int
	}{{"the author", alice, 3}, {"a colleague up to AMBER", bob, 1}, {"a partner", h.view("minato"), 0}} {
		if got := c.view.KeptSearches(); len(got) != c.want {
			t.Errorf("%s sees %+v, want %d", c.who, got, c.want)
		}
	}
	if got := bob.KeptSearches()[0]; got.ID != shared.ID || got.Mine || got.By != "alice" {
		t.Errorf("the colleague sees %+v", got)
	}
	if err := bob.ForgetSearch(ctx, own.ID); cure.KindOf(err) != cure.NotFound {
		t.Errorf("a colleague forgets what they may not see: %v", err)
	}
	if err := bob.ForgetSearch(ctx, shared.ID); cure.KindOf(err) != cure.Denied {
		t.Errorf("a colleague forgets another's: %v", err)
	}
	if err := alice.ForgetSearch(ctx, shared.ID); err != nil || len(bob.KeptSearches()) > 0 {
		t.Errorf("forgotten: %v, %+v", err, bob.KeptSearches())
	}
}

// TestKeptSearchesAreBounded: in number and size, and nobody keeps any under
// another's eyes.
func TestKeptSearchesAreBounded(t *testing.T) {
	h := newHouse(t)
	h.orgs()
	ctx := context.Background()
	v := h.analyst(cure.TLPGreen)
	for name, k := range map[string]cure.KeptSearch{
		"no name": {Query: "x"}, "no query": {Name: "x"}, "long": {Name: "x", Query: string(make([]byte, cure.MaxKeptQuery+1))},
		"control": {Name: "x\x1b[2J", Query: "x"}, "too strict": {Name: "x", Query: "x", Marking: cure.Marking{TLP: cure.TLPRed}},
	} {
		if _, err := v.KeepSearch(ctx, k); cure.KindOf(err) != cure.Invalid {
			t.Errorf("%s: %v, want Invalid", name, err)
		}
	}
	var last error
	n := 0
	for ; n < 1000 && last == nil; n++ {
		_, last = v.KeepSearch(ctx, cure.KeptSearch{Name: fmt.Sprint(n), Query: "x"})
	}
	if cure.KindOf(last) != cure.Conflict || len(v.KeptSearches()) != n-1 {
		t.Errorf("%d are kept, %v", len(v.KeptSearches()), last)
	}
	if _, err := v.KeepSearch(ctx, cure.KeptSearch{Name: "0", Query: "y"}); err != nil {
		t.Errorf("one of the same name is not replaced: %v", err)
	}
	p, err := h.reg.Preview(h.admin, "minato")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.reg.View(h.hub, p, "test").KeepSearch(ctx, cure.KeptSearch{Name: "x", Query: "x"}); cure.KindOf(err) != cure.Denied {
		t.Errorf("kept while looking as another: %v", err)
	}
}

// TestNamesThatDeceive: what people name is refused when it holds signs that
// nobody sees; nothing of it is kept.
func TestNamesThatDeceive(t *testing.T) {
	h := newHouse(t)
	v := h.analyst(cure.TLPRed)
	ctx := context.Background()
	for name, bad := range map[string]string{"escape": "a\x1b[2Jb", "override": "a\u202eb", "isolate": "a\u2067b", "zero width": "a\u200bb", "line": "a\nb"} {
		if _, err := v.KeepSearch(ctx, cure.KeptSearch{Name: bad, Query: "kind:ip"}); cure.KindOf(err) != cure.Invalid || err == nil {
			t.Errorf("%s, a search: %v", name, err)
		}
		if _, err := v.NewTicket(ctx, cure.Ticket{Title: bad}); cure.KindOf(err) != cure.Invalid || err == nil {
			t.Errorf("%s, a ticket: %v", name, err)
		}
		owner := cure.Override{Kind: cure.OverrideOwner, Target: cure.Target{Observable: addr("192.0.2.193")}, Value: bad, Reason: "x"}
		if _, err := h.reg.SetOverride(ctx, v.Principal(), owner); cure.KindOf(err) != cure.Invalid || err == nil {
			t.Errorf("%s, an owner: %v", name, err)
		}
	}
	if got := len(v.KeptSearches()) + len(v.Tickets(cure.Observable{}, true)); got != 0 {
		t.Errorf("%d are kept", got)
	}
}
