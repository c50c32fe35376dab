package main

import (
	"fmt"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/text"
)

type vulnTrendCmd struct {
	From  string `placeholder:"DAY" help:"First day, as in 2024-01-31; default: two years before the last."`
	To    string `placeholder:"DAY" help:"Last day; default: today."`
	Step  string `enum:",month,quarter,year" default:"" help:"month, quarter or year; default: what fits the time."`
	Limit int    `short:"n" default:"10" help:"Types at most."`
}

// Help teaches by example.
func (vulnTrendCmd) Help() string {
	return `Counts the CVEs of each type by the time at which they were published: those whose
type a publisher says, and behind a plus those that only the model has estimated.

  cure vuln trend
  cure vuln trend --from 2020-01-01 --step year -n 20`
}

// Run asks and prints.
func (c *vulnTrendCmd) Run(e *env) error {
	var span [2]time.Time
	for i, s := range [...]string{c.From, c.To} {
		if s == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, s)
		if err != nil {
			return cure.Errorf(cure.Invalid, "%.40q is no day like 2024-01-31", s)
		}
		span[i] = t
	}
	if !span[1].IsZero() {
		span[1] = span[1].AddDate(0, 0, 1).Add(-time.Second)
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	trend, err := cl.TypeTrend(e.ctx, span[0], span[1], c.Step, c.Limit)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(trend)
	}
	layout := map[string]string{"month": "2006-01", "quarter": "2006-01", "year": "2006"}[trend.Step]
	head := []string{"type"}
	for _, p := range trend.Periods {
		head = append(head, "#"+p.Format(layout))
	}
	t := newGrid(append(head, "name")...)
	row := func(first, last string, count func(i int) string) {
		cells := []any{first}
		for i := range trend.Periods {
			cells = append(cells, count(i))
		}
		t.add(append(cells, last)...)
	}
	for _, x := range trend.Types {
		row(x.Type.String(), text.Printable(x.Name, 60), func(i int) string { return pairOf(x.Official[i], x.Estimated[i]) })
	}
	row("cannot tell", "", func(i int) string { return pairOf(trend.Untyped[i], 0) })
	row("all", "", func(i int) string { return pairOf(trend.Total[i], 0) })
	t.print(e.out)
	return nil
}

// pairOf writes 12 published and 3 estimated ones as 12+3.
func pairOf(published, estimated int) string {
	switch {
	case published == 0 && estimated == 0:
		return "-"
	case estimated == 0:
		return fmt.Sprint(published)
	}
	return fmt.Sprintf("%d+%d", published, estimated)
}
