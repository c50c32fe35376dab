package darknet

import (
	"time"

	"github.com/opencure/cure"
)

// What a house carries from record to record, walked for its state: the
// windows that are open, the memory of its engines, the activities that are
// open, and what pictures are drawn from. Whatever is a function of the rest,
// or a setting, is made anew.

// Bounds of what is read: above all that a house comes to by itself.
const (
	maxNumber   = 1 << 40 // of a window
	maxHeld     = 1 << 20 // elements of lists that have no other bound
	maxFillings = 64      // windows open at once
)

// walk passes a house. Its engines must be those that wrote it.
func (h *House) walk(c *coder) {
	h.Builder.walk(c)
	some := h.before != nil
	c.flag(&some)
	if some {
		if c.reading {
			h.before = &Window{}
		}
		h.before.walk(c)
	}
	list(c, &h.History.Moments, historyWindows, func(m *Moment) { m.walk(c) })
	for _, e := range h.o.Engines {
		name := e.Name()
		c.text(&name)
		c.must(name == e.Name())
		var state []byte
		if !c.reading {
			state = e.State()
		}
		c.bytes(&state)
		if c.reading && !c.bad && e.Restore(state) != nil {
			c.fail()
		}
		if m, ok := e.(remembering); ok && !c.bad {
			m.memory(c)
		}
	}
}

// remembering is an engine that has a memory of its judgements, for who asks.
type remembering interface{ memory(c *coder) }

func (m *watchman) memory(c *coder)    { m.said.walk(c) }
func (g *graphEngine) memory(c *coder) { g.said.walk(c) }
func (g *groupEngine) memory(c *coder) { g.said.walk(c) }
func (e *coreEngine) memory(c *coder)  { e.said.walk(c) }
func (p *portChanges) memory(c *coder) { p.said.walk(c) }

// walk passes a builder with its open windows.
func (b *Builder) walk(c *coder) {
	c.time(&b.newest)
	natural(c, &b.ahead, stepSights)
	number(c, &b.Late)
	number(c, &b.Strange)
	b.cells = 0
	for i := range b.grids {
		g := &b.grids[i]
		c.flag(&g.any)
		whole(c, &g.next)
		c.must(g.next > -maxNumber && g.next < maxNumber)
		last := g.next - 1
		list(c, &g.open, maxFillings, func(f **filling) {
			if c.reading {
				*f = &filling{}
			}
			(*f).walk(c, g.Bins)
			c.must((*f).at > last && (*f).at < maxNumber)
			last = (*f).at
		})
		for _, f := range g.open {
			b.cells += len(f.cells)
		}
	}
}

// walk passes a window that is being filled.
func (f *filling) walk(c *coder, bins int) {
	whole(c, &f.at)
	f.names = nonNil(f.names, c.reading)
	list(c, &f.scanners, maxNames, func(name *string) { c.text(name) })
	walkCells(c, &f.cells, &f.counts, bins, len(f.scanners))
	dictionary(c, &f.focus, maxFocus, Port.Compare, func(p *Port, t **focus) {
		if c.reading {
			*t = &focus{}
		}
		c.port(p)
		c.raw((*t).dest[:])
		whole(c, &(*t).lead)
		whole(c, &(*t).total)
	})
	f.back.walk(c)
	f.over.walk(c)
	if !c.reading {
		return
	}
	for i, name := range f.scanners {
		f.names[name] = uint16(i) + 1
	}
	f.index = make(map[Cell]uint32, len(f.cells))
	for i, k := range f.cells {
		k.Scanner = 0
		f.index[k] = uint32(i)
	}
	c.must(len(f.index) == len(f.cells))
}

func nonNil(m map[string]uint16, reading bool) map[string]uint16 {
	if reading {
		return map[string]uint16{}
	}
	return m
}

// walkCells passes cells with their counts.
func walkCells(c *coder, cells *[]Cell, counts *[]uint32, bins, scanners int) {
	list(c, cells, MaxCells, func(k *Cell) {
		c.port(&k.Port)
		c.tool(&k.Tool)
		c.host(&k.Host)
		number(c, &k.Scanner)
		c.must(int(k.Scanner) <= scanners)
	})
	c.counts(counts, MaxCells*bins)
	c.must(len(*counts) == len(*cells)*bins)
}

func (f *flood) walk(c *coder) {
	number(c, &f.packets)
	if f.packets == 0 {
		return
	}
	c.raw(f.sketch[:])
	for _, r := range f.sketch {
		c.must(r < 64)
	}
	dictionary(c, &f.ports, floodPorts, Port.Compare, func(p *Port, n *uint64) {
		c.port(p)
		number(c, n)
	})
}

