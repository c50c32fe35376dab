package main

import (
	"fmt"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/text"
)

type quarantineCmd struct {
	Source string `arg:"" optional:"" help:"Only of this source."`
	Limit  int    `short:"n" default:"50" help:"Entries at most, newest first."`
	Raw    bool   `help:"Show the beginning of each raw record."`
}

// Help teaches by example.
func (quarantineCmd) Help() string {
	return `Raw records that could not be read, newest first: where they stand and why. A
list that was refused as a whole has one entry.

  cure quarantine
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
