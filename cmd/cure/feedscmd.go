package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/text"
)

type feedsCmd struct {
	List    feedsListCmd    `cmd:"" default:"1" help:"The feeds that are defined, which are on, and what is wrong with them."`
	Show    feedsShowCmd    `cmd:"" help:"All that is known of one feed."`
	Enable  feedsEnableCmd  `cmd:"" help:"Let the hub poll a feed."`
	Disable feedsDisableCmd `cmd:"" help:"Stop polling a feed; what it listed stays."`
	Poll    feedsPollCmd    `cmd:"" help:"Poll a feed now."`
	Add     feedsAddCmd     `cmd:"" help:"Add definitions from a file."`
	Compare feedsCompareCmd `cmd:"" help:"What feeds share, what only one has, and who had it first."`
}

type feedsListCmd struct {
	On bool `help:"Only those that are on."`
}

// Help teaches by example.
func (feedsListCmd) Help() string {
	return `All feeds are off until they are switched on, here or in the configuration
(feeds.enabled). Read the terms of a list before you use it.

  cure feeds
  cure feeds list --on
  cure feeds show urlhaus`
}

// Run lists the feeds.
func (c *feedsListCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	all, err := cl.Feeds(e.ctx)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(f client.Feed) bool { return c.On && !f.On })
	t := newGrid("feed", "state", "format", "via", "every", "licence", "role", "what")
	return printList(e, all, "no feed is on: 'cure feeds' lists them, 'cure feeds enable NAME' switches one on", t, func(f *client.Feed) {
		every := ""
		if f.Via != "none" {
			every = f.Every.String()
		}
		t.add(f.Name, stateOf(f), f.Format, f.Via, strings.TrimSuffix(strings.TrimSuffix(every, "0s"), "0m"), f.Licence, f.Role, text.Printable(f.Description, 60))
	})
}

type feedsShowCmd struct {
	Name string `arg:"" help:"Name of the feed."`
}

// Help teaches by example.
func (feedsShowCmd) Help() string {
	return `Its address and terms, its state and the reason of it, when it was polled and what
came of it.

  cure feeds show urlhaus`
}

// Run shows one feed.
func (c *feedsShowCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	all, err := cl.Feeds(e.ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(f client.Feed) bool { return f.Name == c.Name })
	switch {
	case i < 0:
		return cure.Errorf(cure.NotFound, "no feed is named %s: 'cure feeds' lists them", c.Name)
	case e.flags.JSON:
		return e.printJSON(all[i])
	}
	printFeed(e.out, &all[i])
	return nil
}

func stateOf(f *client.Feed) string {
	if f.Busy {
		return "polling"
	}
	return f.State
}

// printFeed prints all that is known of a feed.
func printFeed(w io.Writer, f *client.Feed) {
	t := newGrid("feed", text.Printable(f.Name, 60))
	add := func(name string, v any) {
		if s := text.Printable(fmt.Sprint(v), 200); s != "" && s != "0" && s != "0s" {
			t.add(name, s)
		}
	}
	add("what", f.Description)
	add("address", f.URL)
	add("format", f.Format+", via "+f.Via+", every "+f.Every.String())
	add("role", f.Role)
	add("may go", f.TLP.String()+", licence "+f.Licence.String()+" ("+f.Terms+")")
	add("half-life", f.HalfLife)
	add("defined", f.From)
	add("state", stateOf(f))
	add("reason", f.Reason)
	add("tried", minute(f.Tried))
	add("good", minute(f.Good))
	add("changed", minute(f.Changed))
	add("next", minute(f.Next))
	add("failed in a row", f.Failed)
	if !f.Good.IsZero() {
		add("last copy", fmt.Sprintf("%d bytes, %d raw records, %d published, %d quarantined", f.Bytes, f.Records, f.Published, f.Quarantined))
	}
	t.print(w)
}

type feedsEnableCmd struct {
	Names []string `arg:"" help:"Names of feeds."`
}

// Help teaches by example.
func (feedsEnableCmd) Help() string {
	return `The hub polls the feed at its period from now on, also after a restart.

  cure feeds enable feodo-c2 urlhaus`
}

// Run switches feeds on.
func (c *feedsEnableCmd) Run(e *env) error { return switchFeeds(e, c.Names, true) }

type feedsDisableCmd struct {
	Names []string `arg:"" help:"Names of feeds."`
}

// Help teaches by example.
func (feedsDisableCmd) Help() string {
	return `The hub does not poll the feed any more, also when the configuration switches it
on. What it listed stays, and loses its weight with time.

  cure feeds disable urlhaus`
}

// Run switches feeds off.
func (c *feedsDisableCmd) Run(e *env) error { return switchFeeds(e, c.Names, false) }

func switchFeeds(e *env, names []string, on bool) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	word := map[bool]string{true: "on", false: "off"}[on]
	for _, name := range names {
		f, err := cl.SwitchFeed(e.ctx, name, on)
		if err != nil {
			return err
		}
		if err := e.done(f, "%s is %s", f.Name, word); err != nil {
			return err
		}
	}
	return nil
}

type feedsPollCmd struct {
	Name string `arg:"" help:"Name of the feed."`
}

