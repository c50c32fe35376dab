package darknet

import (
	"fmt"
	"slices"

	"github.com/opencure/cure/internal/num/tucker"
	"github.com/opencure/cure/internal/publish/packet"
)

// Parameters of Dark-NTD (its published code).
const (
	ntdStarts = 4
	ntdLeast  = 2     // hosts above the threshold of a feature
	ntdZero   = 1e-10 // what is at most this is nothing
	ntdBins   = 256   // of Otsu's histogram
)

// ntdIgnored are the TCP ports that Dark-NTD leaves out.
var ntdIgnored = []uint16{22, 23, 80, 81, 445, 1433, 2323, 3389, 5555, 8080, 52869}

// NewNTD makes the engine "ntd". In paper mode it is Dark-NTD: minutes × /16 ×
// TCP ports without the usual ports and listed scanners, four starts, hosts
// and ports above Otsu's threshold in features of the same index; no baseline.
// In cure mode see [coreEngine].
func NewNTD(s Settings) Engine {
	if s.modeOf() == Paper {
		return &ntdPaper{set: s}
	}
	return newCoreEngine(s)
}

// ntdPaper is Dark-NTD. It has no memory.
type ntdPaper struct{ set Settings }

// Name implements Engine.
func (*ntdPaper) Name() string { return "ntd" }

// Grid implements Engine.
func (*ntdPaper) Grid() Grid { return Halves }

// State implements Engine.
func (*ntdPaper) State() []byte { return nil }

// Restore implements Engine.
func (*ntdPaper) Restore([]byte) error { return nil }

// Feed implements Engine.
func (n *ntdPaper) Feed(w *Window) []Alert {
	folded := w.Fold(n.set.levelOf())
	t := newBySource(folded, func(c *Cell) bool {
		return c.Scanner == 0 && c.Port.Proto == packet.TCP && !slices.Contains(ntdIgnored, c.Port.Number)
	})
	// A cell of one packet is noise to Dark-NTD.
	x, hosts, ports, err := t.tensor(folded, 2, func(v uint32) float64 { return float64(v) })
	if err != nil {
		return []Alert{t.alert(Alert{Engine: "ntd", Mode: Paper, Test: TestGroup, Notes: []string{err.Error()}}, folded, 0, nil)}
	}
	if len(x.Cells) == 0 {
		return nil
	}
	named := map[int]map[int]bool{}
	best := map[int]float64{}
	var notes []string
	for i, m := range tucker.Published(x, ntdStarts, n.set.Seed^uint64(w.Start.Unix())) {
		if !m.Converged {
			notes = append(notes, fmt.Sprintf("start %d did not converge in %d steps: change %.2g, error %.2g", i+1, m.Steps, m.Change, m.Loss))
		}
		for k := range m.Rank[1] { // hosts and ports of the same index
			h := above(m.Factor[1], m.Rank[1], k)
			if len(h) < ntdLeast {
				continue
			}
			for _, p := range above(m.Factor[2], m.Rank[2], k) {
				t.nameCross(ports[p], pickOf(hosts, h), named)
				best[ports[p]] = 1
			}
		}
	}
	return t.namedAlerts(Alert{Engine: "ntd", Mode: Paper, Test: TestGroup, Notes: notes}, folded, named, best)
}

// nameCross adds a port with all of some hosts, as the published method pairs
// them.
func (t *bySource) nameCross(port int, hosts []int, named map[int]map[int]bool) {
	if named[port] == nil {
		named[port] = map[int]bool{}
	}
	for _, h := range hosts {
		named[port][h] = true
	}
}

func pickOf(all []int, at []int) []int {
	out := make([]int, len(at))
	for i, k := range at {
		out[i] = all[k]
	}
	return out
}

// tensor is bins × hosts × ports with the cells of at least so many packets;
// hosts and ports that have none are not in it. It returns which are.
func (t *bySource) tensor(w *Window, least uint32, value func(n uint32) float64) (x *tucker.Tensor, hosts, ports []int, err error) {
	hostAt, portAt := map[Host]int{}, map[Port]int{}
	for h, host := range t.hosts {
		hostAt[host] = h
	}
	for p, port := range t.ports {
		portAt[port] = p
	}
	count := map[[3]int]uint32{} // several tools of a host at a port are one
	for i := range w.Cells {
		h, ok := hostAt[w.Cells[i].Host]
		p, there := portAt[w.Cells[i].Port]
		if !ok || !there {
			continue
		}
		for b, n := range w.Row(i) {
			if n > 0 {
				count[[3]int{b, h, p}] += n
			}
		}
	}
	newHost, newPort := map[int]int32{}, map[int]int32{}
	var places [][3]int
	for at, n := range count {
		if n >= least {
			places = append(places, at)
		}
	}
	slices.SortFunc(places, func(a, b [3]int) int { return slices.Compare(a[:], b[:]) })
	cells := make([]tucker.Cell, 0, len(places))
	for _, at := range places {
		if _, ok := newHost[at[1]]; !ok {
			newHost[at[1]] = int32(len(hosts))
			hosts = append(hosts, at[1])
		}
		if _, ok := newPort[at[2]]; !ok {
			newPort[at[2]] = int32(len(ports))
			ports = append(ports, at[2])
		}
		cells = append(cells, tucker.Cell{I: int32(at[0]), J: newHost[at[1]], K: newPort[at[2]], Value: value(count[at])})
	}
	x, err = tucker.New([3]int{t.bins, len(hosts), len(ports)}, cells)
	return x, hosts, ports, err
}
