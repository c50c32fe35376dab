package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/text"
)

type quarantineCmd struct {
	Source string `arg:"" optional:"" help:"Only of this source."`
	Limit  int    `short:"n" default:"50" help:"Entries at most, newest first."`
	Raw    bool   `help:"Show the beginning of each raw record."`

	Summary bool `help:"Only count them by source and reason."`
}

// Help teaches by example.
func (quarantineCmd) Help() string {
	return `Raw records that could not be read, newest first: where they stand and why. A
list that was refused as a whole has one entry.

  cure quarantine
  cure quarantine --summary
  cure quarantine cowrie/tokyo1 --raw`
}

// Run lists raw records that could not be read.
func (c *quarantineCmd) Run(e *env) error {
	if err := checkRows(c.Limit); err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	if c.Summary {
		return c.summarise(e, cl)
	}
	bad, err := cl.Quarantined(e.ctx, cure.Source(c.Source), client.Page{Limit: c.Limit})
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(bad)
	}
	if len(bad) == 0 {
		fmt.Fprintln(e.err, "the quarantine is empty")
		return errNone
	}
	t := newGrid("time", "source", "place", "reason")
	for _, b := range bad {
		t.add(minute(b.Time), b.Source, b.Place, b.Reason)
		if c.Raw && len(b.Raw) > 0 {
			t.add("", "", "", text.Printable(string(b.Raw), 110))
		}
	}
	t.print(e.out)
	return nil
}

// summarise counts what is in the quarantine by source and reason, the most
// frequent first.
func (c *quarantineCmd) summarise(e *env, cl *client.Client) error {
	type line struct {
		Source cure.Source `json:"source"`
		Reason string      `json:"reason"`
		Count  int         `json:"count"`
	}
	count := map[line]int{}
	for skip := 0; ; skip += maxRows {
		bad, err := cl.Quarantined(e.ctx, cure.Source(c.Source), client.Page{Limit: maxRows, Skip: skip})
		if err != nil {
			return err
		}
		for _, b := range bad {
			count[line{Source: b.Source, Reason: b.Reason}]++
		}
		if len(bad) < maxRows {
			break
		}
	}
	all := []line{}
	for l, n := range count {
		l.Count = n
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b line) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Reason, b.Reason))
	})
	if e.flags.JSON {
		return e.printJSON(all)
	}
	if len(all) == 0 {
		fmt.Fprintln(e.err, "the quarantine is empty")
		return errNone
	}
	t := newGrid("source", "records", "reason")
	for _, l := range all {
		t.add(l.Source, l.Count, l.Reason)
	}
	t.print(e.out)
	return nil
}
