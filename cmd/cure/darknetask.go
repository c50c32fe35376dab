package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/analyse/darknet"
	"github.com/opencure/cure/internal/text"
)

type darknetExplainCmd struct {
	ID string `arg:"" help:"Of the activity, as 'cure darknet detect' names it."`
}

// Help teaches by example.
func (darknetExplainCmd) Help() string {
	return `  cure darknet explain 9ff984f54287e2d11243b838d34672cd
  cure darknet explain --json ID | jq .heat`
}

// Run explains.
func (c *darknetExplainCmd) Run(e *env) error {
	id, err := cure.ParseID(c.ID)
	if err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	a, err := cl.Activity(e.ctx, id)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(a)
	}
	fmt.Fprintf(e.out, "%s\n%s to %s at %s, severity %s. %s\n%s\n", text.Printable(a.Title, 0), minute(a.Start), minute(a.Last), a.Sensor, a.Severity, a.Todo, text.Printable(a.Pattern, 0))
	if a.Fingerprint != "" {
		fmt.Fprintln(e.out, text.Printable(a.Fingerprint, 0))
	}
	if len(a.SetAside) > 0 {
		fmt.Fprintln(e.out, "set aside:", text.Printable(strings.Join(a.SetAside, ", "), 0))
	}
	fmt.Fprintf(e.out, "sources a window, the last two hours: %s\n\n", tailOf(a.Growth.Counts, 12))
	t := newGrid("engine", "test", "window", "#value", "#expected", "#line", "#score")
	for _, v := range a.Votes {
		t.add(v.Engine, v.Test, minute(v.Window), fmt.Sprintf("%.4g", v.Value), fmt.Sprintf("%.3g", v.Baseline), fmt.Sprintf("%.4g", v.Threshold), fmt.Sprintf("%.2f", v.Score))
	}
	t.print(e.out)
	fmt.Fprintln(e.out)
	const shown = 20
	t = newGrid("host", "first", "#packets", "#windows", "tool", "set aside")
	for _, m := range a.Members[:min(len(a.Members), shown)] {
		t.add(m.Host.Value, minute(m.First), m.Packets, m.Windows, m.Tool, m.Scanner)
	}
	t.print(e.out)
	if n := len(a.Members) + a.Cut - shown; n > 0 {
		fmt.Fprintf(e.out, "and %d more\n", n)
	}
	return nil
}

func tailOf(counts []uint32, n int) string {
	return strings.Trim(fmt.Sprint(counts[max(len(counts)-n, 0):]), "[]")
}

type darknetWhyCmd struct {
	Port string `arg:"" help:"As tcp/23."`
	At   string `arg:"" help:"When: RFC 3339, a date, or a duration before now such as 40m."`
}

// Help teaches by example.
func (darknetWhyCmd) Help() string {
	return `What each test of each engine measured, what it expected, and where its line was.

  cure darknet why tcp/445 40m
  cure darknet why tcp/23 2026-11-20T10:05:00+09:00`
}

// Run asks the hub.
func (c *darknetWhyCmd) Run(e *env) error {
	at, err := whenOf("at", c.At, e.now())
	if err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	w, err := cl.WhyNot(e.ctx, c.Port, at)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(w)
	}
	fmt.Fprintln(e.out, text.Printable(w.Answer, 0))
	t := newGrid("sensor", "engine", "test", "#value", "#expected", "#line", "because")
	for _, s := range w.Sensors {
		for _, j := range s.Judged {
			t.add(string(s.Sensor), j.Engine, j.Test, fmt.Sprintf("%.4g", j.Value), fmt.Sprintf("%.3g", j.Baseline), fmt.Sprintf("%.4g", j.Threshold), j.Why)
		}
	}
	t.print(e.out)
	return nil
}

type darknetReplayCmd struct {
	From string `default:"192h" help:"What arrived from here on: RFC 3339, a date, or a duration before now." placeholder:"TIME"`
	To   string `help:"Up to here; default: now." placeholder:"TIME"`
	Port string `help:"Tell what the tests made of this port in each window." placeholder:"PORT"`
}

// Help says what is replayed.
func (darknetReplayCmd) Help() string {
	return `Reads the darknet records of a time from the hub and runs the engines of this binary
over them anew. Nothing is published. Begin a day early: nothing alarms before a day
has been seen.

  cure darknet replay --from 2026-11-18 --to 2026-11-21
  cure darknet replay --from 48h --port tcp/48123`
}

// Run replays.
func (c *darknetReplayCmd) Run(e *env) error {
	from, err := whenOf("from", c.From, e.now())
	if err != nil {
		return err
	}
	to := e.now()
	if c.To != "" {
		if to, err = whenOf("to", c.To, e.now()); err != nil {
			return err
		}
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	d := newDetecting(0)
	var judged []darknet.Judgement
	port, named := darknet.ParsePort(c.Port)
	if c.Port != "" && !named {
		return cure.Errorf(cure.Invalid, "replay: %.40q is no port; write it as tcp/23", c.Port)
	}
	err = cl.Stream(e.ctx, client.Follow{From: from, To: to, Source: "darknet"}, func(ev client.StreamEvent) error {
		for i := range ev.Records {
			if g, ok := darknet.GroupOf(&ev.Records[i].Record); ok {
				d.house.AddGroup(&g)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.house.Flush()
	if !named {
		return e.activities(d.list())
	}
	judged = d.house.Curve(port, time.Time{}, e.now().AddDate(100, 0, 0))
	if e.flags.JSON {
		return e.printJSON(judged)
	}
	t := newGrid("window", "#sources", "#expected", "#line", "because")
	for _, j := range judged {
		t.add(minute(j.Window), fmt.Sprintf("%.0f", j.Value), fmt.Sprintf("%.3g", j.Baseline), fmt.Sprintf("%.0f", j.Threshold), j.Why)
	}
	t.print(e.out)
	return nil
}
