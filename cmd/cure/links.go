package main

import (
	"fmt"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

type linksCmd struct {
	A       string `arg:"" optional:"" help:"Publisher or source."`
	B       string `arg:"" optional:"" help:"Another: what both know."`
	Sources bool   `help:"By source instead of by publisher."`
	Limit   int    `short:"n" default:"50" help:"Rows at most."`
}

// Help says what the figures are.
func (linksCmd) Help() string {
	return `Without arguments: how many observables each pair of publishers shares; the
diagonal is what each knows. With two names: which observables those are, the
most telling first.

  cure links
  cure links --sources
  cure links dionaea feeds`
}

// Run prints the matrix or one field of it.
func (c *linksCmd) Run(e *env) error {
	if err := checkRows(c.Limit); err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	e.warnBehind(cl)
	if c.A != "" {
		return c.shared(e, cl)
	}
	m, err := cl.Links(e.ctx, c.Sources)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(m)
	}
	if len(m.Names) == 0 {
		fmt.Fprintln(e.err, "nothing here yet: publish something first ('cure publish --help'), or try 'cure demo'")
		return errNone
	}
	matrixGrid(m).print(e.out)
	return nil
}

// matrixGrid lays out a matrix; "." stands for zero.
func matrixGrid(m *client.Matrix) *grid {
	head := []string{""}
	for _, n := range m.Names {
		head = append(head, "#"+n)
	}
	t := newGrid(head...)
	for i, n := range m.Names {
		row := []any{n}
		for _, shared := range m.Shared[i] {
			if shared == 0 {
				row = append(row, ".")
			} else {
				row = append(row, shared)
			}
		}
		t.add(row...)
	}
	return t
}

func (c *linksCmd) shared(e *env, cl *client.Client) error {
	if c.B == "" {
		return cure.Errorf(cure.Invalid, "give two publishers or sources, or none for the matrix")
	}
	s, err := cl.Shared(e.ctx, c.A, c.B, client.Page{Limit: c.Limit})
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(s)
	}
	fmt.Fprintf(e.err, "%s and %s share %d observables\n", s.A, s.B, s.Total)
	if len(s.Values) == 0 {
		return errNone
	}
	t := newGrid("kind", "value", "#weight", "#count", "last", "sources", "why")
	for _, v := range s.Values {
		t.add(v.Observable.Kind, v.Observable.Value, fmt.Sprintf("%.2f", v.Weight), v.Count, day(v.Last), join(v.Sources), v.Why)
	}
	t.print(e.out)
	if s.Cut > 0 {
		fmt.Fprintf(e.err, "%d more: raise the limit with -n\n", s.Cut)
	}
	return nil
}
