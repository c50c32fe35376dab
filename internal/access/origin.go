package access

import (
	"context"
	"slices"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/hub"
)

// gather reads the records of a ticket's origin, as far as the principal sees
// them, and puts what they name into the ticket: what was chosen first, values
// beyond the most there can be are left out. With join the ticket gets the
// strictest marking of them all.
func (v View) gather(ctx context.Context, t *cure.Ticket, join bool) error {
	from := &t.From
	from.Sources = nil
	if !from.About.IsZero() {
		t.Holds = append(t.Holds, from.About)
	}
	for i, ref := range from.Records {
		rec, err := v.Record(ctx, ref)
		if err != nil {
			return err
		}
		from.Records[i] = rec.ID.String()
		if !slices.Contains(from.Sources, rec.Source) {
			from.Sources = append(from.Sources, rec.Source)
		}
		if join {
			t.Marking = t.Marking.Join(rec.Marking.Or(hub.Strict))
		}
		for _, o := range rec.Observations {
			if len(t.Holds) < cure.MaxTicketHolds && !slices.Contains(t.Holds, o.Observable) {
				t.Holds = append(t.Holds, o.Observable)
			}
		}
	}
	slices.Sort(from.Records)
	from.Records = slices.Compact(from.Records)
	return nil
}

// bring says in the hub what a ticket holds; ports tell nothing apart, so they
// stay with the ticket.
func (v View) bring(ctx context.Context, t *cure.Ticket) error {
	rec := cure.Record{
		ID: cure.NewID(string(cure.TicketSource), t.ID), Marking: t.Marking, Documents: []cure.Document{document(t)},
		Attrs: []cure.Attr{{Name: "ticket", Value: t.ID}, {Name: "analyst", Value: t.Name}},
	}
	for _, o := range t.Holds {
		if o.Kind != cure.KindPort {
			rec.Observations = append(rec.Observations, cure.Observation{Observable: o, First: t.Created})
		}
	}
	if len(rec.Observations) == 0 {
		return nil
	}
	return v.say(ctx, rec)
}

// document is a ticket as others read of it.
func document(t *cure.Ticket) cure.Document {
	return cure.Document{ID: cure.NewID("ticket", string(cure.TicketSource), t.ID), Title: t.ID + " " + t.Title, Date: t.Created}
}

// say brings a record of a ticket into the hub and waits until it is there;
// again says nothing twice.
func (v View) say(ctx context.Context, rec cure.Record) error {
	seq, err := v.hub.Push(ctx, cure.TicketSource, rec.ID.String(), []cure.Record{rec})
	if err != nil {
		return err
	}
	return v.hub.Applied(ctx, seq)
}
