package darknet

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure/internal/publish/packet"
)

// The four engines of this file's tests, in both modes.
func factoring() map[string]func(Settings) Engine {
	return map[string]func(Settings) Engine{
		"glasso": NewGlasso, "nmf": NewNMF, "ntd": NewNTD, "changefinder": NewChangeFinder,
	}
}

var epoch = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// botPort is where the planted group goes.
var botPort = Port{packet.TCP, 48123}

// member is the i-th source of the planted group: each in a /16 of its own, of
// the documentation's 198.18.0.0/15 and what lies around it.
func member(i int) Host {
	return Host{Addr: packet.V4(0xC6000000 + uint32(i)<<16 + 1)}
}

func stranger(i int) Host { return Host{Addr: packet.V4(0x0A000000 + uint32(i)<<16 + 7)} }

// made is the n-th window of a grid: background of some ports and, where bots
// is not 0, so many sources at one port in the same on/off pattern.
func made(g Grid, n, bots int) *Window {
	r := rand.New(rand.NewPCG(9, uint64(n)))
	count := map[Cell][]uint32{}
	add := func(h Host, p Port, bin int) {
		c := Cell{Host: h, Port: p}
		if count[c] == nil {
			count[c] = make([]uint32, g.Bins)
		}
		count[c][bin]++
	}
	for i := range 120 {
		port := Port{packet.TCP, [...]uint16{22, 23, 80, 445, 3389, 8081}[r.IntN(6)]}
		for range 1 + r.IntN(6) {
			add(stranger(r.IntN(250)), port, r.IntN(g.Bins))
		}
		add(stranger(i), port, r.IntN(g.Bins))
	}
	for i := range bots {
		for b := range g.Bins {
			if b*12/g.Bins%4 == 1 {
				add(member(i), botPort, b)
				add(member(i), botPort, b)
			}
		}
	}
	return windowOf(g, n, count)
}

func windowOf(g Grid, n int, count map[Cell][]uint32) *Window {
	w := &Window{Start: epoch.Add(time.Duration(n) * g.Length()), Bin: g.Bin, Bins: g.Bins}
	for c := range count {
		w.Cells = append(w.Cells, c)
	}
	slices.SortFunc(w.Cells, func(a, b Cell) int { return a.Compare(&b) })
	for _, c := range w.Cells {
		w.Counts = append(w.Counts, count[c]...)
	}
	return w
}

// TestCureEnginesFindTheGroup: nothing for longer than a day, then a group.
func TestCureEnginesFindTheGroup(t *testing.T) {
	for name, build := range factoring() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, twin := build(Settings{Seed: 1}), build(Settings{Seed: 1})
			const quiet, bots = 150, 40
			false0 := 0
			for n := range quiet {
				false0 += len(e.Feed(made(e.Grid(), n, 0)))
			}
			if false0 > 2 {
				t.Errorf("%d alerts where nothing happens", false0)
			}
			if err := twin.Restore(e.State()); err != nil {
				t.Fatal(err)
			}
			var found *Alert
			for n := quiet; n < quiet+4 && found == nil; n++ {
				alerts := e.Feed(made(e.Grid(), n, bots))
				if d := cmp.Diff(alerts, twin.Feed(made(e.Grid(), n, bots))); d != "" {
					t.Fatalf("restored from its state it says something else: %s", d)
				}
				for _, a := range alerts {
					if slices.Contains(a.Ports, botPort) {
						found = &a
					}
				}
			}
			if found == nil {
				t.Fatal("the group is not found")
			}
			right := 0
			for _, h := range found.Sources {
				for i := range bots {
					if h == member(i).At(found.Level) || h.At(Net24) == member(i).At(Net24) {
						right++
					}
				}
			}
			if right < bots*8/10 || right < len(found.Sources)*8/10 {
				t.Errorf("%d of %d sources are of the group of %d", right, len(found.Sources), bots)
			}
			said := e.(Explainer).Why(botPort, found.Start)
			if len(said) == 0 || !slices.ContainsFunc(said, func(j Judgement) bool { return j.Alarmed && j.Value >= j.Threshold }) {
				t.Errorf("asked why it alarmed it says %+v", said)
			}
			for _, j := range e.(Explainer).Why(Port{packet.TCP, 22}, found.Start) {
				if j.Alarmed || j.Why == "" || j.Engine != name {
					t.Errorf("asked why a quiet port did not alarm it says %+v", j)
				}
			}
			if found.Engine != name || found.Mode != Cure || found.SourceN != len(found.Sources) || found.Packets == 0 {
				t.Errorf("alert %+v", found)
			}
		})
	}
}

