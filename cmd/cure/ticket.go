package main

import (
	"fmt"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/text"
)

type ticketCmd struct {
	List    ticketListCmd    `cmd:"" default:"withargs" help:"List tickets."`
	New     ticketNewCmd     `cmd:"" help:"Open a ticket."`
	Show    ticketShowCmd    `cmd:"" help:"Print a ticket."`
	Tag     ticketTagCmd     `cmd:"" help:"Say what a value is."`
	Comment ticketCommentCmd `cmd:"" help:"Add a comment."`
	Close   ticketCloseCmd   `cmd:"" help:"Close a ticket."`
}

type ticketListCmd struct {
	Value string `arg:"" optional:"" help:"Only tickets that tag this value."`
	All   bool   `help:"Closed ones too."`
}

// Help teaches by example.
func (ticketListCmd) Help() string {
	return `Built-in tickets, the newest first, as far as your key may see them.

  cure ticket list
  cure ticket list 192.0.2.193 --all`
}

// Run lists tickets.
func (c *ticketListCmd) Run(e *env) error {
	o, err := optionalValue(c.Value)
	if err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	all, err := cl.Tickets(e.ctx, o, c.All)
	if err != nil {
		return err
	}
	t := newGrid("ticket", "title", "by", "changed", "#tags", "", "marking")
	return printList(e, all, "", t, func(x *cure.Ticket) {
		t.add(x.ID, x.Title, x.Name+" ("+x.Org+")", minute(x.Changed), fmt.Sprint(len(x.Tags)), ticketState(x), x.Marking)
	})
}

func ticketState(t *cure.Ticket) string {
	if t.Closed {
		return "closed"
	}
	return "open"
}

type ticketNewCmd struct {
	Title   string   `arg:"" help:"What it is about, in a line."`
	Text    string   `help:"What is known." placeholder:"TEXT"`
	Marking string   `help:"Its grade, and that of its tags; without one it stays in your organisation." placeholder:"MARKING"`
	Record  []string `help:"It is about this record, as 'cure alerts' names it: the ticket holds its values, 200 at most." placeholder:"ID"`
}

// Help teaches by example.
func (ticketNewCmd) Help() string {
	return `Prints the number of the ticket.

  cure ticket new 'Loader of camera malware' --marking TLP:AMBER
  cure ticket new 'Scan of us' --record 7f0c11109ca009380208925babb96d49`
}

// Run opens a ticket.
func (c *ticketNewCmd) Run(e *env) error {
	m, err := cure.ParseMarking(c.Marking)
	if err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	t, err := cl.NewTicket(e.ctx, cure.Ticket{Title: c.Title, Text: c.Text, Marking: m, From: cure.TicketOrigin{Records: c.Record}})
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(t)
	}
	fmt.Fprintln(e.out, t.ID)
	e.printLeft(t)
	return nil
}

// printLeft says what a ticket had no room for.
func (e *env) printLeft(t *cure.Ticket) {
	if t.From.Left > 0 {
		fmt.Fprintf(e.err, "it holds the first %d values of its records; %d observations of them are left out\n", len(t.Holds), t.From.Left)
	}
}

type ticketShowCmd struct {
	ID string `arg:"" help:"Number of the ticket, as in TT-12."`
}

// Help teaches by example.
func (ticketShowCmd) Help() string {
	return `Prints a ticket with its tags and comments.

  cure ticket show TT-12`
}

// Run prints a ticket.
func (c *ticketShowCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	t, err := cl.Ticket(e.ctx, c.ID)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(t)
	}
	fmt.Fprintf(e.out, "%s %s\n%s, by %s (%s) at %s, %s\n", t.ID, text.Printable(t.Title, 0), ticketState(t),
		text.Printable(t.Name, 80), t.Org, minute(t.Created), t.Marking)
	if t.Text != "" {
		e.printText(t.Text)
	}
	e.printOrigin(t)
	g := newGrid("  value", "tag", "by", "at", "reason")
	for _, x := range t.Tags {
		g.add("  "+x.Observable.Value, x.Tag.Value, x.Name, minute(x.Time), x.Reason)
	}
	if !g.empty() {
		g.print(e.out)
	}
	for _, x := range t.Comments {
		fmt.Fprintf(e.out, "%s at %s: %s\n", text.Printable(x.Name, 80), minute(x.Time), text.Printable(x.Text, 0))
	}
	return nil
}

// printOrigin prints where a ticket came from, and what it holds.
func (e *env) printOrigin(t *cure.Ticket) {
	if len(t.From.Records) > 0 {
		fmt.Fprintf(e.out, "from %s, record %s\n", join(t.From.Sources), strings.Join(t.From.Records, ", "))
	}
	g := newGrid("  holds", "kind")
	for _, o := range t.Holds {
		g.add("  "+o.Value, o.Kind)
	}
	if !g.empty() {
		g.print(e.out)
	}
	e.printLeft(t)
}

type ticketTagCmd struct {
	ID     string `arg:"" help:"Number of the ticket."`
	Value  string `arg:"" help:"The value, in any spelling."`
	Tag    string `arg:"" help:"What it is: scanner, attacker, loader, malware:NAME …"`
	Reason string `help:"Why; it is shown as the evidence." placeholder:"TEXT"`
}

// Help teaches by example.
func (ticketTagCmd) Help() string {
	return `The tag is an annotation of source tickets/built-in, in the hub at once. Where
analysts hold a value for different things, answers show the conflict.

  cure ticket tag TT-12 198.51.100.23 loader --reason 'hands out K1'`
}

// Run tags a value.
func (c *ticketTagCmd) Run(e *env) error {
	o, err := ioc.Classify(c.Value)
	if err != nil {
		return err
	}
	tag, err := tagValue(c.Tag)
	if err != nil {
		return err
	}
	return changeTicket(e, c.ID, cure.TicketChange{Tag: &cure.TicketTag{Observable: o, Tag: tag, Reason: c.Reason}},
		fmt.Sprintf("%s is %s", o.Value, tag.Value))
}

type ticketCommentCmd struct {
	ID   string `arg:"" help:"Number of the ticket."`
	Text string `arg:"" help:"The comment."`
}

// Help teaches by example.
func (ticketCommentCmd) Help() string {
	return `Comments are not searched for values: tag what you mean.

  cure ticket comment TT-12 'asked the operator'`
}

// Run adds a comment.
func (c *ticketCommentCmd) Run(e *env) error {
	return changeTicket(e, c.ID, cure.TicketChange{Comment: &cure.TicketComment{Text: c.Text}}, "comment added")
}

type ticketCloseCmd struct {
	ID string `arg:"" help:"Number of the ticket."`
}

// Help teaches by example.
func (ticketCloseCmd) Help() string {
	return `A closed ticket and its tags stay.

  cure ticket close TT-12`
}

// Run closes a ticket.
func (c *ticketCloseCmd) Run(e *env) error {
	return changeTicket(e, c.ID, cure.TicketChange{Close: true}, "closed")
}

func changeTicket(e *env, id string, change cure.TicketChange, what string) error {
	if err := change.Check(); err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	t, err := cl.ChangeTicket(e.ctx, id, change)
	if err != nil {
		return err
	}
	return e.done(t, "%s: %s", t.ID, text.Printable(what, 200))
}
