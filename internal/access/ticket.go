package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/hub"
)

// maxTickets bounds the built-in tickets.
const maxTickets = 100_000

// The events of tickets.
const (
	ticketNew    = "ticket.new"
	ticketChange = "ticket.change"
)

// notes are the built-in tickets, in the order of the meta stream, which
// numbers them: every hub gives the same numbers. Guarded by the registry's
// lock; a ticket is replaced, not changed, since readers hold it.
type notes struct {
	all  []*cure.Ticket
	byID map[string]int
}

// take applies an event; false for any other.
func (n *notes) take(e *event) bool {
	switch {
	case e.Type == ticketNew && e.Ticket != nil && e.Ticket.Check() == nil:
		if len(n.all) < maxTickets {
			t := *e.Ticket
			t.ID = fmt.Sprintf("TT-%d", len(n.all)+1)
			n.byID[t.ID] = len(n.all)
			n.all = append(n.all, &t)
		}
	case e.Type == ticketChange && e.Change != nil && e.Change.Check() == nil:
		i, ok := n.byID[e.ID]
		if !ok {
			break
		}
		t := *n.all[i]
		if c := e.Change; c.Tag != nil && len(t.Tags) < cure.MaxTicketParts && !says(&t, c.Tag) {
			t.Tags = append(slices.Clip(t.Tags), *c.Tag)
		}
		if c := e.Change.Comment; c != nil && len(t.Comments) < cure.MaxTicketParts {
			t.Comments = append(slices.Clip(t.Comments), *c)
		}
		t.Closed, t.Changed = t.Closed || e.Change.Close, e.Time
		n.all = slices.Clone(n.all)
		n.all[i] = &t
	default:
		return false
	}
	return true
}

// says reports whether an analyst said so before.
func says(t *cure.Ticket, tag *cure.TicketTag) bool {
	return slices.ContainsFunc(t.Tags, func(x cure.TicketTag) bool {
		return x.Observable == tag.Observable && x.Tag == tag.Tag && x.Name == tag.Name
	})
}

// Tickets lists the built-in tickets that the principal may see, the newest
// first: those that hold or tag an observable, or all when o is zero; closed ones too
// when closed is set.
func (v View) Tickets(o cure.Observable, closed bool) []cure.Ticket {
	out := []cure.Ticket{}
	v.reg.mu.RLock()
	all := v.reg.notes.all
	v.reg.mu.RUnlock()
	for i := len(all) - 1; i >= 0; i-- {
		t := all[i]
		about := o.IsZero() || slices.Contains(t.Holds, o) || slices.ContainsFunc(t.Tags, func(x cure.TicketTag) bool { return x.Observable == o })
		if about && (closed || !t.Closed) && v.reads(t) {
			out = append(out, *t)
		}
	}
	return out
}

// reads reports whether the scope sees a ticket: by its marking, like data.
func (v View) reads(t *cure.Ticket) bool {
	return v.scope.Sees(cure.TicketSource, t.Marking.Or(hub.Strict))
}

// Ticket returns a ticket. NotFound: none that the principal may see.
func (v View) Ticket(id string) (cure.Ticket, error) {
	v.reg.mu.RLock()
	i, ok := v.reg.notes.byID[strings.ToUpper(id)]
	all := v.reg.notes.all
	v.reg.mu.RUnlock()
	if !ok || !v.reads(all[i]) {
		return cure.Ticket{}, cure.Errorf(cure.NotFound, "no ticket %.40q", id)
	}
	return *all[i], nil
}

// NewTicket opens a ticket and returns it with its number. It needs an analyst;
// without a marking it stays in the own organisation. What the records of its
// origin name it brings along, and says so in the hub. An error that follows
// the opening names the ticket.
func (v View) NewTicket(ctx context.Context, t cure.Ticket) (cure.Ticket, error) {
	if v.who.Role != RoleAdmin && v.who.Role != RoleAnalyst {
		return t, cure.Errorf(cure.Denied, "new ticket: only an analyst may open one")
	}
	r := v.reg
	t.Author, t.Name, t.Org, t.Created = v.who.Key, v.who.Name, v.who.Org, r.now().UTC()
	t.Changed, t.Closed, t.Tags, t.Comments = t.Created, false, nil, nil
	given := t.Marking
	t.Marking = given.Or(cure.Marking{TLP: min(hub.Strict.TLP, v.who.MaxTLP), PAP: hub.Strict.PAP, Licence: hub.Strict.Licence})
	t.Holds = nil
	if err := cmp.Or(cure.CheckName("new ticket: the title", t.Title), t.Check()); err != nil {
		return t, err
	}
	if err := v.gather(ctx, &t); err != nil {
		return t, fmt.Errorf("new ticket: %w", err)
	}
	if weaker(given, t.Marking) {
		return t, cure.Errorf(cure.Invalid, "new ticket: its records are %s, and a ticket that holds their values is as strict: leave the marking out, or name one that is no weaker", t.Marking)
	}
	if t.Marking.TLP > v.who.MaxTLP {
		return t, cure.Errorf(cure.Invalid, "new ticket: this key may not see TLP:%s itself", t.Marking.TLP)
	}
	made, err := v.open(ctx, t)
	if err != nil {
		return made, fmt.Errorf("new ticket: %w", err)
	}
	if err := v.bring(ctx, &made); err != nil {
		return made, fmt.Errorf("new ticket: %s is open, but its values are not in the hub: %w", made.ID, err)
	}
	return made, nil
}