// TestStatesGoOn: an engine that is restored from its state says the same as
// one that was not stopped, and a damaged state is refused.
func TestStatesGoOn(t *testing.T) {
	for name, build := range factoring() {
		for _, mode := range []Mode{Cure, Paper} {
			t.Run(name+" "+string(mode), func(t *testing.T) {
				t.Parallel()
				set := Settings{Mode: mode, Seed: 4}
				a, b := build(set), build(set)
				for n := range 9 {
					a.Feed(made(a.Grid(), n, 0))
				}
				state := a.State()
				if err := b.Restore(state); err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(state, b.State()); d != "" {
					t.Error("the restored state is another one")
				}
				for n := 9; n < 12; n++ {
					w := made(a.Grid(), n, 30)
					if d := cmp.Diff(a.Feed(w), b.Feed(w)); d != "" {
						t.Fatal(d)
					}
				}
				if len(state) == 0 {
					return // it has no memory
				}
				if err := b.Restore(state[:len(state)/2]); err == nil {
					t.Error("half a state is taken up")
				}
				if d := cmp.Diff(build(set).State(), b.State()); d != "" {
					t.Error("after a damaged state the engine is not as new")
				}
			})
		}
	}
}

// TestOddWindows: no input makes an engine fall.
func TestOddWindows(t *testing.T) {
	bin := func(g Grid, b int, n uint32) []uint32 {
		row := make([]uint32, g.Bins)
		row[b] = n
		return row
	}
	for name, build := range factoring() {
		for _, mode := range []Mode{Cure, Paper} {
			t.Run(name+" "+string(mode), func(t *testing.T) {
				t.Parallel()
				e := build(Settings{Mode: mode})
				g := e.Grid()
				same := map[Cell][]uint32{}
				for i := range 300 {
					same[Cell{Host: member(i % 256), Port: Port{packet.UDP, uint16(i / 256)}}] = bin(g, 3, 1)
				}
				for n, w := range []*Window{
					windowOf(g, 0, nil),
					windowOf(g, 1, same),
					windowOf(g, 2, map[Cell][]uint32{{Host: member(1), Port: botPort}: bin(g, 0, 100_000_000)}),
					windowOf(g, 3, map[Cell][]uint32{{Host: member(1), Port: Port{Proto: packet.ICMP}}: bin(g, 11, 4_000_000_000)}),
					windowOf(g, 4, nil),
					made(g, 5, 10),
				} {
					for _, a := range e.Feed(w) {
						if len(a.Ports) == 0 || a.SourceN < len(a.Sources) || !a.End.After(a.Start) {
							t.Errorf("window %d: alert %+v", n, a)
						}
					}
				}
			})
		}
	}
}