// Help teaches by example.
func (feedsPollCmd) Help() string {
	return `Fetches the feed and publishes what has changed, whether it is on or not, and
waits for the end. Ends with 2 when the feed is broken.

  cure feeds poll feodo-c2`
}

// Run polls a feed and prints what became of it.
func (c *feedsPollCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	f, err := cl.PollFeed(e.ctx, c.Name)
	for err == nil && f.Busy {
		select {
		case <-e.ctx.Done():
			return e.ctx.Err()
		case <-time.After(time.Second):
		}
		f, err = cl.PollFeed(e.ctx, c.Name)
	}
	if err != nil {
		return err
	}
	if e.flags.JSON {
		if err := e.printJSON(f); err != nil {
			return err
		}
	} else {
		printFeed(e.out, f)
	}
	if f.Failed > 0 {
		return cure.Errorf(cure.Invalid, "feed %s is broken: %s", f.Name, f.Reason)
	}
	return nil
}

type feedsAddCmd struct {
	File   string `arg:"" help:"YAML list of definitions; '-' is standard input." type:"path"`
	Enable bool   `help:"Switch them on too."`
}

// Help teaches by example.
func (feedsAddCmd) Help() string {
	return `Adds feed definitions to the running hub, which keeps them. They are off. A feed
that was added before is replaced. docs/feeds.md has an example of each format.

  cure feeds add feeds.yaml
  cure feeds add --enable feeds.yaml`
}

// Run adds definitions.
func (c *feedsAddCmd) Run(e *env) error {
	var data []byte
	var err error
	if strings.HasSuffix(c.File, string(os.PathSeparator)+"-") || c.File == "-" {
		data, err = io.ReadAll(io.LimitReader(e.in, 4<<20))
	} else {
		data, err = os.ReadFile(c.File)
	}
	if err != nil {
		return cure.Errorf(cure.Invalid, "read feed definitions: %w", err)
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	names, err := cl.AddFeeds(e.ctx, string(data))
	if err != nil {
		return err
	}
	if c.Enable {
		for _, name := range names {
			if _, err := cl.SwitchFeed(e.ctx, name, true); err != nil {
				return err
			}
		}
	}
	return e.done(names, "added %s", strings.Join(names, ", "))
}

type feedsCompareCmd struct {
	Names []string `arg:"" optional:"" help:"Feeds, other sources or publishers; none: all feeds."`
	Limit int      `short:"n" default:"30" help:"Pairs at most."`
}

// Help says what the figures are.
func (feedsCompareCmd) Help() string {
	return `Of each source: values, the share that no other of them has, and how often it was
the first of several to list a value, and by how long (median). Of each pair: what
they share and who was first. What stood in the first copy of a source does not
count for being first: nobody knows how long it had been there.

  cure feeds compare
  cure feeds compare ipsum blocklist-de
  cure feeds compare feeds cowrie/tokyo1`
}

// Run compares.
func (c *feedsCompareCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	e.warnBehind(cl)
	all, err := cl.Feeds(e.ctx)
	if err != nil { // not an administrator: the names are taken as they are
		all = nil
	}
	var names []string
	for _, n := range c.Names {
		if slices.ContainsFunc(all, func(f client.Feed) bool { return f.Name == n }) {
			n = "feeds/" + n
		}
		names = append(names, n)
	}
	found, err := cl.CompareFeeds(e.ctx, names...)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(found)
	}
	if len(found.Sources) == 0 {
		return errNone
	}
	printComparison(e.out, found, c.Limit)
	return nil
}

func printComparison(w io.Writer, c *client.Comparison, limit int) {
	t := newGrid("source", "#values", "#only here", "#share", "#with known times", "#first", "#by (median)")
	for _, s := range c.Sources {
		t.add(s.Source, s.Values, s.Unique, percent(s.Unique, s.Values), s.Timed, s.First, lead(s.Lead))
	}
	t.print(w)
	if len(c.Pairs) == 0 {
		return
	}
	fmt.Fprintln(w)
	t = newGrid("a", "b", "#shared", "#of a", "#of b", "#a first", "#by", "#b first", "#by")
	for _, p := range c.Pairs[:min(len(c.Pairs), max(limit, 0))] {
		t.add(p.A, p.B, p.Shared, fmt.Sprintf("%.1f %%", 100*p.ShareA), fmt.Sprintf("%.1f %%", 100*p.ShareB),
			p.AFirst, lead(p.LeadA), p.BFirst, lead(p.LeadB))
	}
	t.print(w)
}

func percent(n, of uint64) string { return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(max(of, 1))) }

// lead writes a duration as people do.
func lead(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%.1f h", d.Hours())
	}
	return cmp.Or(fmt.Sprintf("%.0f min", d.Minutes()), "0 min")
}

// printFeedFaults says which feeds are broken.
func printFeedFaults(e *env, all []client.Feed) {
	t := newGrid("broken feed", "state", "since", "reason")
	for i := range all {
		if f := &all[i]; f.State == "failing" || f.State == "stale" {
			since := minute(f.Good)
			if f.Good.IsZero() {
				since = "never good"
			}
			t.add(f.Source, f.State, since, text.Printable(f.Reason, 160))
		}
	}
	if !t.empty() {
		t.print(e.out)
		fmt.Fprintln(e.out)
	}
}
