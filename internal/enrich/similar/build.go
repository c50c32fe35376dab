package similar

import (
	"cmp"
	"maps"
	"math"
	"math/bits"
	"runtime"
	"slices"
	"sync"

	"github.com/opencure/cure/internal/num/minhash"
)

// base is what was built of a cell: how frequent its tokens are, and its rows
// by the bands of their sketches. It never changes.
type base struct {
	rows   int
	keys   []token // open addressing; 0 for none
	shares []uint8 // 8 log2 of the rows that have the token
	lone   float32
	bands  [minhash.Bands]band
}

// band is the rows by one key of 32 bits: its high bits choose a directory
// entry, the next sixteen are beside the row.
type band struct {
	dir  []uint32
	low  []uint16
	rows []uint32
}

// sketched is a row that changed since the build, with the keys of its bands.
type sketched struct {
	row  uint32
	keys [minhash.Bands]uint32
}

// idf is the natural logarithm of how rare a token is, less for a token that
// only a few have: those share it by chance more often than by plan.
func (b *base) idf(t token) float32 {
	if b.rows == 0 {
		return 1
	}
	share, one := b.share(t)
	idf := math.Ln2 * (float32(math.Log2(float64(b.rows+1))) - float32(share)/8)
	if one {
		return idf * b.lone
	}
	return idf * (b.lone + (1-b.lone)*supported[min(int(share), len(supported)-1)])
}

// supported is how far a token counts that so many rows have (8 log2 of them):
// from nothing for one to all of it from full on.
var supported = func() (t [1 + 8*5]float32) {
	const full = 9
	for i := range t {
		t[i] = float32(min(1, (math.Exp2(float64(i)/8)-1)/(full-1)))
	}
	return t
}()

// share returns 8 log2 of the rows with a token; one is true when that is one
// at most.
func (b *base) share(t token) (share uint8, one bool) {
	if len(b.keys) == 0 {
		return 0, true
	}
	for i := mix(uint64(t)) & uint64(len(b.keys)-1); ; i = (i + 1) & uint64(len(b.keys)-1) {
		switch b.keys[i] {
		case t:
			return b.shares[i], false
		case 0:
			return 0, true
		}
	}
}

// rebuilt returns the cell without what has decayed, and its base anew.
func (c *cell) rebuilt(ix *Index) *cell {
	least := worth(ix.now().Unix())
	n := c.compact(least)
	n.base = n.measure(ix, least)
	n.band(ix, least)
	return n
}

// compact copies the rows that still have tokens, in their order.
func (c *cell) compact(least uint16) *cell {
	n := newCell(c.cellKey)
	n.left = c.left
	n.rows = make([]row, 0, len(c.rows))
	for i := range c.rows {
		old := &c.rows[i]
		tokens, counts := c.arena.block(old)
		kept := 0
		for j := range tokens {
			if counts[j] >= least {
				kept++
			}
		}
		if kept == 0 {
			continue
		}
		r := row{addr: old.addr, packets: old.packets, class: fit(kept)}
		for j, t := range tokens {
			if counts[j] >= least {
				n.arena.push(&r, t, counts[j])
				n.used(t, 1)
			}
		}
		n.rows = append(n.rows, r)
	}
	n.reserve(len(n.rows))
	for t := range n.portUse { // what nobody looks for any more
		if n.portUse[t] == 0 {
			delete(n.portUse, t)
		}
	}
	n.names = maps.Clone(c.names) // questions read the old one meanwhile
	if len(n.names) > maxNames/2 {
		n.forgetNames()
	}
	return n
}

// forgetNames drops the names of tokens that no row has.
func (c *cell) forgetNames() {
	used := make(map[token]bool, len(c.names))
	for i := range c.rows {
		tokens, _ := c.arena.block(&c.rows[i])
		for _, t := range tokens {
			if _, ok := c.names[t]; ok {
				used[t] = true
			}
		}
	}
	maps.DeleteFunc(c.names, func(t token, _ string) bool { return !used[t] })
}

// flat counts all tokens the same: for finding which there are.
type flat struct{}

func (flat) idf(token) float32 { return 1 }

// measure counts in how many rows each token is.
func (c *cell) measure(ix *Index, least uint16) *base {
	b := &base{rows: len(c.rows), lone: ix.weights.Lone}
	all := make([]token, 0, 2*len(c.rows))
	every := ix.weights
	for k := range every.Kind {
		every.Kind[k] = 1
	}
	var items []minhash.Item
	for i := range c.rows {
		items = c.profile(&c.rows[i], &every, flat{}, least, items[:0])
		for _, it := range items {
			all = append(all, token(it.Token))
		}
	}
	slices.Sort(all)
	distinct := 0
	runs(all, func(token, int) { distinct++ })
	if distinct == 0 {
		return b
	}
	size := 1 << bits.Len(uint(distinct+distinct/3))
	b.keys, b.shares = make([]token, size), make([]uint8, size)
	runs(all, func(t token, n int) {
		i := mix(uint64(t)) & uint64(size-1)
		for b.keys[i] != 0 {
			i = (i + 1) & uint64(size-1)
		}
		b.keys[i], b.shares[i] = t, uint8(min(8*math.Log2(float64(n))+0.5, 255))
	})
	return b
}