// walk passes a finished window of ten minutes.
func (w *Window) walk(c *coder) {
	c.text(&w.Sensor)
	c.time(&w.Start)
	number(c, &w.Level)
	c.must(w.Level <= Net16)
	w.Bin, w.Bins = Tens.Bin, Tens.Bins
	list(c, &w.Scanners, maxNames, func(name *string) { c.text(name) })
	walkCells(c, &w.Cells, &w.Counts, w.Bins, len(w.Scanners))
	for i := 1; i < len(w.Cells) && c.reading; i++ {
		c.must(w.Cells[i-1].Compare(&w.Cells[i]) < 0)
	}
	c.ports(&w.Focused, maxFocus)
	// What else is in it was told when it ended.
}

func (m *Moment) walk(c *coder) {
	c.time(&m.Start)
	list(c, &m.Ports, historyPorts, func(p *PortCount) {
		c.port(&p.Port)
		number(c, &p.Packets)
	})
	natural(c, &m.Sources, maxNumber)
	number(c, &m.Backscatter)
	number(c, &m.Overflow)
}

// walk passes how tests came out.
func (v *verdicts) walk(c *coder) {
	list(c, &v.windows, 2*windowsADay, func(w *verdictsOf) {
		c.time(&w.start)
		c.float(&w.limit)
		list(c, &w.all, maxHeld, func(f *finding) {
			c.port(&f.Port)
			c.tool(&f.Tool)
			c.text(&f.test)
			natural(c, &f.n, maxNumber)
			for _, x := range []*float64{&f.mean, &f.variance, &f.p, &f.z, &f.usual} {
				c.float(x)
			}
			c.text(&f.why)
		})
	})
	v.n = 0
	for i := range v.windows {
		v.n += len(v.windows[i].all)
	}
}

// walk passes rulings.
func (r *rulings) walk(c *coder) {
	list(c, &r.windows, windowsADay, func(w *ruled) {
		c.time(&w.start)
		c.time(&w.end)
		list(c, &w.all, maxHeld, func(x *ruling) {
			c.port(&x.port)
			c.float(&x.value)
			c.float(&x.baseline)
			c.float(&x.threshold)
			c.text(&x.why)
		})
	})
	r.n = 0
	for i := range r.windows {
		r.n += len(r.windows[i].all)
	}
}

// walk passes an activity.
func (a *Activity) walk(c *coder) {
	c.text(&a.Sensor)
	for _, t := range []*time.Time{&a.Start, &a.Found, &a.Last, &a.told.at} {
		c.time(t)
	}
	c.ports(&a.Ports, maxPorts)
	c.must(len(a.Ports) > 0)
	c.tool(&a.Tool)
	for _, n := range []*int{&a.SourceN, &a.First, &a.Windows, &a.told.sources, &a.told.ports, &a.told.votes} {
		natural(c, n, maxNumber)
	}
	c.finite(&a.Before)
	c.finite(&a.Score)
	list(c, &a.Votes, 1<<8, func(v *Vote) {
		natural(c, &v.Windows, maxNumber)
		v.Alert.walk(c)
	})
	list(c, &a.SetAside, maxAsides, func(name *string) { c.text(name) })
	list(c, &a.Evidence, maxHeld, func(id *cure.ID) { c.raw(id[:]) })
	c.flag(&a.firm)
	dictionary(c, &a.sources, 4*MaxSources+1, Host.Compare, func(h *Host, _ *struct{}) { c.host(h) })
	dictionary(c, &a.weights, maxPorts+1, Port.Compare, func(p *Port, w *float64) {
		c.port(p)
		c.finite(w)
	})
	c.raw(a.id[:])
}

// walk passes an alert as a vote keeps it: without sources and notes.
func (a *Alert) walk(c *coder) {
	for _, s := range []*string{&a.Engine, (*string)(&a.Mode), &a.Test} {
		c.text(s)
	}
	c.time(&a.Start)
	c.time(&a.End)
	c.ports(&a.Ports, maxHeld)
	c.tool(&a.Tool)
	number(c, &a.Level)
	c.must(a.Level <= Net16)
	natural(c, &a.SourceN, maxNumber)
	for _, x := range []*float64{&a.Score, &a.Value, &a.Baseline, &a.Threshold, &a.Probability} {
		c.finite(x)
	}
	c.counts(&a.Bins, 64)
	number(c, &a.Packets)
}
