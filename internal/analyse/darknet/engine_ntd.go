package darknet

import (
	"cmp"
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
	x, hosts, ports, notes := t.tensor(folded, 2, tucker.MaxCells, func(n float64) float64 { return n })
	if len(x.Cells) == 0 {
		return nil
	}
	named := map[int]map[int]bool{}
	best := map[int]float64{}
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

// tensor is bins × hosts × ports with the cells of at least so many packets,
// at most most of them: those of most packets, with a note. Hosts and ports
// that have none are not in it; it returns which are.
func (t *bySource) tensor(w *Window, least float64, most int, value func(n float64) float64) (x *tucker.Tensor, hosts, ports []int, notes []string) {
	cells := t.cells(w)
	cells = slices.DeleteFunc(cells, func(c tucker.Cell) bool { return c.Value < least })
	if len(cells) > most {
		notes = append(notes, fmt.Sprintf("%d of %d cells took part: those of most packets", most, len(cells)))
		cells = heaviest(cells, most)
	}
	newHost := make([]int32, len(t.hosts))
	for i := range cells { // ordered by port and host
		c := &cells[i]
		if n := len(ports); n == 0 || ports[n-1] != int(c.K) {
			ports = append(ports, int(c.K))
		}
		if newHost[c.J] == 0 {
			hosts = append(hosts, int(c.J))
			newHost[c.J] = int32(len(hosts))
		}
		c.J, c.K, c.Value = newHost[c.J]-1, int32(len(ports)-1), value(c.Value)
	}
	x, err := tucker.New([3]int{t.bins, len(hosts), len(ports)}, cells)
	if err != nil {
		return &tucker.Tensor{}, nil, nil, append(notes, "tensor: "+err.Error())
	}
	return x, hosts, ports, notes
}

// cells are the packets of a window by bin, host and port of the table,
// ordered by port and host. Several tools of a host at a port are one.
func (t *bySource) cells(w *Window) []tucker.Cell {
	var cells []tucker.Cell
	for i := range w.Cells {
		h, ok := slices.BinarySearchFunc(t.hosts, w.Cells[i].Host, Host.Compare)
		p, there := slices.BinarySearchFunc(t.ports, w.Cells[i].Port, Port.Compare)
		if !ok || !there {
			continue
		}
		for b, n := range w.Row(i) {
			if n > 0 {
				cells = append(cells, tucker.Cell{I: int32(b), J: int32(h), K: int32(p), Value: float64(n)})
			}
		}
	}
	slices.SortStableFunc(cells, compareCells)
	out := cells[:0]
	for _, c := range cells {
		if n := len(out); n > 0 && compareCells(out[n-1], c) == 0 {
			out[n-1].Value += c.Value
			continue
		}
		out = append(out, c)
	}
	return out
}

func compareCells(a, b tucker.Cell) int {
	return cmp.Or(cmp.Compare(a.K, b.K), cmp.Compare(a.J, b.J), cmp.Compare(a.I, b.I))
}

// heaviest keeps the cells of most packets, in their order.
func heaviest(cells []tucker.Cell, most int) []tucker.Cell {
	order := make([]int, len(cells))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(cells[b].Value, cells[a].Value), cmp.Compare(a, b))
	})
	keep := order[:most]
	slices.Sort(keep)
	out := make([]tucker.Cell, 0, len(keep))
	for _, i := range keep {
		out = append(out, cells[i])
	}
	return out
}
