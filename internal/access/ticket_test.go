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

// TestTicketHoldsItsIncident: a ticket made of records holds what they name,
// says so in the hub, is as strict as they are, and opens nothing to whoever
// may not see them.
func TestTicketHoldsItsIncident(t *testing.T) {
	h := newHouse(t)
	h.orgs()
	ctx := context.Background()
	ours, theirs := addr("192.0.2.20"), addr("198.51.100.7")
	id := cure.NewID("incident")
	h.push("alerts/ids", cure.Record{ID: id, Marking: cure.Marking{TLP: cure.TLPRed}, Observations: []cure.Observation{
		seen(ours.Kind, ours.Value), seen(theirs.Kind, theirs.Value), seen(cure.KindPort, "tcp/23"),
	}})
	h.settle()
	ask := cure.Ticket{Title: "who scans us?", From: cure.TicketOrigin{Page: "alerts", About: theirs, Records: []string{id.String()}}}
	if _, err := h.analyst(cure.TLPAmber).NewTicket(ctx, ask); cure.KindOf(err) != cure.NotFound {
		t.Errorf("an analyst who may not see the record opens a ticket of it: %v, want NotFound", err)
	}
	alice := h.analyst(cure.TLPRed)
	made, err := alice.NewTicket(ctx, ask)
	if err != nil {
		t.Fatal(err)
	}
	if len(made.Holds) != 3 || made.Holds[0] != theirs || made.Marking.TLP != cure.TLPRed || len(made.From.Sources) != 1 || made.From.Sources[0] != "alerts/ids" {
		t.Errorf("ticket %+v", made)
	}
	clear := ask
	clear.Marking = cure.Marking{TLP: cure.TLPClear}
	if _, err := alice.NewTicket(ctx, clear); cure.KindOf(err) != cure.Invalid {
		t.Errorf("a ticket is opened that gives away what it holds: %v, want Invalid", err)
	}
	for _, o := range []cure.Observable{ours, theirs} {
		if a := h.ask(alice, o); len(a.Sources) != 2 || len(alice.Tickets(o, false)) != 1 {
			t.Errorf("%s is known to %v", o, a.Sources)
		}
		if a := h.ask(h.view("minato"), o); a.Known {
			t.Errorf("a partner learns of %s", o)
		}
	}
	if made, err = alice.NewTicket(ctx, cure.Ticket{Title: "x", From: cure.TicketOrigin{Records: make([]string, cure.MaxTicketFrom+1)}}); cure.KindOf(err) != cure.Invalid {
		t.Errorf("%+v, %v, want Invalid", made, err)
	}
}