// TestPaperModesSample: a seed gives the same sample, another one another.
func TestPaperModesSample(t *testing.T) {
	count := map[Cell][]uint32{}
	for i := range 3000 {
		h := Host{Addr: packet.V4(uint32(i) << 16)}
		count[Cell{Host: h, Port: botPort}] = []uint32{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	}
	t0 := newBySource(windowOf(Tens, 1, count), everything)
	a, b, c := t0.sample(1000, 1, epoch), t0.sample(1000, 1, epoch), t0.sample(1000, 2, epoch)
	if len(a.hosts) != 1000 || cmp.Diff(a.hosts, b.hosts) != "" || cmp.Diff(a.hosts, c.hosts) == "" {
		t.Error("a sample does not follow its seed")
	}
	if len(a.visits) != 1000 || a.row(999)[0] != 1 {
		t.Error("a sample lost what its hosts did")
	}
}

// TestGlassoPaperOutlier feeds densities: no alert before 431 are there, then
// the window that stands out is the only one.
func TestGlassoPaperOutlier(t *testing.T) {
	g := &glassoPaper{}
	r := rand.New(rand.NewPCG(1, 1))
	for range BaselineWindows - 1 {
		var w glassoWindow
		for i := range w.Density {
			w.Density[i] = 0.01 + 0.001*r.Float64()
		}
		g.past = append(g.past, w)
	}
	if out := g.outliers(0); out != nil {
		t.Errorf("outliers %v with 431 windows", out)
	}
	w := glassoWindow{}
	for i := range w.Density {
		w.Density[i] = 0.0105
	}
	w.Density[2] = 0.02
	g.past = append(g.past, w)
	if out := g.outliers(2); !slices.Equal(out, []int{BaselineWindows - 1}) {
		t.Errorf("outliers %v, want the last window", out)
	}
	if out := g.outliers(1); len(out) != 0 {
		t.Errorf("outliers %v where nothing stands out", out)
	}
}

// TestPaperModesName: what the published methods name without a baseline.
func TestPaperModesName(t *testing.T) {
	for name, build := range map[string]func(Settings) Engine{"nmf": NewNMF, "ntd": NewNTD} {
		alerts := build(Settings{Mode: Paper, Seed: 1}).Feed(made(Halves, 3, 60))
		if !slices.ContainsFunc(alerts, func(a Alert) bool { return slices.Contains(a.Ports, botPort) && a.Mode == Paper && a.Level == Net16 }) {
			t.Errorf("%s does not name the port of 60 hosts in step: %d alerts", name, len(alerts))
		}
	}
}

func TestOtsu(t *testing.T) {
	f := []float64{0.9, 1, 0.95, 0.1, 0.05, 0.1, 0, 0}
	if rows := above(f, 1, 0); !slices.Equal(rows, []int{0, 1, 2}) {
		t.Errorf("rows %v", rows)
	}
	if rows := above(make([]float64, 5), 1, 0); rows != nil {
		t.Errorf("rows %v of nothing", rows)
	}
	if rows := above([]float64{1, 1}, 1, 0); len(rows) != 2 {
		t.Errorf("rows %v where all are the same", rows)
	}
}

func TestHabitsForget(t *testing.T) {
	var k habits
	p, q := botPort, Port{packet.UDP, 53}
	for n := range 600 {
		k.begin()
		k.judge(q, 3, 0.5)
		if n < 300 {
			k.judge(p, 3, 0.5)
		}
		k.end(0.5)
	}
	k.begin()
	usualP, _ := k.judge(p, 3, 0.5)
	usualQ, line := k.judge(q, 3, 0.5)
	if !(usualP < 2 && usualP > 1) || usualQ < 2.99 || line < 4.9 || line > 5.1 {
		t.Errorf("usual %v and %v, line %v", usualP, usualQ, line)
	}
	k.end(0.5)
	if err := k.check(); err != nil {
		t.Error(err)
	}
}

// FuzzEngineState: whatever is taken for a state is refused or goes on.
func FuzzEngineState(f *testing.F) {
	for name, build := range factoring() {
		for _, mode := range []Mode{Cure, Paper} {
			e := build(Settings{Mode: mode})
			e.Feed(made(e.Grid(), 0, 12))
			f.Add(name, string(mode), e.State())
		}
	}
	f.Fuzz(func(t *testing.T, name, mode string, state []byte) {
		build := factoring()[name]
		if build == nil {
			return
		}
		e := build(Settings{Mode: Mode(mode)})
		if err := e.Restore(state); err != nil && cmp.Diff(e.State(), build(Settings{Mode: Mode(mode)}).State()) != "" {
			t.Error("after a damaged state the engine is not as new")
		}
		g := e.Grid()
		row := make([]uint32, g.Bins)
		row[1] = 3
		e.Feed(windowOf(g, 1, map[Cell][]uint32{{Host: member(1), Port: botPort}: row}))
		if again := build(Settings{Mode: Mode(mode)}); again.Restore(e.State()) != nil {
			t.Error("its own state is refused")
		}
	})
}
