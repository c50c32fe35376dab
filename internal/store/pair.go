package store

import (
	"sync/atomic"

	"github.com/opencure/cure"
)

// pair is what one cell knows of one value, all observations folded, 24 bytes:
//
//	span  first 32 | last 32: event time, Unix seconds
//	what  count 32 | roles 16 | flags 8
//	link  next pair of the value 32 | cell 16 | day of the last arrival 16
//
// Each word is read and written atomically. A pair outlives the segments that
// its observations stood in.
type pair struct{ span, what, link uint64 }

// freePair is the link of a pair that is in no chain.
const freePair = 1<<64 - 1

const (
	pairListed = 1 << 0
	pairEnded  = 1 << 1
)

func (p *pair) first() uint32 { return uint32(atomic.LoadUint64(&p.span) >> 32) }
func (p *pair) last() uint32  { return uint32(atomic.LoadUint64(&p.span)) }
func (p *pair) count() uint32 { return uint32(atomic.LoadUint64(&p.what) >> 32) }
func (p *pair) next() uint32  { return uint32(atomic.LoadUint64(&p.link) >> 32) }
func (p *pair) cell() CellID  { return CellID(atomic.LoadUint64(&p.link) >> 16) }
func (p *pair) day() uint16   { return uint16(atomic.LoadUint64(&p.link)) }

func (p *pair) sight() Sight {
	span, what := atomic.LoadUint64(&p.span), atomic.LoadUint64(&p.what)
	return Sight{
		Cell: p.cell(), Roles: RoleSet(what >> 16), Count: uint32(what >> 32),
		First: uint32(span >> 32), Last: uint32(span),
		Listed: what&pairListed != 0, Ended: what&pairEnded != 0,
	}
}

// fact is one thing to fold into a pair.
type fact struct {
	first, last, count uint32
	roles              RoleSet
	flags              uint8 // pairListed or pairEnded, 0 says nothing about validity
	day                uint16
}

// stateFlags maps the state of an observation to the flags of its pair.
var stateFlags = [...]uint8{cure.StateSeen: 0, cure.StateListed: pairListed, cure.StateEnded: pairEnded}

// put writes a fact into a pair that nobody sees yet.
func (p *pair) put(f fact, cell CellID, next uint32) {
	p.span = join(f.first, f.last)
	p.what = uint64(f.count)<<32 | uint64(f.roles)<<16 | uint64(f.flags)
	p.link = uint64(next)<<32 | uint64(cell)<<16 | uint64(f.day)
}

// fold adds a fact. Counts stay at their maximum rather than wrap.
func (p *pair) fold(f fact) {
	if first, last := p.first(), p.last(); f.first < first || f.last > last {
		atomic.StoreUint64(&p.span, join(min(first, f.first), max(last, f.last)))
	}
	w := p.what
	flags := uint8(w)
	if f.flags != 0 {
		flags = f.flags
	}
	count := min(w>>32+uint64(f.count), 1<<32-1)
	atomic.StoreUint64(&p.what, count<<32|(w|uint64(f.roles)<<16)&0xffff0000|uint64(flags))
	if l := p.link; uint16(l) < f.day {
		atomic.StoreUint64(&p.link, l&^0xffff|uint64(f.day))
	}
}

// pairs holds all pairs; places of dead ones are used again.
type pairs struct {
	array[pair]
	free  []uint32 // writer only
	live  uint32
	known []knownPair // direct-mapped cache of far pairs; writer only
	era   uint32      // of known: an unlinked pair ends it
}

// knownPair remembers where the pair of a value and a cell is.
type knownPair struct {
	knot
	pair, era uint32
}

// A few thousand values make up a third of a stream, and each is known to many
// cells: their pairs stand far down a chain, and come again and again.
const (
	knownBits = 16
	farPair   = 3 // steps from which a pair is worth remembering
)

func (p *pairs) init(m *memory) {
	p.array.init(m)
	p.known = make([]knownPair, 1<<knownBits)
	p.era = 1
}

func (p *pairs) slot(k knot) *knownPair {
	return &p.known[(k.value*0x9e3779b1^uint32(k.cell)*0x85ebca6b)>>(32-knownBits)]
}

// recall returns the place of a pair if it is remembered, else 0.
func (p *pairs) recall(k knot) uint32 {
	if s := p.slot(k); s.knot == k && s.era == p.era {
		return s.pair
	}
	return 0
}

func (p *pairs) remember(k knot, at uint32) { *p.slot(k) = knownPair{k, at, p.era} }

// forget ends what is remembered, since a pair has left its chain.
func (p *pairs) forget() {
	if p.era++; p.era == 0 {
		clear(p.known)
		p.era = 1
	}
}

func (p *pairs) take() (uint32, bool) {
	p.live++
	if k := len(p.free); k > 0 {
		i := p.free[k-1]
		p.free = p.free[:k-1]
		return i, true
	}
	return p.grow()
}
