package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/text"
)

type tailCmd struct {
	Query  []string      `arg:"" optional:"" help:"Only records with a value that fulfils this query."`
	Source string        `help:"Only of this publisher or source." placeholder:"NAME"`
	Kind   string        `help:"Only with a value of this kind." placeholder:"KIND"`
	After  string        `help:"Begin behind this cursor, which the last line printed by --cursor names; 0: with the oldest in the log." placeholder:"CURSOR"`
	Since  time.Duration `help:"Begin with what arrived so long ago." placeholder:"1h"`
	Raw    bool          `help:"With the raw texts."`
	Cursor bool          `help:"Also print where another tail would go on."`
	Number int           `short:"n" help:"End after so many records; 0: never."`
}

// Help teaches by example.
func (tailCmd) Help() string {
	return `Prints records as they arrive, as far as your key may see them, and goes on where
it was when the connection breaks or the hub is started anew. What is not there
any more is said. A line is a record: arrival, source, id, values, tags.
Ctrl-C ends it.

  cure tail
  cure tail --source cowrie 'role:infected 198.51.100.0/24'
  cure tail --kind hash --since 1h
  cure tail --json --after 0 > all.jsonl`
}

// errEnough ends a tail that has what it wants.
var errEnough = cure.Errorf(cure.NotFound, "enough")

// Run follows until the context ends.
func (c *tailCmd) Run(e *env) error {
	f := client.Follow{After: c.After, Source: c.Source, Query: strings.Join(c.Query, " "), Raw: c.Raw}
	if c.Kind != "" {
		k, err := cure.ParseKind(c.Kind)
		if err != nil {
			return err
		}
		f.Kind = k
	}
	if c.Since > 0 {
		f.From = e.now().Add(-c.Since)
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	t := tail{cmd: c, env: e}
	err = cl.Stream(e.ctx, f, t.event)
	switch {
	case err == errEnough, e.ctx.Err() == context.Canceled:
		return nil
	}
	return err
}

// tail prints a stream.
type tail struct {
	cmd  *tailCmd
	env  *env
	n    int
	lost bool
}

func (t *tail) event(ev client.StreamEvent) error {
	w := t.env.err
	switch {
	case ev.Lost != nil:
		if !t.lost {
			fmt.Fprintf(w, "connection lost, trying again: %s\n", text.Printable(ev.Lost.Error(), 0))
		}
		t.lost = true
		return nil
	case t.lost:
		t.lost = false
		fmt.Fprintln(w, "connected again")
	}
	if g := ev.Gap; g != nil {
		where := ""
		if g.To > 0 {
			where = fmt.Sprintf(" %d to %d", g.From, g.To)
		}
		fmt.Fprintf(w, "gap: batches%s are missing: %s\n", where, text.Printable(g.Why, 0))
	}
	for i := range ev.Records {
		if err := t.record(&ev.Records[i]); err != nil {
			return err
		}
		if t.n++; t.n == t.cmd.Number {
			return errEnough
		}
	}
	if t.cmd.Cursor && ev.Cursor != "" {
		fmt.Fprintf(w, "cursor %s\n", text.Printable(ev.Cursor, 0))
	}
	return nil
}

// record prints one record. Text of strangers is made harmless: JSON escapes
// controls, lines are made printable.
func (t *tail) record(r *client.Opened) error {
	if t.env.flags.JSON {
		return json.NewEncoder(t.env.out).Encode(r)
	}
	_, err := fmt.Fprintf(t.env.out, "%s %s %s %s\n", r.Arrived.UTC().Format("15:04:05.000"), r.Source, r.ID, text.Printable(lineOf(r), tailWidth))
	if err == nil && len(r.Raw) > 0 {
		for line := range strings.SplitSeq(string(r.Raw), "\n") {
			if _, err = io.WriteString(t.env.out, "  "+text.Printable(line, 0)+"\n"); err != nil {
				return err
			}
		}
	}
	return err
}

// tailWidth bounds the values of a record in its line.
const tailWidth = 400

// lineOf names what a record is about.
func lineOf(r *client.Opened) string {
	var words []string
	add := func(w string) {
		if !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	for _, o := range r.Observations {
		if o.Role != cure.RoleUnknown {
			add(o.Observable.Value + " (" + o.Role.String() + ")")
		} else {
			add(o.Observable.Value)
		}
	}
	for _, a := range r.Annotations {
		add(a.Subject.Value + " = " + a.Tag.Value)
	}
	for _, d := range r.Detections {
		add("detection: " + d.Title)
	}
	for _, d := range r.Documents {
		add("document: " + d.Title)
	}
	for _, n := range r.Enrichments {
		add(n.Subject.Value + ": " + n.Name + " " + n.Value)
	}
	for _, k := range r.Cases {
		add("case: " + k.Title)
	}
	return strings.Join(words, "  ")
}
