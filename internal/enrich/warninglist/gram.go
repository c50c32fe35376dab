package warninglist

import (
	"strings"

	"github.com/opencure/cure"
)

// gramIndex finds which of many needles a value contains: each needle is filed
// under its rarest run of four bytes, so that a value is scanned once and
// needles are compared only where their run occurs.
type gramIndex struct {
	needles []needle
	at      map[[4]byte][]int32 // index into needles
	short   []int32             // needles of under four bytes
	kinds   uint32
}

type needle struct {
	text string
	list uint16
	off  int // of the run in text
}

// build files the needles.
func (g *gramIndex) build(lists []*List) {
	count := map[[4]byte]int{}
	for _, n := range g.needles {
		for i := 0; i+4 <= len(n.text); i++ {
			count[[4]byte([]byte(n.text[i:i+4]))]++
		}
	}
	g.at = map[[4]byte][]int32{}
	for i := range g.needles {
		n := &g.needles[i]
		g.kinds |= lists[n.list].kinds
		if len(n.text) < 4 {
			g.short = append(g.short, int32(i))
			continue
		}
		for j := 0; j+4 <= len(n.text); j++ {
			if count[gramAt(n.text, j)] < count[gramAt(n.text, n.off)] {
				n.off = j
			}
		}
		run := gramAt(n.text, n.off)
		g.at[run] = append(g.at[run], int32(i))
	}
}

// find appends the matches of the needles that o's value contains.
func (g *gramIndex) find(s *Set, dst []Match, o cure.Observable) []Match {
	if g.kinds&(1<<o.Kind) == 0 {
		return dst
	}
	v := o.Value
	for i := 0; i+4 <= len(v); i++ {
		for _, id := range g.at[gramAt(v, i)] {
			n := &g.needles[id]
			if i >= n.off && strings.HasPrefix(v[i-n.off:], n.text) && s.lists[n.list].covers(o.Kind) {
				dst = append(dst, Match{s.lists[n.list], n.text})
			}
		}
	}
	for _, id := range g.short {
		if n := &g.needles[id]; s.lists[n.list].covers(o.Kind) && strings.Contains(v, n.text) {
			dst = append(dst, Match{s.lists[n.list], n.text})
		}
	}
	return dst
}

func gramAt(s string, i int) [4]byte { return [4]byte{s[i], s[i+1], s[i+2], s[i+3]} }
