package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/text"
)

type casesCmd struct {
	Limit int `short:"n" default:"50" help:"Rows at most."`
}

// Help teaches by example.
func (casesCmd) Help() string {
	return `What engines and publishers found, those that began last first.

  cure cases
  cure case ID`
}

// Run lists cases.
func (c *casesCmd) Run(e *env) error {
	if err := checkRows(c.Limit); err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	all, err := cl.Cases(e.ctx, client.Page{Limit: c.Limit})
	if err != nil {
		return err
	}
	t := newGrid("id", "began", "ports", "#sources", "found by", "title", "")
	return printList(e, all, "no detections yet; 'cure case RECORD' explains an own alert", t, func(one *client.CaseFile) {
		d := &one.Detection
		var ports []string
		for _, p := range d.Ports {
			ports = append(ports, p.Value)
		}
		t.add(d.ID, minute(d.Start), strings.Join(ports, ", "), len(d.Sources), d.Source, d.Title, overruled(d.Suppressed()))
	})
}

type caseCmd struct {
	ID     string        `arg:"" help:"Id of the detection, or of a record: an own alert, say."`
	Before time.Duration `help:"How far before it to look; 72h without it." placeholder:"TIME"`
	After  time.Duration `help:"How far after it; 24h without it." placeholder:"TIME"`
}

// Help teaches by example.
func (caseCmd) Help() string {
	return `Puts together, from what your key may see, everything that exact joins and
engines relate to a detection or an own alert, each with its reason. A block
that nothing fills says what will.

  cure case 6f1c0bd2a95e4b7d8c3e0f1a2b3c4d5e`
}

// Run prints a case.
func (c *caseCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	k, err := cl.Case(e.ctx, c.ID, client.CaseWindow{Before: c.Before, After: c.After})
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(k)
	}
	d := &k.Detection
	fmt.Fprintf(e.out, "%s\n%s to %s, found by %s (%s), %s\n", text.Printable(k.Title, 0), minute(d.Start), minute(d.End), d.Source,
		text.Printable(d.Engine, 80), d.Marking)
	fmt.Fprintf(e.out, "looked at %s to %s\n", minute(k.From), minute(k.To))
	e.printOverrides(d.Overrides)
	for _, b := range k.Blocks {
		e.printBlock(&b)
	}
	return nil
}

func (e *env) printBlock(b *client.Block) {
	fmt.Fprintf(e.out, "\n%s\n", b.Name)
	if b.State == client.BlockEmpty {
		fmt.Fprintf(e.out, "  empty; filled by: %s\n", text.Printable(b.Fills, 0))
		return
	}
	t := newGrid("  kind", "value", "#count", "sources", "because", "")
	for i := range b.Parts {
		p := &b.Parts[i]
		kind, value := "", p.Text
		if !p.Observable.IsZero() {
			kind, value = p.Observable.Kind.String(), p.Observable.Value
			if p.Text != "" {
				value += " (" + p.Text + ")"
			}
		}
		t.add("  "+kind, value, p.Count, join(p.Sources), p.Reason, overruled(p.Overruled))
	}
	t.print(e.out)
	cutNote(e, b.Cut)
}
