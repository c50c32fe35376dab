package darknet

import (
	"cmp"
	"slices"
)

// bySource is a window seen from its sources: what each sent in which bin, and to
// which ports. It is what the factorising engines work on.
type bySource struct {
	bins   int
	hosts  []Host   // ordered
	counts []uint32 // bins of the first host, bins of the second …
	start  []int    // host -> its first visit; one more than hosts
	visits []visit  // of the first host, ordered by port, of the second …
	ports  []Port   // that visits refer to, ordered
}

// visit is a host at a port.
type visit struct {
	port    int32 // place in ports
	bits    uint32
	packets uint32
}

// row returns the counts of host h.
func (t *bySource) row(h int) []uint32 { return t.counts[h*t.bins:][:t.bins] }

// visitsOf returns where host h went.
func (t *bySource) visitsOf(h int) []visit { return t.visits[t.start[h]:t.start[h+1]] }

// newBySource turns a window of at most 32 bins around, with the cells that keep
// wants.
func newBySource(w *Window, keep func(c *Cell) bool) *bySource {
	t := &bySource{bins: w.Bins}
	var order []int
	for i := range w.Cells {
		c := &w.Cells[i]
		if !keep(c) {
			continue
		}
		order = append(order, i)
		if n := len(t.ports); n == 0 || t.ports[n-1] != c.Port {
			t.ports = append(t.ports, c.Port) // cells are ordered by port
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(w.Cells[a].Host.Compare(w.Cells[b].Host), cmp.Compare(a, b))
	})
	for _, i := range order {
		c := &w.Cells[i]
		if n := len(t.hosts); n == 0 || t.hosts[n-1] != c.Host {
			t.hosts, t.start = append(t.hosts, c.Host), append(t.start, len(t.visits))
			t.counts = append(t.counts, make([]uint32, t.bins)...)
		}
		h := len(t.hosts) - 1
		p, _ := slices.BinarySearchFunc(t.ports, c.Port, Port.Compare)
		if n := len(t.visits); n == t.start[h] || t.visits[n-1].port != int32(p) {
			t.visits = append(t.visits, visit{port: int32(p)})
		}
		v, row := &t.visits[len(t.visits)-1], t.row(h)
		for b, n := range w.Row(i) {
			row[b] += n
			v.packets += n
			if n > 0 {
				v.bits |= 1 << b
			}
		}
	}
	t.start = append(t.start, len(t.visits))
	return t
}

// sub returns the table of some hosts, given in order.
func (t *bySource) sub(hosts []int) *bySource {
	out := &bySource{bins: t.bins, ports: t.ports}
	for _, h := range hosts {
		out.hosts, out.start = append(out.hosts, t.hosts[h]), append(out.start, len(out.visits))
		out.counts = append(out.counts, t.row(h)...)
		out.visits = append(out.visits, t.visitsOf(h)...)
	}
	out.start = append(out.start, len(out.visits))
	return out
}

// at returns, for each port, the hosts that went there, in order.
func (t *bySource) at() [][]int {
	all := make([][]int, len(t.ports))
	for h := range t.hosts {
		for _, v := range t.visitsOf(h) {
			all[v.port] = append(all[v.port], h)
		}
	}
	return all
}

// alert fills in what a table knows of hosts at a port: who, when, how much.
func (t *bySource) alert(a Alert, w *Window, port int, hosts []int) Alert {
	a.Start, a.End, a.Level = w.Start, w.End(), w.Level
	a.Ports = append(a.Ports, t.ports[port])
	a.Bins = make([]uint32, t.bins)
	for _, h := range hosts {
		if len(a.Sources) < MaxSources {
			a.Sources = append(a.Sources, t.hosts[h])
		}
		for _, v := range t.visitsOf(h) {
			if v.port != int32(port) {
				continue
			}
			a.Packets += uint64(v.packets)
			for b := range a.Bins {
				a.Bins[b] += v.bits >> b & 1
			}
		}
	}
	a.SourceN = len(hosts)
	return a
}

// sourcesWithin returns the sources of a window at a port that lie in some
// networks, given in order; research scanners are not among them.
func sourcesWithin(w *Window, p Port, l Level, nets []Host) (hosts []Host, n int) {
	i, _ := slices.BinarySearchFunc(w.Cells, p, func(c Cell, p Port) int { return c.Port.Compare(p) })
	for ; i < len(w.Cells) && w.Cells[i].Port == p; i++ {
		c := &w.Cells[i]
		if _, in := slices.BinarySearchFunc(nets, c.Host.At(l), Host.Compare); in && c.Scanner == 0 {
			hosts = append(hosts, c.Host)
		}
	}
	slices.SortFunc(hosts, Host.Compare)
	hosts = slices.Compact(hosts)
	return hosts[:min(len(hosts), MaxSources)], len(hosts)
}

// wanted leaves out listed scanners and ports whose packets go to one address.
func wanted(w *Window) func(c *Cell) bool {
	return func(c *Cell) bool {
		_, focused := slices.BinarySearchFunc(w.Focused, c.Port, Port.Compare)
		return c.Scanner == 0 && !focused
	}
}

func everything(*Cell) bool { return true }

// levelOf is the level that an engine works at. The published methods work on
// /16 networks; in cure mode they need not.
func (s Settings) levelOf() Level {
	if s.Mode == Paper && s.Level == Address {
		return Net16
	}
	return s.Level
}

func (s Settings) modeOf() Mode { return cmp.Or(s.Mode, Cure) }
