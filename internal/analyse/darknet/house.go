package darknet

import (
	"slices"
	"time"
)

// HouseOptions say what a house is made of.
type HouseOptions struct {
	Sensor  string
	Level   Level
	Engines []Engine
	Grace   time.Duration // of event time that windows stay open
	Cells   int           // 0: MaxCells
	Changed func(*Activity)
	Alerts  func(w *Window, engine string, alerts []Alert) // may be nil
	Window  func(w *Window)                                // sees each before the engines; may be nil
}

// House is the way from sights to activities of one sensor: builder, engines,
// merger and what is remembered for pictures. For one goroutine.
type House struct {
	*Builder
	Merger  Merger
	o       HouseOptions
	before  *Window // the last one of ten minutes
	History History
}

// NewHouse makes a house.
func NewHouse(o HouseOptions) *House {
	h := &House{o: o, Merger: Merger{Sensor: o.Sensor}}
	var grids []Grid
	for _, e := range o.Engines {
		if !slices.Contains(grids, e.Grid()) {
			grids = append(grids, e.Grid())
		}
	}
	h.Builder = NewBuilder(Building{
		Sensor: o.Sensor, Level: o.Level, Grids: grids, Grace: o.Grace, Cells: o.Cells, Window: h.window,
	})
	return h
}

// window runs the engines on a window.
func (h *House) window(w *Window) {
	if h.o.Window != nil {
		h.o.Window(w)
	}
	if w.Bin == Tens.Bin {
		h.History.note(w)
	}
	var all []Alert
	for _, e := range h.o.Engines {
		if g := e.Grid(); g.Bin != w.Bin || g.Bins != w.Bins {
			continue
		}
		alerts := e.Feed(w)
		if h.o.Alerts != nil {
			h.o.Alerts(w, e.Name(), alerts)
		}
		all = append(all, alerts...)
	}
	for _, a := range h.Merger.Feed(w.End(), all) {
		h.o.Changed(a)
	}
	if w.Bin == Tens.Bin {
		for _, a := range h.Merger.Stragglers(h.before, w) {
			h.o.Changed(a)
		}
		h.before = w
	}
}

// Why asks each engine that knows what it made of a port.
func (h *House) Why(p Port, at time.Time) []Judgement {
	var all []Judgement
	for _, e := range h.o.Engines {
		if x, ok := e.(Explainer); ok {
			all = append(all, x.Why(p, at)...)
		}
	}
	return all
}

// History is how many sources each port had in the windows of the last week:
// what an overview is drawn from.
type History struct {
	Moments []Moment // oldest first
}

// Moment is one window.
type Moment struct {
	Start       time.Time
	Ports       []PortCount // distinct sources, those with most first
	Sources     int         // in all cells
	Backscatter uint64      // packets
	Overflow    uint64      // packets
}

// Bounds of a history.
const (
	historyWindows = 7 * windowsADay
	historyPorts   = 96
)

func (h *History) note(w *Window) {
	m := Moment{Start: w.Start, Sources: len(w.Cells), Backscatter: w.Backscatter.Packets, Overflow: w.Overflow.Packets}
	for i := 0; i < len(w.Cells); {
		p, n := w.Cells[i].Port, uint64(0)
		for ; i < len(w.Cells) && w.Cells[i].Port == p; i++ {
			n++
		}
		m.Ports = append(m.Ports, PortCount{p, n})
	}
	slices.SortFunc(m.Ports, func(a, b PortCount) int {
		if a.Packets != b.Packets {
			return map[bool]int{true: -1, false: 1}[a.Packets > b.Packets]
		}
		return a.Port.Compare(b.Port)
	})
	m.Ports = slices.Clone(m.Ports[:min(len(m.Ports), historyPorts)])
	h.Moments = append(h.Moments, m)
	if len(h.Moments) > historyWindows {
		h.Moments = slices.Delete(h.Moments, 0, len(h.Moments)-historyWindows)
	}
}

// Curve is what the growth test of portsync made of a port, window by window.
func (h *House) Curve(p Port, from, to time.Time) []Judgement {
	for _, e := range h.o.Engines {
		if m, ok := e.(*watchman); ok && m.sync {
			return m.said.curve(m.name, m.caution, p, from, to)
		}
	}
	return nil
}
