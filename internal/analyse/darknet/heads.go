package darknet

import (
	"cmp"
	"slices"
)

// subject is what is counted over time: a port, or a port as one tool scans it.
type subject struct {
	Port Port
	Tool Tool
}

func (s subject) compare(o subject) int {
	return cmp.Or(s.Port.Compare(o.Port), cmp.Compare(s.Tool, o.Tool))
}

// heads are the networks at one subject in one window. Listed scanners are not
// among them.
type heads struct {
	subject
	nets     []Host   // distinct, ordered
	pattern  []uint32 // bins in which each was seen, a bit each
	packets  uint64
	scanners []string // set aside, by name
}

// presence is how many networks were seen a bin.
func (h *heads) presence(bins int) []uint32 {
	n := make([]uint32, bins)
	for _, p := range h.pattern {
		for b := range bins {
			n[b] += p >> b & 1
		}
	}
	return n
}

// crowded reports whether most of some networks lie in one wider network: one
// operator, not many hosts.
func crowded(nets []Host) bool {
	most, run := 0, 0
	for i := range nets {
		if i > 0 && nets[i].At(Net16) == nets[i-1].At(Net16) {
			run++
		} else {
			run = 1
		}
		most = max(most, run)
	}
	return most*5 > len(nets)*4
}

// headsOf counts the networks of a window at each port, by tool where wanted.
// The window is folded to networks and has at most 32 bins.
func headsOf(w *Window, byTool bool) []heads {
	var all []heads
	for i := 0; i < len(w.Cells); {
		s := subject{Port: w.Cells[i].Port}
		if byTool {
			s.Tool = w.Cells[i].Tool
		}
		h := heads{subject: s}
		several := false
		for ; i < len(w.Cells); i++ {
			c := &w.Cells[i]
			if c.Port != s.Port || byTool && c.Tool != s.Tool {
				break
			}
			if c.Scanner != 0 {
				h.aside(w.Scanners[c.Scanner-1])
				continue
			}
			n := len(h.nets)
			several = several || n > 0 && h.nets[n-1].Compare(c.Host) >= 0
			h.nets = append(h.nets, c.Host)
			h.pattern = append(h.pattern, presentIn(w.Row(i)))
			h.packets += w.Total(i)
		}
		if several { // a host with several tools
			h.join()
		}
		all = append(all, h)
	}
	return all
}

func presentIn(row []uint32) (bits uint32) {
	for b, n := range row {
		if n > 0 {
			bits |= 1 << b
		}
	}
	return bits
}

func (h *heads) aside(name string) {
	if !slices.Contains(h.scanners, name) {
		h.scanners = append(h.scanners, name)
	}
}

// join makes one of what is there twice.
func (h *heads) join() {
	order := make([]int, len(h.nets))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return h.nets[a].Compare(h.nets[b]) })
	var nets []Host
	var pattern []uint32
	for _, i := range order {
		if n := len(nets); n > 0 && nets[n-1] == h.nets[i] {
			pattern[n-1] |= h.pattern[i]
			continue
		}
		nets, pattern = append(nets, h.nets[i]), append(pattern, h.pattern[i])
	}
	h.nets, h.pattern = nets, pattern
}
