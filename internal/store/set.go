package store

import (
	"encoding/binary"
	"sync/atomic"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/wire"
)

// setID is an interned set of cells, of values of one kind. Set 0 is empty: a
// value in it is unknown to everybody.
type setID uint32

// sets interns sets of cells. Every value carries the set of its cells, so
// that whether a scope sees a value is one number a set, and matrix, counts
// and ">= k sources" come from one pass over the sets, not the values. There
// are as many sets as combinations of cells that ever occurred, about one for
// every thirty values; a set is never forgotten, since a scope compiled before
// would take its number for another.
type sets struct {
	array[setRecord]
	signs   array[uint64] // by set: the signs of its cells; writer only
	members keyArena      // kind, then two bytes a cell, ascending
	index   index         // by kind and cells; writer only
	seed    [16]byte
	alone   [kindSlots][]setID // by kind and cell: the set of it alone
	recent  []transition       // direct-mapped cache of with
	count   atomic.Uint32
	scratch []byte
}

// kindSlots is room for the kinds of cure and a few to come.
const kindSlots = 16

// setRecord is one set, 16 bytes.
type setRecord struct {
	place uint64 // of its members: place 48 | number of cells 16
	kind  uint32
	count uint32 // values in it
}

type transition struct {
	from setID
	cell CellID
	to   setID
}

const recentBits = 18

func (s *sets) init(st *Store) {
	s.array.init(st.mem)
	s.signs.init(st.mem)
	s.n, s.signs.n = 0, 0 // set 0 is a set
	s.members.init(st.mem)
	s.index.init(st)
	s.seed = st.options.Seed
	s.recent = make([]transition, 1<<recentBits)
	s.intern([]byte{0})
}

// cells returns the members of a set.
func (s *sets) cells(id setID) cellList {
	rec := s.at(uint32(id))
	return cellList(s.members.at(rec.place>>16+1, int(rec.place&0xffff)*2))
}

// cellList is an ascending list of cells, two bytes each.
type cellList []byte

func (l cellList) len() int        { return len(l) / 2 }
func (l cellList) at(i int) CellID { return CellID(binary.LittleEndian.Uint16(l[2*i:])) }

// with returns the set that has one cell more.
func (s *sets) with(id setID, c CellID, kind cure.Kind) setID {
	if id == 0 && int(c) < len(s.alone[kind]) && s.alone[kind][c] != 0 {
		return s.alone[kind][c]
	}
	slot := s.slot(id, c)
	if id != 0 && slot.from == id && slot.cell == c {
		return slot.to
	}
	old := s.cells(id)
	list := append(s.scratch[:0], byte(kind))
	i := 0
	for ; i < old.len() && old.at(i) < c; i++ {
	}
	list = append(list, old[:2*i]...)
	list = binary.LittleEndian.AppendUint16(list, uint16(c))
	list = append(list, old[2*i:]...)
	s.scratch = list
	to := s.intern(list)
	*slot = transition{id, c, to}
	if id == 0 {
		s.alone[kind] = append(s.alone[kind], make([]setID, max(int(c)+1-len(s.alone[kind]), 0))...)
		s.alone[kind][c] = to
	}
	return to
}

func (s *sets) slot(id setID, c CellID) *transition {
	return &s.recent[(uint32(id)*0x9e3779b1^uint32(c)*0x85ebca6b)>>(32-recentBits)]
}

// touch reads what with and move will need, to have it on the way.
func (s *sets) touch(id setID, c CellID) uint64 {
	return uint64(s.at(uint32(id)).kind) + uint64(s.slot(id, c).to)
}

// has reports whether a cell is in a set. Writer only.
func (s *sets) has(id setID, c CellID) bool {
	if *s.signs.at(uint32(id))&sign(c) == 0 {
		return false
	}
	if c < 63 {
		return true
	}
	list := s.cells(id)
	for i := range list.len() {
		if list.at(i) == c {
			return true
		}
	}
	return false
}

// sign is a cell's bit in the signs of the sets it is in.
func sign(c CellID) uint64 {
	if c < 63 {
		return 1 << c
	}
	return 1 << 63 // shared by all others
}

// without returns the set that lacks one cell.
func (s *sets) without(id setID, c CellID) setID {
	old := s.cells(id)
	list := append(s.scratch[:0], byte(s.at(uint32(id)).kind))
	for i := range old.len() {
		if old.at(i) != c {
			list = append(list, old[2*i:2*i+2]...)
		}
	}
	s.scratch = list
	if len(list) == 1 {
		return 0
	}
	return s.intern(list)
}

// intern returns the set of a kind and cells.
func (s *sets) intern(list []byte) setID {
	h := wire.Hash(s.seed, cure.KindNone, list)
	p := s.index.probe(h)
	for i, ok := p.next(); ok; i, ok = p.next() {
		rec := s.at(i)
		if n := int(rec.place&0xffff)*2 + 1; n == len(list) && string(s.members.at(rec.place>>16, n)) == string(list) {
			return setID(i)
		}
	}
	i, ok := s.grow()
	if !ok || s.members.full(len(list)) {
		return 0 // a billion sets do not fit any machine
	}
	s.signs.grow()
	signs := s.signs.at(i)
	cells := cellList(list[1:])
	for k := range cells.len() {
		*signs |= sign(cells.at(k))
	}
	rec := s.at(i)
	rec.place = s.members.add(list)<<16 | uint64(cells.len())
	rec.kind = uint32(list[0])
	s.index.insert(h, i)
	s.count.Store(i + 1)
	return setID(i)
}

// move counts a value out of one set and into another.
func (s *sets) move(from, to setID) {
	if from != 0 { // nobody asks how many nobody knows
		atomic.AddUint32(&s.at(uint32(from)).count, ^uint32(0))
	}
	if to != 0 {
		atomic.AddUint32(&s.at(uint32(to)).count, 1)
	}
}

// values returns the number of values in a set, and their kind.
func (s *sets) values(id setID) (uint64, cure.Kind) {
	rec := s.at(uint32(id))
	return uint64(atomic.LoadUint32(&rec.count)), cure.Kind(rec.kind)
}
