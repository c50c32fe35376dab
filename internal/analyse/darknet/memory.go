package darknet

import (
	"cmp"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// Known returns what is remembered of an activity; nil for nothing. Who asks
// must check that the place may be seen.
func (w *Watch) Known(id cure.ID) *Known {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if k := w.known[id]; k != nil {
		out := *k
		return &out
	}
	return nil
}

// Place is one sensor under one marking: what a scope is asked about before
// anything of it is shown.
type Place struct {
	Source  cure.Source
	Marking cure.Marking
	w       *Watch
}

// Places returns all that records came from, in order.
func (w *Watch) Places() (all []Place) {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range w.places() {
		all = append(all, Place{d.source, d.marking, w})
	}
	return all
}

// At returns a place, nil where nothing is remembered of it.
func (w *Watch) At(src cure.Source, m cure.Marking) *Place {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.houses[place{src, m}] == nil {
		return nil
	}
	return &Place{src, m, w}
}

// do calls f with the house of the place, if there is one.
func (p *Place) do(f func(*House)) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if d := p.w.houses[place{p.Source, p.Marking}]; d != nil {
		f(d.house)
	}
}

// Why returns what the engines made of a port in the window that holds a time.
func (p *Place) Why(port cure.Observable, at time.Time) (all []client.Judgement) {
	number, ok := ParsePort(port.Value)
	if !ok {
		return nil
	}
	p.do(func(h *House) {
		all = h.Why(number, at)
	})
	return all
}

// Remembers reports whether windows of a time are remembered.
func (p *Place) Remembers(at time.Time) (yes bool) {
	p.do(func(h *House) {
		yes = slices.ContainsFunc(h.History.Moments, func(m Moment) bool {
			return !at.Before(m.Start) && at.Before(m.Start.Add(Tens.Length()))
		})
	})
	return yes
}

// Overview gathers ports over time from places.
type Overview struct {
	from  time.Time
	steps int
	step  time.Duration
	ports map[Port][]uint32
	back  []uint64
	over  []uint64
}

// overviewSteps is about how many columns an overview has.
const (
	overviewSteps = 144
	overviewPorts = 200
)

// NewOverview begins an overview of the hours before a time.
func NewOverview(now time.Time, hours int) *Overview {
	step := Tens.Length() * time.Duration(max(1, (hours*6+overviewSteps-1)/overviewSteps))
	steps := int(time.Duration(hours) * time.Hour / step)
	from := now.Truncate(Tens.Length()).Add(-time.Duration(steps-1) * step).UTC()
	return &Overview{from: from, step: step, steps: steps, ports: map[Port][]uint32{}, back: make([]uint64, steps), over: make([]uint64, steps)}
}

// Overview adds what the place saw.
func (p *Place) Overview(o *Overview) {
	p.do(func(h *House) {
		for i := range h.History.Moments {
			o.add(&h.History.Moments[i])
		}
	})
}

func (o *Overview) add(m *Moment) {
	if m.Start.Before(o.from) {
		return
	}
	i := int(m.Start.Sub(o.from) / o.step)
	if i >= o.steps {
		return
	}
	o.back[i] += m.Backscatter
	o.over[i] += m.Overflow
	for _, p := range m.Ports {
		row := o.ports[p.Port]
		if row == nil {
			row = make([]uint32, o.steps)
			o.ports[p.Port] = row
		}
		row[i] = max(row[i], uint32(p.Packets))
	}
}

// Draw returns the overview.
func (o *Overview) Draw() client.DarknetPorts {
	out := client.DarknetPorts{
		From: o.from, Step: int(o.step / time.Second), Steps: o.steps, Backscatter: o.back, Overflow: o.over, Ports: []client.PortSeries{},
	}
	for p, row := range o.ports {
		if v, ok := portValue(p); ok {
			out.Ports = append(out.Ports, client.PortSeries{Port: v, Sources: row, Most: slices.Max(row)})
		}
	}
	slices.SortFunc(out.Ports, func(a, b client.PortSeries) int {
		return cmp.Or(cmp.Compare(b.Most, a.Most), cmp.Compare(a.Port.Value, b.Port.Value))
	})
	out.Other = max(len(out.Ports)-overviewPorts, 0)
	out.Ports = out.Ports[:min(len(out.Ports), overviewPorts)]
	return out
}
