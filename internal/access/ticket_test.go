package access_test

import (
	"context"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

// TestTicketsAreGraded: a tag is in the hub at once, for those who may see its
// ticket; to others neither ticket nor tag is there.
func TestTicketsAreGraded(t *testing.T) {
	h := newHouse(t)
	h.orgs()
	ctx := context.Background()
	o := addr("192.0.2.193")
	alice := h.analyst(cure.TLPRed)
	made, err := alice.NewTicket(ctx, cure.Ticket{Title: "who is it?", Marking: cure.Marking{TLP: cure.TLPRed}})
	if err != nil || made.ID != "TT-1" {
		t.Fatalf("ticket %+v, %v", made, err)
	}
	tag := func(v access.View, what string) error {
		_, err := v.ChangeTicket(ctx, made.ID, cure.TicketChange{
			Tag: &cure.TicketTag{Observable: o, Tag: cure.Observable{Kind: cure.KindTag, Value: what}, Reason: "seen"},
		})
		return err
	}
	for range 2 { // a retry says nothing twice
		if err := tag(alice, "scanner"); err != nil {
			t.Fatal(err)
		}
	}
	if err := tag(h.view(""), "attacker"); err != nil {
		t.Fatal(err)
	}
	a := h.ask(h.view(""), o)
	if len(a.Tied) != 2 || len(a.Conflicts) != 1 || a.Conflicts[0].About != "verdict" {
		t.Errorf("tied %+v, conflicts %+v", a.Tied, a.Conflicts)
	}
	if got := h.view("").Tickets(o, false); len(got) != 1 || len(got[0].Tags) != 2 {
		t.Errorf("tickets %+v", got)
	}
	for name, v := range map[string]access.View{"an analyst up to AMBER": h.analyst(cure.TLPAmber), "a partner": h.view("minato")} {
		_, err := v.Ticket(made.ID)
		if a := h.ask(v, o); cure.KindOf(err) != cure.NotFound || len(v.Tickets(o, true)) > 0 || len(a.Tied)+len(a.Sources) > 0 {
			t.Errorf("%s learns of a RED ticket: %v, %+v", name, err, a.Summary)
		}
		if err := tag(v, "x"); cure.KindOf(err) != cure.NotFound {
			t.Errorf("%s changes it: %v", name, err)
		}
	}
	if _, err := h.view("minato").NewTicket(ctx, cure.Ticket{Title: "x"}); cure.KindOf(err) != cure.Denied {
		t.Errorf("a reader opens one: %v", err)
	}
}
