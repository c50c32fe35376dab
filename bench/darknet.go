package bench

import (
	"context"
	"net/netip"
	"time"

	"github.com/gaissmai/bart"

	"github.com/opencure/cure/internal/analyse/darknet"
	"github.com/opencure/cure/internal/analyse/darknet/gen"
	"github.com/opencure/cure/internal/analyse/darknet/trial"
	"github.com/opencure/cure/internal/publish/packet"
)

// DarknetOptions say what a darknet sees.
type DarknetOptions struct {
	Seed    uint64
	Sources int     // of the flood: forged senders in a day, each of one packet
	Hours   int     // of that day that are measured
	Scan    bool    // the flood asks instead of answering: it fills the tables
	Scale   float64 // of the background; 1 is some 12,000 sources a day
	Windows int     // of ten minutes that are measured
}

// darkHouse is a sensor with the engines of a hub, in a hub's settings, and
// what was counted in its windows.
type darkHouse struct {
	*darknet.House
	scanners bart.Table[string]
	engines  []*darkEngine

	packets, windows, found  int
	cells, sources           int // of the fullest window of ten minutes
	backscatter, overflow    uint64
	backSources, overSources uint64 // of the fullest window, about
	overWindows              int
	slowest                  time.Duration // ten minutes
}

// darkEngine is an engine with what it costs.
type darkEngine struct {
	darknet.Engine
	cost, slowest time.Duration
	windows       int
}

// Feed implements darknet.Engine.
func (e *darkEngine) Feed(w *darknet.Window) []darknet.Alert {
	begin := SelfCPU()
	alerts := e.Engine.Feed(w)
	took := SelfCPU() - begin
	e.cost, e.slowest, e.windows = e.cost+took, max(e.slowest, took), e.windows+1
	return alerts
}

func newDarkHouse(w *gen.World) *darkHouse {
	h := &darkHouse{}
	var engines []darknet.Engine
	for _, e := range darknet.Engines(1) {
		d := &darkEngine{Engine: e}
		h.engines, engines = append(h.engines, d), append(engines, d)
	}
	for _, p := range w.Listed {
		a := packet.V4(p.Net)
		h.scanners.Insert(netip.PrefixFrom(a.Netip(), p.Bits), p.Name)
	}
	seen := map[*darknet.Activity]bool{}
	h.House = darknet.NewHouse(darknet.HouseOptions{
		Sensor: "bench", Engines: engines, Window: h.note, Changed: func(a *darknet.Activity) { seen[a] = true; h.found = len(seen) },
	})
	return h
}

// note counts a window of ten minutes.
func (h *darkHouse) note(w *darknet.Window) {
	if w.Bin != darknet.Tens.Bin {
		return
	}
	h.windows++
	hosts := map[darknet.Host]struct{}{}
	for i := range w.Cells {
		hosts[w.Cells[i].Host] = struct{}{}
	}
	h.cells, h.sources = max(h.cells, len(w.Cells)), max(h.sources, len(hosts))
	h.backscatter += w.Backscatter.Packets
	h.backSources = max(h.backSources, w.Backscatter.Sources)
	if w.Overflow.Packets > 0 {
		h.overWindows++
		h.overflow += w.Overflow.Packets
		h.overSources = max(h.overSources, w.Overflow.Sources)
	}
}

// take feeds ten minutes of packets; sights are made on the way and not kept.
func (h *darkHouse) take(list []gen.Packet, scan bool) {
	begin := SelfCPU()
	for i := range list {
		s := trial.SightOf(&list[i])
		if s.Answer {
			s.Answer = !scan || list[i].Label >= 0
		} else {
			s.Scanner, _ = h.scanners.Lookup(s.Host.Addr.Netip())
		}
		h.Add(&s)
	}
	h.packets += len(list)
	h.slowest = max(h.slowest, SelfCPU()-begin)
}

// report prints what a run cost; cpu is without the generator.
func (h *darkHouse) report(r Report, cpu time.Duration) error {
	for _, e := range h.engines {
		if e.windows > 0 {
			r.Line("  "+e.Name(), "%s a window, slowest %s (n=%d)", short(e.cost/time.Duration(e.windows)), short(e.slowest), e.windows)
		}
	}
	r.Line("processor time, generator left out", "%.1f s, %.2f us a packet; most for ten minutes %.1f s",
		cpu.Seconds(), cpu.Seconds()*1e6/float64(max(h.packets, 1)), h.slowest.Seconds())
	u, err := Self()
	if err != nil {
		return err
	}
	r.Line("resident", "%.0f MB at most, generator included", float64(u.Peak)/1e6)
	return nil
}

