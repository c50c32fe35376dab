package main

import (
	"fmt"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/text"
)

type similarCmd struct {
	Of   similarOfCmd   `cmd:"" default:"withargs" help:"The addresses that behave like one."`
	Eval similarEvalCmd `cmd:"" help:"Measure it on labelled groups."`
}

type similarOfCmd struct {
	Address string `arg:"" help:"The address."`
	After   uint64 `help:"Wait until the batch of this stream sequence is in." placeholder:"SEQ"`
}

// Help teaches by example.
func (similarOfCmd) Help() string {
	return `Which other addresses do what this one does: the same ports at the same times with
the same tools, as darknets, honeypots and alerts saw it in the last 30 days. Where an
address lives is never looked at. The score is the share of labelled pairs with that
overlap that were of one group; it does not say that anybody is hostile.

  cure similar 198.51.100.7
  cure similar 198.51.100.7 --json`
}

// Run asks.
func (c *similarOfCmd) Run(e *env) error {
	o, err := ioc.Canonical(cure.KindIP, c.Address)
	if err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	s, err := cl.Similar(e.ctx, o, c.After)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(s)
	}
	if s.State != client.SimilarFound {
		fmt.Fprintf(e.err, "%s: %s\n", s.State, s.Why)
		return errNone
	}
	if len(s.Values) == 0 {
		fmt.Fprintf(e.err, "nobody behaves like %s (%d traits were compared)\n", o.Value, s.Traits)
		return errNone
	}
	t := newGrid("address", "#score", "#overlap", "sources", "alike in")
	for _, v := range s.Values {
		t.add(v.Observable.Value, fmt.Sprintf("%.2f", v.Score), fmt.Sprintf("%.2f", v.Overlap), join(v.Sources), text.Printable(v.Why, 0))
	}
	t.print(e.out)
	fmt.Fprintln(e.err, strings.TrimSpace(s.Why))
	return nil
}
