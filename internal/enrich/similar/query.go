package similar

import (
	"bytes"
	"cmp"
	"math"
	"net/netip"
	"slices"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/num/minhash"
)

// How far a question looks.
const (
	shown         = 20
	exactMost     = 256  // candidates that are compared exactly
	candidateMost = 2000 // found by one sketch in one cell
	bucketMost    = 256  // taken of one bucket, evenly
	sketchMost    = 8    // cells of the address that are asked with by themselves
	leastOverlap  = 0.3
)

// Viewer says what a question may look at.
type Viewer struct {
	// Sees is the predicate of a scope.
	Sees func(cure.Source, cure.Marking) bool
	// Corrected returns the number of the last correction of a source: cells
	// that were read before it do not exist. Nil: there are none.
	Corrected func(cure.Source) uint64
}

// Answer is what comes of a question.
type Answer struct {
	client.Similar
	Red bool // something RED is in it
}

// sight is what one cell knows of an address.
type sight struct {
	*cell
	row *row
}

// asked is one question, or several of one viewer.
type asked struct {
	ix    *Index
	cells []*cell // visible
	rows  int     // of all of them
	least uint16
	sets  [][]minhash.Item
	known map[token]float32 // what idf returned
}

// idf is how rare a token is in all visible cells together. What is shown is
// weighed with it; sketches are of one cell and weighed by that.
func (q *asked) idf(t token) float32 {
	if idf, ok := q.known[t]; ok {
		return idf
	}
	n := 0.0
	for _, c := range q.cells {
		if share, one := c.base.share(t); !one {
			n += math.Exp2(float64(share) / 8)
		}
	}
	idf := weigh(q.rows, n, q.ix.weights.Lone)
	q.known[t] = idf
	return idf
}

// open begins a question; the lock is held for reading.
func (ix *Index) open(v Viewer) asked {
	q := asked{ix: ix, least: worth(ix.now().Unix()), known: map[token]float32{}}
	for _, c := range ix.cells {
		if v.Sees(c.source, c.marking) && (v.Corrected == nil || v.Corrected(c.source) <= ix.asOf[c.source]) {
			q.cells = append(q.cells, c)
			q.rows += c.base.rows
		}
	}
	return q
}

// sights finds an address in the visible cells.
func (q *asked) sights(a key16, dst []sight) []sight {
	for _, c := range q.cells {
		if r := c.find(a); r >= 0 {
			dst = append(dst, sight{c, &c.rows[r]})
		}
	}
	return dst
}

// profile is the set of an address over all that is visible of it.
func (q *asked) profile(all []sight) ([]minhash.Item, evidence) {
	q.sets = q.sets[:0]
	var e evidence
	for _, s := range all {
		if items := s.cell.profile(s.row, &q.ix.weights, q, q.least, nil); len(items) > 0 {
			q.sets = append(q.sets, items)
		}
		one := s.cell.evidence(s.row, q.least)
		e.packets += one.packets
		e.tokens += one.tokens
	}
	if len(q.sets) == 0 {
		return nil, evidence{}
	}
	return unite(q.sets), e
}

// match is an address that was compared.
type match struct {
	addr    key16
	overlap float64
	items   []minhash.Item
	sights  []sight
}

// Similar returns the addresses that behave most like one, as far as visible,
// with reasons.
func (ix *Index) Similar(v Viewer, a netip.Addr) (out Answer) {
	out.Similar = client.Similar{
		Observable: cure.Observable{Kind: cure.KindIP, Value: a.String()}, State: client.SimilarUnknown,
		Why:    "no sensor that you may see has seen it do anything in the last 30 days",
		Values: []client.SimilarAddress{},
	}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	q := ix.open(v)
	own := q.sights(a.As16(), nil)
	items, e := q.profile(own)
	out.Red = red(own)
	out.Packets, out.Traits = e.packets, e.tokens
	switch {
	case len(items) == 0:
		return out
	case !e.enough():
		out.State, out.Why = client.SimilarInsufficient, "fewer than five packets and fewer than three traits were seen: too little to compare"
		return out
	}
	all := q.matches(a.As16(), own, items, exactMost)
	out.State, out.Why = client.SimilarFound, "compared by what sensors saw them do in the last 30 days, never by where they are"
	for _, m := range all[:min(len(all), shown)] {
		if m.overlap < leastOverlap {
			break
		}
		out.Values = append(out.Values, q.tell(items, &m))
		out.Red = out.Red || red(m.sights)
	}
	return out
}

