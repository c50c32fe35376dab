package main

import (
	"fmt"

	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/text"
)

type contactsCmd struct {
	Value string `arg:"" help:"Address, domain, hash or URL, in any spelling."`
	Days  int    `default:"90" help:"How far to look back."`
	Limit int    `short:"n" default:"100" help:"Rows at most."`
}

// Help teaches by example.
func (contactsCmd) Help() string {
	return `Who of ours had to do with a value: own hosts in the flows of livenet, in alerts,
processes and web accesses that name it. It reaches back as far as single
observations are kept: retention.segments of the configuration, 90d for 90 days.

  cure contacts 192.0.2.45
  cure contacts hxxp://news[.]sazanami[.]example/ --days 7

Exit status: 0 found, 1 nobody, 2 error.`
}

// Run asks and prints.
func (c *contactsCmd) Run(e *env) error {
	if err := checkRows(c.Limit); err != nil {
		return err
	}
	o, err := ioc.Classify(c.Value)
	if err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	a, err := cl.Contacts(e.ctx, o, c.Days, c.Limit)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(a)
	}
	if len(a.Hosts) == 0 {
		fmt.Fprintf(e.err, "nobody of ours since %s, as far as you may see; single observations are kept since %s\n", day(a.Since), day(a.Kept))
		return errNone
	}
	fmt.Fprintf(e.err, "%s: %d of ours since %s; single observations are kept since %s\n", text.Printable(o.Value, 0), len(a.Hosts)+a.Cut, day(a.Since), day(a.Kept))
	t := newGrid("own host", "first", "last", "#count", "ports", "sources")
	for _, h := range a.Hosts {
		ports := ""
		for i, p := range h.Ports {
			if i > 0 {
				ports += ", "
			}
			ports += p.Value
		}
		t.add(h.Host.Value, minute(h.First), minute(h.Last), h.Count, ports, join(h.Sources))
	}
	t.print(e.out)
	if a.Partial {
		fmt.Fprintln(e.err, "the value is so common that only its newest million observations were looked at")
	}
	return nil
}
