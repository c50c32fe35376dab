package main

import (
	"cmp"
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
	t := newGrid("time", "source", "place", "reason")
	return printList(e, bad, "the quarantine is empty", t, func(b *client.BadRecord) {
		t.add(minute(b.Time), b.Source, b.Place, b.Reason)
		if c.Raw && len(b.Raw) > 0 {
			t.add("", "", "", text.Printable(string(b.Raw), 110))
		}
	})
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
	t := newGrid("source", "records", "reason")
	return printList(e, all, "the quarantine is empty", t, func(l *line) {
		t.add(l.Source, l.Count, l.Reason)
	})
}
