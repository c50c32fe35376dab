package main

import (
	"fmt"
	"time"

	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/text"
)

// printSources prints a line a source, and below what is wrong with some.
func (e *env) printSources(sources []client.SourceStatus) error {
	t := newGrid("source", "#values", "#observations", "#records", "#a second", "#lag", "#quarantined", "#refused", "last event", "last record", "marking")
	for i := range sources {
		s := &sources[i]
		records, rate, lag, quarantined, refused, good := "", "", "", "", "", ""
		if o := s.Operating; o != nil {
			records, quarantined, refused = fmt.Sprint(o.Records), fmt.Sprint(o.Quarantined), fmt.Sprint(o.Refused)
			rate, good = pace(o.Rate), minute(o.Good)
			if !o.Good.IsZero() {
				lag = late(o.Lag)
			}
		}
		t.add(s.Source, s.Values, s.Observations, records, rate, lag, quarantined, refused, minute(s.Last), good, s.Default)
	}
	if t.empty() {
		fmt.Fprintln(e.err, "no sources yet: see 'cure publish --help'")
		return nil
	}
	t.print(e.out)
	for i := range sources {
		e.printTrouble(&sources[i])
	}
	return nil
}

// printTrouble prints what is wrong with a source, and what a listener of the
// hub could not take.
func (e *env) printTrouble(s *client.SourceStatus) {
	say := func(what string) { fmt.Fprintf(e.out, "%s: %s\n", s.Source, text.Printable(what, 300)) }
	if o := s.Operating; o != nil && o.Clock != "" {
		say(o.Clock)
	}
	t := s.Intake
	if t == nil {
		return
	}
	if t.Err != "" && !t.Running {
		say(fmt.Sprintf("not read since %s: %s", minute(t.Since), t.Err))
	}
	if l := t.Listening; l != nil && l.Long+l.Dropped+l.Evicted+l.Handshakes > 0 {
		say(fmt.Sprintf("%d messages taken, %d cut as too long, %d datagrams lost for want of room, %d connections closed for others, %d TLS handshakes not finished",
			l.Messages, l.Long, l.Dropped, l.Evicted, l.Handshakes))
	}
}

// pace writes a rate.
func pace(r float64) string {
	switch {
	case r < 0.005:
		return "0"
	case r < 10:
		return fmt.Sprintf("%.2f", r)
	}
	return fmt.Sprintf("%.0f", r)
}

// late writes a lag as coarsely as it is read.
func late(d time.Duration) string {
	switch {
	case d.Abs() >= 48*time.Hour:
		return fmt.Sprintf("%.0fd", d.Hours()/24)
	case d.Abs() >= time.Hour:
		return fmt.Sprintf("%.1fh", d.Hours())
	case d.Abs() >= time.Minute:
		return fmt.Sprintf("%.0fm", d.Minutes())
	}
	return fmt.Sprintf("%.1fs", d.Seconds())
}