// runs visits the tokens that stand in a sorted list more than once.
func runs(all []token, visit func(t token, n int)) {
	for i := 0; i < len(all); {
		k := i + 1
		for k < len(all) && all[k] == all[i] {
			k++
		}
		if k-i > 1 {
			visit(all[i], k-i)
		}
		i = k
	}
}

// band draws the sketches of all rows and sorts the rows by each band.
func (c *cell) band(ix *Index, least uint16) {
	n := len(c.rows)
	var keys [minhash.Bands][]uint32
	for b := range keys {
		keys[b] = make([]uint32, n)
	}
	parallel(n, func(from, to int) {
		s := drawer{ix: ix, c: c, least: least}
		for i := from; i < to; i++ {
			k := s.keys(&c.rows[i])
			for b := range keys {
				keys[b][i] = k[b]
			}
		}
	})
	parallel(len(keys), func(from, to int) {
		for b := from; b < to; b++ {
			c.base.bands[b] = newBand(keys[b])
			keys[b] = nil
		}
	})
}

// parallel splits [0, n) among the processors.
func parallel(n int, work func(from, to int)) {
	parts := min(runtime.GOMAXPROCS(0), n)
	var wg sync.WaitGroup
	for p := range parts {
		wg.Go(func() { work(n*p/parts, n*(p+1)/parts) })
	}
	wg.Wait()
}

// drawer draws the sketches of rows of one cell.
type drawer struct {
	ix    *Index
	c     *cell
	least uint16
	items []minhash.Item
	sig   minhash.Signature
}

func (d *drawer) keys(r *row) [minhash.Bands]uint32 {
	d.items = d.c.profile(r, &d.ix.weights, d.c.base, d.least, d.items[:0])
	d.ix.sketcher.Sketch(d.items, &d.sig)
	return d.sig.Keys()
}

// newBand sorts rows by key.
func newBand(keys []uint32) band {
	dirBits := min(max(bits.Len(uint(len(keys)))-3, 0), 16)
	shift := 32 - dirBits
	b := band{dir: make([]uint32, 1<<dirBits+1), low: make([]uint16, len(keys)), rows: make([]uint32, len(keys))}
	for _, k := range keys {
		b.dir[uint64(k)>>shift+1]++
	}
	for i := 1; i < len(b.dir); i++ {
		b.dir[i] += b.dir[i-1]
	}
	at := slices.Clone(b.dir)
	for r, k := range keys {
		d := uint64(k) >> shift
		b.rows[at[d]] = uint32(r)
		at[d]++
	}
	for d := range 1 << dirBits {
		part := b.rows[b.dir[d]:b.dir[d+1]]
		slices.SortFunc(part, func(x, y uint32) int {
			return cmp.Or(cmp.Compare(lowOf(keys[x], dirBits), lowOf(keys[y], dirBits)), cmp.Compare(x, y))
		})
	}
	for i, r := range b.rows {
		b.low[i] = lowOf(keys[r], dirBits)
	}
	return b
}

// lowOf is the sixteen bits of a key below those of the directory.
func lowOf(key uint32, dirBits int) uint16 { return uint16(key << dirBits >> 16) }

// find returns the rows with a key.
func (b *band) find(key uint32) []uint32 {
	if len(b.rows) == 0 {
		return nil
	}
	dirBits := bits.Len(uint(len(b.dir)-1)) - 1
	d := uint64(key) >> (32 - dirBits)
	lo, hi := int(b.dir[d]), int(b.dir[d+1])
	low := lowOf(key, dirBits)
	from, ok := slices.BinarySearch(b.low[lo:hi], low)
	if !ok {
		return nil
	}
	from += lo
	to := from
	if low == math.MaxUint16 {
		to = hi
	} else {
		n, _ := slices.BinarySearch(b.low[from:hi], low+1)
		to = from + n
	}
	return b.rows[from:to]
}

// freshen draws the sketches of the rows that changed since the build. It
// draws all of them again: they are few, or the cell is built anew.
func (c *cell) freshen(ix *Index) []sketched {
	fresh := make([]sketched, len(c.changed))
	least := worth(ix.now().Unix())
	parallel(len(fresh), func(from, to int) {
		d := drawer{ix: ix, c: c, least: least}
		for i := from; i < to; i++ {
			r := c.changed[i]
			fresh[i] = sketched{r, d.keys(&c.rows[r])}
		}
	})
	return fresh
}