// red reports whether some cell is RED.
func red(all []sight) bool {
	return slices.ContainsFunc(all, func(s sight) bool { return s.marking.TLP == cure.TLPRed })
}

// matches returns candidates, compared exactly, the most alike first.
func (q *asked) matches(a key16, own []sight, items []minhash.Item, most int) []match {
	var all []match
	for _, c := range q.candidates(a, own, items, most) {
		m := match{addr: c, sights: q.sights(c, nil)}
		var e evidence
		if m.items, e = q.profile(m.sights); !e.enough() {
			continue
		}
		m.overlap = minhash.Jaccard(items, m.items)
		all = append(all, m)
	}
	slices.SortFunc(all, compareMatches)
	return all
}

func compareMatches(a, b match) int {
	return cmp.Or(cmp.Compare(b.overlap, a.overlap), bytes.Compare(a.addr[:], b.addr[:]))
}

// candidates returns the addresses that meet the asked one in most bands. What
// several cells say of the asked one is a set of each and of all together;
// each is looked for in each visible cell, with the weights of that cell, for
// only such sketches can be compared.
func (q *asked) candidates(a key16, own []sight, items []minhash.Item, most int) []key16 {
	met := map[key16]int{}
	var sig minhash.Signature
	for _, c := range q.cells {
		found := map[uint32]int{}
		ask := func(set []minhash.Item) {
			q.ix.sketcher.Sketch(set, &sig)
			keys := sig.Keys()
			c.meet(&keys, found)
		}
		for i, s := range own {
			if i == sketchMost {
				break
			}
			ask(s.cell.profile(s.row, &q.ix.weights, c.base, q.least, nil))
		}
		if len(own) > 1 {
			q.sets = q.sets[:0]
			for _, s := range own {
				q.sets = append(q.sets, s.cell.profile(s.row, &q.ix.weights, c.base, q.least, nil))
			}
			ask(unite(q.sets))
		}
		for r, n := range found {
			if other := c.rows[r].addr; other != a {
				met[other] += n
			}
		}
	}
	return best(met, most)
}

// best returns the addresses that were met most often. Among equals a hash
// decides, which favours no network.
func best(met map[key16]int, most int) []key16 {
	type candidate struct {
		addr  key16
		times int
		place uint64
	}
	all := make([]candidate, 0, len(met))
	for a, n := range met {
		all = append(all, candidate{a, n, place(a)})
	}
	slices.SortFunc(all, func(x, y candidate) int {
		return cmp.Or(y.times-x.times, cmp.Compare(x.place, y.place), bytes.Compare(x.addr[:], y.addr[:]))
	})
	first := make([]key16, min(len(all), most))
	for i := range first {
		first[i] = all[i].addr
	}
	return first
}

// meet counts for each row in how many bands it meets the keys. Small buckets
// come first: those of the many who do one common thing only are sampled.
func (c *cell) meet(keys *[minhash.Bands]uint32, found map[uint32]int) {
	var buckets [minhash.Bands][]uint32
	for b := range buckets {
		buckets[b] = c.base.bands[b].find(keys[b])
	}
	slices.SortFunc(buckets[:], func(x, y []uint32) int { return len(x) - len(y) })
	for _, rows := range buckets {
		if len(found) >= candidateMost {
			break
		}
		take := min(len(rows), bucketMost)
		for i := range take {
			if r := rows[i*len(rows)/take] & rowMask; c.rows[r].class&changedBit == 0 {
				found[r]++
			}
		}
	}
	for i := range c.fresh {
		f := &c.fresh[i]
		for b := range keys {
			if f.keys[b] == keys[b] {
				found[f.row]++
			}
		}
	}
}

// nearest returns the k addresses most like one by comparing it with all:
// what sketches are measured against.
func (q *asked) nearest(a key16, items []minhash.Item, k int) []match {
	seen := map[key16]bool{a: true}
	var all []match
	for _, c := range q.cells {
		for i := range c.rows {
			other := c.rows[i].addr
			if seen[other] {
				continue
			}
			seen[other] = true
			m := match{addr: other, sights: q.sights(other, nil)}
			var e evidence
			if m.items, e = q.profile(m.sights); !e.enough() {
				continue
			}
			m.overlap = minhash.Jaccard(items, m.items)
			all = append(all, m)
		}
	}
	slices.SortFunc(all, compareMatches)
	return all[:min(k, len(all))]
}
