package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/text"
)

// printAnswer prints all that is known of one value.
func (e *env) printAnswer(a *client.Answer) {
	if !a.Known {
		e.printMiss(a)
		e.printCovering(a)
		return
	}
	fmt.Fprintf(e.out, "%s %s  seen %s by %s, %s to %s\n", a.Observable.Kind,
		text.Printable(a.Observable.Value, 0), counted(a.Count, "time"), counted(uint64(len(a.Sources)), "source"), day(a.First), day(a.Last))
	e.printOverrides(a.Overrides)
	e.printNotes(a.Notes)
	if len(a.Sights) > 0 {
		t := newGrid("source", "role", "#count", "first", "last", "state", "marking")
		for _, s := range a.Sights {
			t.add(s.Source, roles(s.Roles), s.Count, minute(s.First), minute(s.Last), listState(s), s.Marking)
		}
		t.print(e.out)
	}
	e.printTags(a.Tied)
	e.printReached(a)
	e.printConflicts(a.Conflicts)
	e.printLinks(a)
	e.printRelated(a)
	e.printCovering(a)
	e.printRecent(a.Recent)
}

// printRecent shows the records that arrived last, which 'cure record' opens.
func (e *env) printRecent(recent []client.Sighting) {
	const most = 5
	t := newGrid("  time", "source", "role", "record")
	for _, s := range recent[:min(len(recent), most)] {
		t.add("  "+minute(s.First), s.Source, s.Role, s.Record)
	}
	if !t.empty() {
		fmt.Fprintln(e.out, "\nrecords, last arrived first")
		t.print(e.out)
	}
}

func (e *env) printNotes(notes []client.Note) {
	for _, n := range notes {
		fmt.Fprintf(e.out, "%s: %s (%s v%d", n.Name, text.Printable(n.Value, 200), n.Enricher, n.Version)
		if n.Why != "" {
			fmt.Fprintf(e.out, ": %s", text.Printable(n.Why, 200))
		}
		fmt.Fprint(e.out, ")")
		if n.Overruled != nil {
			fmt.Fprint(e.out, " ", overruled(n.Overruled))
		}
		fmt.Fprintln(e.out)
	}
}

func (e *env) printTags(tags []client.Tag) {
	if len(tags) == 0 {
		return
	}
	fmt.Fprintln(e.out, "\ntags")
	t := newGrid("  tag", "#confidence", "said by", "last", "sentence", "")
	for _, g := range tags {
		sentence := ""
		for _, v := range g.Evidence {
			if sentence == "" {
				sentence = v.Sentence
			}
		}
		t.add("  "+g.Tag.Value, g.Confidence, join(g.Sources), minute(g.Last), sentence, overruled(g.Overruled))
	}
	t.print(e.out)
}

func (e *env) printLinks(a *client.Answer) {
	if len(a.Links) == 0 {
		return
	}
	fmt.Fprintln(e.out, "\nlinks")
	t := newGrid("  between", "and", "#weight", "why")
	for _, l := range a.Links {
		if l.Overruled != nil {
			continue
		}
		t.add("  "+string(l.A), l.B, fmt.Sprintf("%.2f", l.Weight), l.Why)
	}
	t.print(e.out)
	for _, l := range a.Links {
		if l.Overruled != nil {
			fmt.Fprintf(e.out, "  folded: %s and %s, %s\n", l.A, l.B, overruled(l.Overruled))
		}
	}
	cutNote(e, a.LinksCut)
}

func (e *env) printRelated(a *client.Answer) {
	if len(a.Related) == 0 {
		return
	}
	fmt.Fprintln(e.out, "\nin the same records")
	t := newGrid("  kind", "value", "#count", "sources", "")
	for _, r := range a.Related {
		common := ""
		if r.Common {
			common = "very common"
		}
		t.add("  "+r.Observable.Kind.String(), r.Observable.Value, r.Count, join(r.Sources), common)
	}
	t.print(e.out)
	cutNote(e, a.RelatedCut)
}

func (e *env) printCovering(a *client.Answer) {
	for i, s := range a.Covering {
		if i == 0 {
			fmt.Fprintln(e.out, "\nin these ranges")
		}
		fmt.Fprintf(e.out, "  %s  %s\n", s.Observable.Value, join(s.Sources))
	}
}

func cutNote(e *env, n int) {
	if n > 0 {
		fmt.Fprintf(e.out, "  … and %d more\n", n)
	}
}

func roles(rs []cure.Role) string {
	var w []string
	for _, r := range rs {
		if r != cure.RoleUnknown {
			w = append(w, r.String())
		}
	}
	return strings.Join(w, ", ")
}

func listState(s client.SourceSight) string {
	switch {
	case s.Ended:
		return "ended"
	case s.Listed:
		return "listed"
	}
	return "seen"
}

// day and minute print times in UTC; "-" where there is none.
func day(t time.Time) string    { return stamp(t, time.DateOnly) }
func minute(t time.Time) string { return stamp(t, "2006-01-02 15:04Z") }

func stamp(t time.Time, layout string) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(layout)
}