// weaker reports whether some part of a marking, as far as it is given, is less
// strict than another.
func weaker(given, than cure.Marking) bool {
	return given.TLP != cure.TLPDefault && given.TLP < than.TLP ||
		given.PAP != cure.PAPDefault && given.PAP < than.PAP ||
		given.Licence != cure.LicenceDefault && given.Licence < than.Licence ||
		given.Orgs != "" && given.Orgs != than.Orgs
}

// open records a ticket and returns it as it stands.
func (v View) open(ctx context.Context, t cure.Ticket) (cure.Ticket, error) {
	r := v.reg
	r.change.Lock()
	defer r.change.Unlock()
	if err := r.record(ctx, v.who, event{Type: ticketNew, Ticket: &t}); err != nil {
		return t, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	for i := len(r.notes.all) - 1; i >= 0; i-- {
		if x := r.notes.all[i]; x.Author == t.Author && x.Created.Equal(t.Created) && x.Title == t.Title {
			return *x, nil
		}
	}
	return t, cure.Errorf(cure.Unavailable, "there are %d, the most there can be", maxTickets)
}

// ChangeTicket tags an observable, adds a comment or closes a ticket. It needs
// an analyst. A tag is in the hub when it returns; when it could not be brought
// there, the same call again does.
func (v View) ChangeTicket(ctx context.Context, id string, c cure.TicketChange) (cure.Ticket, error) {
	t, err := v.Ticket(id)
	if err != nil {
		return t, err
	}
	if v.who.Role != RoleAdmin && v.who.Role != RoleAnalyst {
		return t, cure.Errorf(cure.Denied, "change ticket: only an analyst may")
	}
	if err := c.Check(); err != nil {
		return t, err
	}
	if len(t.Tags) >= cure.MaxTicketParts || len(t.Comments) >= cure.MaxTicketParts {
		return t, cure.Errorf(cure.Unavailable, "change ticket: %s has %d parts, the most there can be", t.ID, cure.MaxTicketParts)
	}
	now := v.reg.now().UTC()
	if c.Tag != nil {
		tag := *c.Tag
		tag.Name, tag.Time = v.who.Name, now
		c.Tag = &tag
	}
	if c.Comment != nil {
		c.Comment = &cure.TicketComment{Text: c.Comment.Text, Name: v.who.Name, Time: now}
	}
	v.reg.change.Lock()
	err = v.reg.record(ctx, v.who, event{Type: ticketChange, ID: t.ID, Change: &c})
	v.reg.change.Unlock()
	if err == nil && c.Tag != nil {
		err = v.tell(ctx, &t, c.Tag)
	}
	if err != nil {
		return t, fmt.Errorf("change ticket: %w", err)
	}
	return v.Ticket(t.ID)
}

// tell says a tag in the hub, once however often it is called.
func (v View) tell(ctx context.Context, t *cure.Ticket, tag *cure.TicketTag) error {
	doc := document(t)
	about := strings.TrimSuffix(t.ID+", "+tag.Name+": "+tag.Reason, ": ")
	rec := cure.Record{
		ID:           cure.NewID(string(cure.TicketSource), t.ID, tag.Observable.String(), tag.Tag.String(), tag.Name),
		Marking:      t.Marking,
		Documents:    []cure.Document{doc},
		Observations: []cure.Observation{{Observable: tag.Observable, First: tag.Time}},
		Annotations: []cure.Annotation{{
			Subject: tag.Observable, Tag: tag.Tag, Time: tag.Time, Confidence: 90, Document: doc.ID, Sentence: about,
		}},
		Attrs: []cure.Attr{{Name: "ticket", Value: t.ID}, {Name: "analyst", Value: tag.Name}},
	}
	return v.say(ctx, rec)
}

// gather reads the records of a ticket's origin, as far as the principal sees
// them, and puts what they name into the ticket: what was chosen first, values
// beyond the most there can be are left out and counted. The ticket gets the
// strictest marking of its own and all of theirs.
func (v View) gather(ctx context.Context, t *cure.Ticket) error {
	from := &t.From
	from.Sources, from.Left = nil, 0
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
		t.Marking = t.Marking.Join(rec.Marking.Or(hub.Strict))
		for _, o := range rec.Observations {
			switch {
			case slices.Contains(t.Holds, o.Observable):
			case len(t.Holds) < cure.MaxTicketHolds:
				t.Holds = append(t.Holds, o.Observable)
			default:
				from.Left++
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