// run makes and feeds ten minutes after ten minutes, so many; it returns the
// processor time without that of the generator.
func (h *darkHouse) run(ctx context.Context, w *gen.World, slices int, scan bool) (time.Duration, error) {
	var cpu time.Duration
	for range slices {
		if err := ctx.Err(); err != nil {
			return cpu, err
		}
		list, ok := w.Next()
		if !ok {
			break
		}
		begin := SelfCPU()
		h.take(list, scan)
		cpu += SelfCPU() - begin
	}
	return cpu, nil
}

const slicesADay = 144

// DarknetFlood measures a day in which a darknet hears from very many forged
// senders: the window builder with its caps and all engines of a hub, after a
// day that was as always.
func DarknetFlood(ctx context.Context, r Report, o DarknetOptions) error {
	what := "answers to forged senders"
	if o.Scan {
		what = "scans by forged senders"
	}
	r.Head("darknet, flood: %d %s a day, %d hours of it, background of scale %g, seed %d (synthetic)", o.Sources, what, o.Hours, o.Scale, o.Seed)
	cfg := gen.Config{Seed: o.Seed, Days: 2, Quiet: 1, Campaigns: 6, Scale: o.Scale, Flood: o.Sources}
	if err := cfg.Check(); err != nil {
		return err
	}
	w := gen.New(cfg)
	h := newDarkHouse(w)
	quiet, err := h.run(ctx, w, slicesADay, o.Scan)
	if err != nil {
		return err
	}
	u, err := Self()
	if err != nil {
		return err
	}
	r.Line("day before", "%d packets, %.1f s of processor, %.0f MB at most", h.packets, quiet.Seconds(), float64(u.Peak)/1e6)
	h.packets, h.slowest = 0, 0
	cpu, err := h.run(ctx, w, 6*o.Hours, o.Scan)
	if err != nil {
		return err
	}
	begin := SelfCPU()
	h.Flush()
	cpu += SelfCPU() - begin
	r.Line("packets of the flood's hours", "%d in %d windows of ten minutes with the day before", h.packets, h.windows)
	r.Line("fullest window kept by source", "%d cells, %d sources", h.cells, h.sources)
	r.Line("backscatter, counted only", "%d packets, about %d senders in the fullest window", h.backscatter, h.backSources)
	r.Line("overflow, counted only", "%d packets in %d windows, about %d senders in the fullest", h.overflow, h.overWindows, h.overSources)
	r.Line("late, clock not believed", "%d, %d packets", h.Late, h.Strange)
	r.Line("activities", "%d in both days, %d planted", h.found, 6)
	return h.report(r, cpu)
}

// DarknetWindow measures windows of a wide darknet: the builder and all
// engines of a hub.
func DarknetWindow(ctx context.Context, r Report, o DarknetOptions) error {
	r.Head("darknet, %d windows of ten minutes of a /16, background of scale %g, seed %d (synthetic)", o.Windows, o.Scale, o.Seed)
	cfg := gen.Config{Seed: o.Seed, Days: 1, Quiet: 1, Campaigns: 1, Scale: o.Scale}
	if err := cfg.Check(); err != nil {
		return err
	}
	w := gen.New(cfg)
	h := newDarkHouse(w)
	cpu, err := h.run(ctx, w, o.Windows, false)
	if err != nil {
		return err
	}
	begin := SelfCPU()
	h.Flush()
	took := SelfCPU() - begin
	h.slowest = max(h.slowest, took)
	cpu += took
	r.Line("packets", "%d", h.packets)
	r.Line("fullest window of ten minutes", "%d cells, %d sources", h.cells, h.sources)
	r.Line("overflow, counted only", "%d packets in %d windows", h.overflow, h.overWindows)
	r.Line("all engines and the builder", "%.1f s of processor a window of ten minutes (n=%d)", cpu.Seconds()/float64(max(h.windows, 1)), h.windows)
	return h.report(r, cpu)
}
