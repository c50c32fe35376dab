package hub

import (
	"cmp"
	"context"
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// MaxCompared bounds the sources of a comparison.
const MaxCompared = 128

// Compare compares sources by what they hold: what pairs share, what only one
// has, and who listed first, by how long. Names are sources or publishers;
// none means all feeds. The error is Invalid when they mean more than
// [MaxCompared] sources.
//
// Who was first is judged on values only that both listed after their first
// copy: of what stood in that nobody knows how long it had been there. Times
// are event times: the list's own where it gives them, else that of the copy.
// Medians are exact to six percent.
//
// Cost: one walk over the kinds of all values, one over those that several
// sources hold.
func (h *Hub) Compare(ctx context.Context, sc cure.Scope, names []string) (Comparison, error) {
	leave, err := h.wide.enter(ctx)
	if err != nil {
		return Comparison{}, err
	}
	defer leave()
	if len(names) == 0 {
		names = []string{"feeds"}
	}
	l := h.look(sc)
	defer l.done(ctx, "compare")
	c := newComparing(l, names)
	if len(c.sources) > MaxCompared {
		return Comparison{}, cure.Errorf(cure.Invalid, "compare %d sources, want at most %d: name them", len(c.sources), MaxCompared)
	}
	in := func(s cure.Source) bool { _, ok := c.index[s]; return ok }
	e := every{ctx: ctx}
	for id := range l.r.All(0) { // tags are names, and nobody lists them
		if err := e.err(); err != nil {
			return Comparison{}, err
		}
		if l.r.Kind(id) == cure.KindTag {
			c.without(id)
		}
	}
	for id := range l.r.Shared(in, in) {
		if err := e.err(); err != nil {
			return Comparison{}, err
		}
		if l.r.Kind(id) == cure.KindTag {
			continue
		}
		l.sights = l.r.Sights(id, l.sights[:0])
		c.value()
	}
	return c.result(), nil
}

// comparing counts.
type comparing struct {
	l       *look
	sources []cure.Source
	index   map[cure.Source]int
	begin   []uint32 // when each listed its first copy
	all     []uint64 // values of each
	common  []uint64 // that another of them has too
	timed   []uint64
	first   []spread
	pairs   map[[2]int]*pairing

	have []listing // of one value
}

// without takes a value off the count of each that has it.
func (c *comparing) without(id store.ID) {
	c.l.sights = c.l.r.Sights(id, c.l.sights[:0])
	for i := range c.l.sights {
		n, ok := c.index[c.l.cell(c.l.sights[i].Cell).Source]
		if ok && !c.l.repeats(i) && c.all[n] > 0 {
			c.all[n]--
		}
	}
}

// listing is when a source had a value.
type listing struct {
	source int
	at     uint32
	known  bool // it was not in the first copy
}

// pairing counts what two sources share.
type pairing struct {
	shared, timed uint64
	a, b          spread // leads of either
}

func newComparing(l *look, names []string) *comparing {
	c := &comparing{l: l, index: map[cure.Source]int{}, pairs: map[[2]int]*pairing{}}
	for _, s := range l.r.Stats().Sources {
		if slices.ContainsFunc(names, func(n string) bool { return isOf(s.Source, n) }) {
			c.index[s.Source] = len(c.sources)
			c.sources = append(c.sources, s.Source)
			c.begin = append(c.begin, s.First)
		}
	}
	n := len(c.sources)
	c.all = make([]uint64, n)
	m := l.r.Matrix(func(s cure.Source) string { return string(s) })
	for i, name := range m.Names {
		if at, ok := c.index[cure.Source(name)]; ok {
			c.all[at] = m.Shared[i][i]
		}
	}
	c.common, c.timed, c.first = make([]uint64, n), make([]uint64, n), make([]spread, n)
	return c
}

// firstCopy is how long behind the earliest time of a source all that it says
// is taken for its first copy, in seconds.
const firstCopy = 60

// value counts the value whose sights were read last.
func (c *comparing) value() {
	c.have = c.have[:0]
	for i := range c.l.sights {
		s := &c.l.sights[i]
		n, ok := c.index[c.l.cell(s.Cell).Source]
		if !ok {
			continue
		}
		if j := slices.IndexFunc(c.have, func(h listing) bool { return h.source == n }); j >= 0 {
			c.have[j].at = min(c.have[j].at, s.First) // under another marking
			continue
		}
		c.have = append(c.have, listing{source: n, at: s.First})
	}
	for i := range c.have {
		h := &c.have[i]
		h.known = h.at > c.begin[h.source]+firstCopy
		if len(c.have) > 1 {
			c.common[h.source]++
		}
	}
	slices.SortFunc(c.have, func(a, b listing) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.source, b.source)) })
	c.leads()
	for i, a := range c.have {
		for _, b := range c.have[i+1:] {
			c.pair(a, b)
		}
	}
}

