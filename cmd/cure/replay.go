package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/text"
)

type replayCmd struct {
	Query  []string `arg:"" optional:"" help:"Only records with a value that fulfils this query."`
	From   string   `required:"" help:"Beginning: 2026-11-20T01:00:00Z, '2026-11-20 01:00' (UTC), 2026-11-20, or how long ago, as in 2h." placeholder:"TIME"`
	To     string   `default:"0s" help:"End, which is not in it; default: now." placeholder:"TIME"`
	Source string   `help:"Only of this publisher or source." placeholder:"NAME"`
	Kind   string   `help:"Only with a value of this kind." placeholder:"KIND"`
	Raw    bool     `help:"With the raw texts."`
	Speed  float64  `help:"Keep the pauses there were, so many times as fast; 0: none." placeholder:"N"`
}

// Help teaches by example.
func (replayCmd) Help() string {
	return `Prints what arrived at the hub in a past window, from the log, in the order in
which it arrived and as far as your key may see it today: what was deleted or
closed since then is not in it. With --json a line is a record as 'cure tail'
prints it. Exit status: 0 something arrived, 1 nothing, 2 an error, or part of
the window is not there any more.

  cure replay --from 2026-11-20 --to 2026-11-21 --source cowrie --json > day.jsonl
  cure replay --from 2h --to 1h 'role:infected'
  cure replay --from 10m --speed 10`
}

// Run prints the window and ends.
func (c *replayCmd) Run(e *env) error {
	now := e.now()
	from, err := whenOf("--from", c.From, now)
	if err != nil {
		return err
	}
	to, err := whenOf("--to", c.To, now)
	if err != nil {
		return err
	}
	if !from.Before(to) {
		return cure.Errorf(cure.Invalid, "--from %s is not before --to %s", from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	if c.Speed < 0 {
		return cure.Errorf(cure.Invalid, "--speed %g: want 0 or more", c.Speed)
	}
	f := client.Follow{From: from, To: to, Source: c.Source, Query: strings.Join(c.Query, " "), Raw: c.Raw}
	if c.Kind != "" {
		if f.Kind, err = cure.ParseKind(c.Kind); err != nil {
			return err
		}
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	r := replay{tail: tail{cmd: &tailCmd{Raw: c.Raw}, env: e}, speed: c.Speed, sleep: sleepFor}
	if err := cl.Stream(e.ctx, f, r.event); err != nil {
		return err
	}
	fmt.Fprintf(e.err, "%d records arrived from %s to %s\n", r.n, minute(from), minute(to))
	if r.gaps > 0 {
		return cure.Errorf(cure.Unavailable, "part of the window is not there any more")
	}
	if r.n == 0 {
		return errNone
	}
	return nil
}

// replay prints a window of the past.
type replay struct {
	tail
	speed float64
	sleep func(context.Context, time.Duration) error
	last  time.Time // arrival of the batch before
	gaps  int
}

func (r *replay) event(ev client.StreamEvent) error {
	if ev.Gap != nil {
		r.gaps++
	}
	if len(ev.Records) > 0 && r.speed > 0 {
		at := ev.Records[0].Arrived
		if wait := at.Sub(r.last); !r.last.IsZero() && wait > 0 {
			if err := r.sleep(r.env.ctx, time.Duration(float64(wait)/r.speed)); err != nil {
				return err
			}
		}
		r.last = at
	}
	return r.tail.event(ev)
}

func sleepFor(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// whenOf reads a time of the command line: a moment, or how long ago.
func whenOf(flag, value string, now time.Time) (time.Time, error) {
	if d, err := time.ParseDuration(value); err == nil && d >= 0 {
		return now.Add(-d).UTC(), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, value); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, cure.Errorf(cure.Invalid, "%s %s: want a time like 2026-11-20T01:00:00Z or 2026-11-20, or how long ago, as in 2h", flag, text.Printable(value, 40))
}
