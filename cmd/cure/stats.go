package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/ops"
)

type statsCmd struct {
	Digest bool `help:"Also a hash over everything, by which two hubs are compared; reads the whole store."`
}

// Help teaches by example.
func (statsCmd) Help() string {
	return `Counts what your key may see: values by kind, observations, sources. Two hubs
that hold the same have the same digest.

  cure stats
  cure stats --digest`
}

// Run prints what the key may see, counted.
func (c *statsCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	e.warnBehind(cl)
	s, err := cl.Stats(e.ctx)
	if err != nil {
		return err
	}
	digest := ""
	if c.Digest {
		if digest, err = cl.Digest(e.ctx); err != nil {
			return err
		}
	}
	if e.flags.JSON {
		return e.printJSON(struct {
			*client.Stats
			Digest string `json:"digest,omitempty"`
		}{s, digest})
	}
	t := newGrid("", "#number")
	for _, k := range cure.Kinds() {
		if n := s.Values[k.String()]; n > 0 {
			t.add(k, n)
		}
	}
	t.add("observations", s.Observations)
	t.add("known by a source (pairs)", s.Pairs)
	t.add("tagged values", s.Tagged)
	t.add("sources", s.Sources)
	t.print(e.out)
	fmt.Fprintf(e.out, "event times %s to %s\n", minute(s.First), minute(s.Last))
	if digest != "" {
		fmt.Fprintf(e.out, "digest %s\n", digest)
	}
	return nil
}

type statusCmd struct {
	Sources bool `help:"Only the sources."`
}

// Help teaches by example.
func (statusCmd) Help() string {
	return `For administrators: how far the hub has read its log, memory, snapshots,
engines; and of each source when its last record came, how many a second come,
how late they are, and what of it was refused. A source that has fallen silent,
whose clock is wrong, or that the hub cannot read shows here.

  cure status
  cure status --sources`
}

// Run prints the state of the hub and of its sources.
func (c *statusCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	sources, err := cl.Sources(e.ctx)
	if err != nil {
		return err
	}
	if c.Sources && e.flags.JSON {
		return e.printJSON(sources)
	}
	if !c.Sources {
		s, err := cl.Status(e.ctx)
		if err != nil {
			return err
		}
		feeds, err := cl.Feeds(e.ctx)
		if err != nil {
			return err
		}
		feeds = slices.DeleteFunc(feeds, func(f client.Feed) bool { return f.State == "off" })
		if e.flags.JSON {
			return e.printJSON(map[string]any{"hub": s, "sources": sources, "feeds": feeds})
		}
		t := newGrid("hub", "")
		t.add("ready", s.Ready)
		t.add("applied", fmt.Sprintf("%d of %d", s.Applied, s.Last))
		t.add("running since", minute(s.Started))
		t.add("memory", fmt.Sprintf("%s of %s (%s)", mib(s.Bytes), mib(s.Budget), s.Memory))
		t.add("kept", fmt.Sprintf("%d segments, observations for %s, shed %d, expired %d", s.Segments, days(s.Kept), s.Shed, s.Expired))
		t.add("log", fmt.Sprintf("%s, %s", s.Log, mib(int64(s.LogBytes))))
		t.add("snapshot", fmt.Sprintf("%s at %d", minute(s.Snapshot), s.SnapshotSeq))
		for _, g := range s.Engines {
			t.add("engine "+g.Name, fmt.Sprintf("v%d, read %d, emitted %d %s", g.Version, g.Read, g.Emitted, g.Err))
		}
		t.print(e.out)
		fmt.Fprintln(e.out)
		printFeedFaults(e, feeds)
	}
	return e.printSources(sources)
}
func mib(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

func days(d time.Duration) string { return fmt.Sprintf("%g days", d.Hours()/24) }

type doctorCmd struct{}

// Help teaches by example.
func (doctorCmd) Help() string {
	return `Looks at the data folder, disk, memory, huge pages and open files, and says what
to do. Ends with 2 when a hub could not run.

  cure doctor
  cure doctor -c /etc/cure/cure.yaml`
}

// Run checks what a hub needs of this machine.
func (doctorCmd) Run(e *env) error {
	cfg, err := e.config()
	if err != nil {
		return err
	}
	machine := ops.Local()
	budget, err := machine.Budget(int64(cfg.Memory.Budget))
	if err != nil {
		return err
	}
	checks := machine.Check(ops.Plan{Data: cfg.Data, Budget: budget})
	if e.flags.JSON {
		return e.printJSON(checks)
	}
	t := newGrid("check", "state", "found", "what to do")
	for _, c := range checks {
		t.add(c.Name, c.State, c.Found, c.Advice)
	}
	t.print(e.out)
	if ops.Worst(checks) == ops.Fail {
		return cure.Errorf(cure.Unavailable, "this machine is not fit for a hub")
	}
	return nil
}
