package main

import (
	"fmt"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/text"
)

type recordCmd struct {
	ID string `arg:"" help:"Id of the record, as 'cure search VALUE' shows it."`
}

// Help teaches by example.
func (recordCmd) Help() string {
	return `Opens one record of the log: what a source reported at once, with its attributes
and the raw line it was read from. What names the own sensors is masked in it.

  cure record 6f1c0bd2a95e4b7d8c3e0f1a2b3c4d5e`
}

// Run opens a record.
func (c *recordCmd) Run(e *env) error {
	if c.ID == "" {
		return cure.Errorf(cure.Invalid, "which record? Give its id, as 'cure search VALUE' shows it")
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	rec, err := cl.Record(e.ctx, c.ID)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(rec)
	}
	e.printRecord(rec)
	return nil
}

// printRecord prints one opened record.
func (e *env) printRecord(rec *client.Opened) {
	fmt.Fprintf(e.out, "record of %s, arrived %s, %s\n", rec.Source, minute(rec.Arrived), rec.Marking)
	if rec.Note != "" {
		fmt.Fprintln(e.out, text.Printable(rec.Note, 0))
	}
	t := newGrid("kind", "value", "role", "#count", "first", "last")
	for _, o := range rec.Observations {
		t.add(o.Observable.Kind, o.Observable.Value, o.Role, o.Count, minute(o.First), minute(o.Last))
	}
	for _, a := range rec.Annotations {
		t.add("tag", a.Tag.Value, "on "+a.Subject.Value, a.Confidence, minute(a.Time), "")
	}
	t.print(e.out)
	if len(rec.Attrs) > 0 {
		fmt.Fprintln(e.out)
		t = newGrid("attribute", "value")
		for _, a := range rec.Attrs {
			t.add(a.Name, a.Value)
		}
		t.print(e.out)
	}
	if len(rec.Raw) > 0 {
		fmt.Fprintln(e.out, "\nraw")
		e.printText(string(rec.Raw))
	}
}

// printText prints text of strangers, line by line.
func (e *env) printText(s string) {
	for line := range strings.SplitSeq(s, "\n") {
		fmt.Fprintln(e.out, text.Printable(line, 0))
	}
}