// leads notes who of all was first: where all times are known.
func (c *comparing) leads() {
	if len(c.have) < 2 || slices.ContainsFunc(c.have, func(h listing) bool { return !h.known }) {
		return
	}
	for _, h := range c.have {
		c.timed[h.source]++
	}
	if lead := c.have[1].at - c.have[0].at; lead > 0 {
		c.first[c.have[0].source].add(lead)
	}
}

// pair counts a value that two sources share; a was not later than b.
func (c *comparing) pair(a, b listing) {
	key := [2]int{min(a.source, b.source), max(a.source, b.source)}
	p := c.pairs[key]
	if p == nil {
		p = &pairing{}
		c.pairs[key] = p
	}
	p.shared++
	if !a.known || !b.known {
		return
	}
	p.timed++
	switch lead := b.at - a.at; {
	case lead == 0:
	case a.source < b.source:
		p.a.add(lead)
	default:
		p.b.add(lead)
	}
}

func (c *comparing) result() Comparison {
	out := Comparison{Sources: []Compared{}, Pairs: []ComparedPair{}}
	for i, s := range c.sources {
		out.Sources = append(out.Sources, Compared{
			Source: s, Values: c.all[i], Unique: c.all[i] - min(c.common[i], c.all[i]),
			Timed: c.timed[i], First: c.first[i].n, Lead: c.first[i].median(),
		})
	}
	share := func(n, of uint64) float64 { return math.Round(float64(n)/float64(max(of, 1))*1e4) / 1e4 }
	for key, p := range c.pairs {
		a, b := key[0], key[1]
		row := ComparedPair{
			A: c.sources[a], B: c.sources[b], Shared: p.shared, Timed: p.timed,
			ShareA: share(p.shared, c.all[a]), ShareB: share(p.shared, c.all[b]),
			AFirst: p.a.n, BFirst: p.b.n, LeadA: p.a.median(), LeadB: p.b.median(),
		}
		if row.A > row.B {
			row = row.Turned()
		}
		out.Pairs = append(out.Pairs, row)
	}
	slices.SortFunc(out.Sources, func(x, y Compared) int { return cmp.Compare(x.Source, y.Source) })
	slices.SortFunc(out.Pairs, func(x, y ComparedPair) int {
		return cmp.Or(cmp.Compare(y.Shared, x.Shared), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	return out
}

// spread counts durations in steps of an eighth of a power of two seconds.
type spread struct {
	n     uint64
	steps [32 * 8]uint32
}

func (s *spread) add(seconds uint32) {
	s.n++
	s.steps[step(seconds)]++
}

// step returns the number of the step of a duration.
func step(seconds uint32) int {
	if seconds < 8 {
		return int(seconds)
	}
	top := bits.Len32(seconds) - 1
	return (top-2)*8 + int(seconds>>(top-3))&7
}

// median returns the middle of the step in which half of the durations are
// behind.
func (s *spread) median() time.Duration {
	seen := uint64(0)
	for i, n := range s.steps {
		if seen += uint64(n); n > 0 && 2*seen >= s.n {
			return middle(i)
		}
	}
	return 0
}

// middle is the inverse of step, to the middle of it.
func middle(i int) time.Duration {
	if i < 8 {
		return time.Duration(i) * time.Second
	}
	top := i/8 + 2
	low := uint64(8+i%8) << (top - 3)
	return time.Duration(low+uint64(1)<<(top-3)/2) * time.Second
}
