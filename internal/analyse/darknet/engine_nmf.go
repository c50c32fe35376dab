package darknet

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/opencure/cure/internal/num/nmf"
)

// Parameters of Dark-NMF (its published code).
const (
	nmfRanks     = 10
	nmfSteps     = 3000
	nmfTolerance = 1e-5
	nmfPart      = 0.5 // of the largest value of a pattern to be one of its hosts
	nmfShare     = 0.3 // of a pattern's hosts at a port to name it
	nmfLeast     = 2   // hosts
)

// nmfHeavy is packets a minute above which a host is left out.
var nmfHeavy = map[Level]uint32{Net16: 60, Net24: 45, Address: 30}

// TestGroup is what nmf and ntd test: hosts that share a pattern of time.
const TestGroup = "group"

// NewNMF makes the engine "nmf". In paper mode it is Dark-NMF: minutes × hosts
// factorised with every rank up to ten, groups of hosts at half of a pattern's
// largest value, each port that three tenths of a group went to; no baseline.
// In the published code a window without heavy hosts loses all of its hosts by
// a slip of indices; that is not repeated. In cure mode see [groupEngine].
func NewNMF(s Settings) Engine {
	if s.modeOf() == Paper {
		return &nmfPaper{set: s}
	}
	return newGroupEngine(s)
}

// nmfPaper is Dark-NMF. It has no memory.
type nmfPaper struct{ set Settings }

// Name implements Engine.
func (*nmfPaper) Name() string { return "nmf" }

// Grid implements Engine.
func (*nmfPaper) Grid() Grid { return Halves }

// State implements Engine.
func (*nmfPaper) State() []byte { return nil }

// Restore implements Engine.
func (*nmfPaper) Restore([]byte) error { return nil }

// Feed implements Engine.
func (n *nmfPaper) Feed(w *Window) []Alert {
	folded := w.Fold(n.set.levelOf())
	t := newBySource(folded, everything)
	t = t.light(2, nmfHeavy[folded.Level])
	if len(t.hosts) < nmfLeast {
		return nil
	}
	m := t.matrix(func(n uint32) float64 { return float64(n) })
	named := map[int]map[int]bool{} // port -> hosts
	best := map[int]float64{}
	var notes []string
	for rank := 1; rank <= nmfRanks; rank++ {
		f, err := nmf.Start(m, rank)
		if err != nil {
			return nil // no rows: an empty window
		}
		f = nmf.Improve(m, f, nmf.Options{Method: nmf.Multiplicative, Steps: nmfSteps, Tolerance: nmfTolerance})
		if !f.Converged {
			notes = append(notes, fmt.Sprintf("rank %d did not converge in %d steps: change %.2g a cell", rank, f.Steps, f.Change))
		}
		for k := range rank {
			t.nameGroup(t.group(f, k), named, best)
		}
	}
	return t.namedAlerts(Alert{Engine: "nmf", Mode: Paper, Test: TestGroup, Notes: notes}, folded, named, best)
}

// light returns the table without hosts of fewer than least packets and
// without those that sent more than heavy in any bin.
func (t *bySource) light(least uint64, heavy uint32) *bySource {
	var keep []int
	for h := range t.hosts {
		total, most := uint64(0), uint32(0)
		for _, n := range t.row(h) {
			total += uint64(n)
			most = max(most, n)
		}
		if total >= least && most <= heavy {
			keep = append(keep, h)
		}
	}
	return t.sub(keep)
}

// matrix is bins × hosts.
func (t *bySource) matrix(value func(n uint32) float64) *nmf.Matrix {
	m := &nmf.Matrix{Rows: t.bins, Start: []int{0}}
	for h := range t.hosts {
		for b, n := range t.row(h) {
			if n > 0 {
				m.Row, m.Value = append(m.Row, int32(b)), append(m.Value, value(n))
			}
		}
		m.Start = append(m.Start, len(m.Value))
	}
	return m
}

// group are the hosts with at least nmfPart of the largest value of pattern k.
// In units of packets, H is scaled by the sum of its column of W; that has no
// part in a share of the largest.
func (t *bySource) group(f nmf.Factors, k int) []int {
	most := 0.0
	for h := range t.hosts {
		most = max(most, f.H[h*f.Rank+k])
	}
	var out []int
	for h := range t.hosts {
		if v := f.H[h*f.Rank+k]; v > 0 && v >= nmfPart*most {
			out = append(out, h)
		}
	}
	return out
}

// nameGroup adds the ports of a group's hosts.
func (t *bySource) nameGroup(hosts []int, named map[int]map[int]bool, best map[int]float64) {
	if len(hosts) < nmfLeast {
		return
	}
	at := map[int][]int{}
	for _, h := range hosts {
		for _, v := range t.visitsOf(h) {
			at[int(v.port)] = append(at[int(v.port)], h)
		}
	}
	for p, there := range at {
		share := float64(len(there)) / float64(len(hosts))
		if len(there) < nmfLeast || share < nmfShare {
			continue
		}
		if named[p] == nil {
			named[p] = map[int]bool{}
		}
		for _, h := range there {
			named[p][h] = true
		}
		best[p] = max(best[p], share)
	}
}

// namedAlerts makes an alert of each named port.
func (t *bySource) namedAlerts(a Alert, w *Window, named map[int]map[int]bool, best map[int]float64) (alerts []Alert) {
	for p := range t.ports {
		if len(named[p]) == 0 {
			continue
		}
		hosts := make([]int, 0, len(named[p]))
		for h := range named[p] {
			hosts = append(hosts, h)
		}
		slices.Sort(hosts)
		x := a
		x.Notes = slices.Clone(a.Notes)
		x.Value, x.Score = float64(len(hosts)), best[p]
		alerts = append(alerts, t.alert(x, w, p, hosts))
	}
	slices.SortStableFunc(alerts, func(a, b Alert) int { return cmp.Compare(b.Value, a.Value) })
	return alerts
}
