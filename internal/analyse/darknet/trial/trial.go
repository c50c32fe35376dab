// Package trial measures darknet engines on traffic with a truth. It answers
// "which campaigns does each engine find, how soon, and how much else does it
// say?": in go a world of package gen, or real sights with labelled campaigns
// put between them, out comes a line of the table for each engine and for all
// together.
//
// A run holds the sights of one window and the alerts of all. Its results are
// the same for the same input and seeds; its times are not.
package trial

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/gaissmai/bart"

	"github.com/opencure/cure/internal/analyse/darknet"
	"github.com/opencure/cure/internal/analyse/darknet/gen"
	"github.com/opencure/cure/internal/publish/packet"
)

// Contender is an engine with the name that it has in the table.
type Contender struct {
	Name   string
	Engine darknet.Engine
	Union  bool // one of those that count together
}

// Run is one measurement under way.
type Run struct {
	now    func() time.Time
	house  *darknet.House
	list   []*entrant
	found  []*darknet.Activity
	seen   map[*darknet.Activity]bool
	Sights int
	From   time.Time
	To     time.Time
}

type entrant struct {
	Contender
	alerts  []darknet.Alert
	cost    time.Duration
	slowest time.Duration
}

// timed measures what an engine costs.
type timed struct {
	darknet.Engine
	e   *entrant
	run *Run
}

// Feed implements darknet.Engine.
func (t timed) Feed(w *darknet.Window) []darknet.Alert {
	begin := t.run.now()
	alerts := t.Engine.Feed(w)
	took := t.run.now().Sub(begin)
	t.e.cost += took
	t.e.slowest = max(t.e.slowest, took)
	t.e.alerts = append(t.e.alerts, alerts...)
	if !t.e.Union {
		return nil
	}
	return alerts
}

// New begins a run; the clock tells what engines cost.
func New(contenders []Contender, now func() time.Time) *Run {
	r := &Run{now: now, seen: map[*darknet.Activity]bool{}}
	var engines []darknet.Engine
	for _, c := range contenders {
		e := &entrant{Contender: c}
		r.list = append(r.list, e)
		engines = append(engines, timed{c.Engine, e, r})
	}
	r.house = darknet.NewHouse(darknet.HouseOptions{
		Sensor: "trial", Engines: engines, Grace: time.Minute, Changed: func(a *darknet.Activity) {
			if !r.seen[a] {
				r.seen[a] = true
				r.found = append(r.found, a)
			}
		},
	})
	r.house.Merger.Keep = true
	return r
}

// Add takes a sight.
func (r *Run) Add(s *darknet.Sight) {
	if r.Sights++; r.From.IsZero() {
		r.From = s.Time
	}
	if s.Time.After(r.To) && s.Time.Sub(r.From) < 366*24*time.Hour {
		r.To = s.Time
	}
	r.house.Add(s)
}

// Late returns how many packets came too late or at times not believed.
func (r *Run) Late() (late, strange uint64) { return r.house.Late, r.house.Strange }

// Results ends the run.
func (r *Run) Results(truths []*darknet.Truth) []darknet.Result {
	r.house.Flush()
	days := max(r.To.Sub(r.From).Hours()/24, 1)
	var all []darknet.Result
	var cost, slowest time.Duration
	for _, e := range r.list {
		res := darknet.Judge(e.Name, e.alerts, darknet.Incidents(e.alerts), truths, days)
		res.Cost, res.Slowest = e.cost, e.slowest
		if e.Union {
			cost += e.cost
			slowest += e.slowest
		}
		all = append(all, res)
	}
	var alerts []darknet.Alert
	var groups [][]darknet.Alert
	for _, a := range r.found {
		groups = append(groups, a.Alerts)
		alerts = append(alerts, a.Alerts...)
	}
	res := darknet.Judge("union", alerts, groups, truths, days)
	res.Cost, res.Slowest = cost, slowest
	return append(all, res)
}

// World feeds a world into a run and returns its truth.
func (r *Run) World(ctx context.Context, w *gen.World) ([]*darknet.Truth, error) {
	scanners := &bart.Table[string]{}
	for _, p := range w.Listed {
		a := packet.V4(p.Net)
		scanners.Insert(netip.PrefixFrom(a.Netip(), p.Bits), p.Name)
	}
	for list, ok := w.Next(); ok; list, ok = w.Next() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for i := range list {
			s := SightOf(&list[i])
			s.Scanner, _ = scanners.Lookup(s.Host.Addr.Netip())
			r.Add(&s)
		}
	}
	w.Close()
	return Truths(w), nil
}

// SightOf is a made-up packet as a darknet sees it.
func SightOf(p *gen.Packet) darknet.Sight {
	return darknet.Sight{
		Time: p.At, Host: darknet.Host{Addr: packet.V4(p.Src)}, Port: darknet.Port{Proto: p.Proto, Number: p.Port},
		Tool: darknet.Tool(p.Tool), Answer: p.Answer, Dest: packet.V4(gen.DarkNet | uint32(p.Dst)), Count: 1,
	}
}

// Truths are the labels of a world.
func Truths(w *gen.World) []*darknet.Truth {
	var all []*darknet.Truth
	for _, l := range w.Labels {
		t := &darknet.Truth{
			ID: l.ID, Class: l.Class, Malicious: l.Malicious, Start: l.Start, End: l.End, Ports: l.Ports, Prefixes: l.Prefixes,
			Seen: map[darknet.Host]time.Time{},
		}
		for src, first := range l.Seen {
			t.Seen[darknet.Host{Addr: packet.V4(src)}] = first
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *darknet.Truth) int { return cmp.Compare(a.ID, b.ID) })
	return all
}
