package store

import (
	"encoding/binary"
	"sync/atomic"

	"github.com/opencure/cure"
)

// setID is an interned set of cells. Set 0 is empty: a value in it is unknown
// to everybody.
type setID uint32

// sets interns sets of cells. Every value carries the set of its cells, so
// that whether a scope sees a value is one bit a set, and matrix, counts and
// ">= k sources" come from one pass over the sets, not the values. There are
// as many sets as combinations of cells that occur: hundreds to some hundred
// thousand.
type sets struct {
	array[setRecord]
	signs   array[uint64] // by set: the signs of its cells; writer only
	members keyArena      // two bytes a cell, ascending
	byCells map[string]setID
	recent  []transition // direct-mapped cache of with
	count   atomic.Uint32
	scratch []byte
}

// kindSlots is room for the kinds of cure and a few to come.
const kindSlots = 13

// setRecord is one set, 64 bytes. Counts are of values, by kind.
type setRecord struct {
	place  uint64 // of its cells in members
	n      uint16
	counts [kindSlots]uint32
}

type transition struct {
	from setID
	cell CellID
	to   setID
}

const recentBits = 15

func (s *sets) init(m *memory) {
	s.array.init(m)
	s.signs.init(m)
	s.n, s.signs.n = 0, 0 // set 0 is a set
	s.members.init(m)
	s.byCells = map[string]setID{}
	s.recent = make([]transition, 1<<recentBits)
	s.intern(nil)
}

// cells returns the members of a set, two bytes each.
func (s *sets) cells(id setID) cellList {
	rec := s.at(uint32(id))
	return cellList(s.members.at(rec.place, int(rec.n)*2))
}

// cellList is an ascending list of cells, two bytes each.
type cellList []byte

func (l cellList) len() int        { return len(l) / 2 }
func (l cellList) at(i int) CellID { return CellID(binary.LittleEndian.Uint16(l[2*i:])) }

// with returns the set that has one cell more.
func (s *sets) with(id setID, c CellID) setID {
	slot := &s.recent[(uint32(id)*0x9e3779b1^uint32(c)*0x85ebca6b)>>(32-recentBits)]
	if slot.from == id && slot.cell == c && slot.to != 0 {
		return slot.to
	}
	old := s.cells(id)
	list := s.scratch[:0]
	i := 0
	for ; i < old.len() && old.at(i) < c; i++ {
	}
	list = append(list, old[:2*i]...)
	list = binary.LittleEndian.AppendUint16(list, uint16(c))
	list = append(list, old[2*i:]...)
	s.scratch = list
	to := s.intern(list)
	*slot = transition{id, c, to}
	return to
}

// has reports whether a cell is in a set.
func (s *sets) has(id setID, c CellID) bool {
	if *s.signs.at(uint32(id))&sign(c) == 0 {
		return false
	}
	if c < 64 {
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

// sign is a cell's bit in the signs of the sets it is in: its own below 64,
// shared with others above.
func sign(c CellID) uint64 { return 1 << (c % 64) }

// without returns the set that lacks one cell.
func (s *sets) without(id setID, c CellID) setID {
	old := s.cells(id)
	list := s.scratch[:0]
	for i := range old.len() {
		if old.at(i) != c {
			list = append(list, old[2*i:2*i+2]...)
		}
	}
	s.scratch = list
	return s.intern(list)
}

func (s *sets) intern(list []byte) setID {
	if id, ok := s.byCells[string(list)]; ok {
		return id
	}
	i, ok := s.grow()
	if !ok {
		return 0 // a billion sets do not fit any machine
	}
	s.signs.grow()
	signs := s.signs.at(i)
	for k := range cellList(list).len() {
		*signs |= sign(cellList(list).at(k))
	}
	rec := s.at(i)
	rec.place, rec.n = s.members.add(list), uint16(len(list)/2)
	s.byCells[string(list)] = setID(i)
	s.count.Store(i + 1)
	return setID(i)
}

// move counts a value of a kind out of one set and into another.
func (s *sets) move(from, to setID, kind cure.Kind) {
	if from != 0 { // nobody asks how many nobody knows
		atomic.AddUint32(&s.at(uint32(from)).counts[kind], ^uint32(0))
	}
	if to != 0 {
		atomic.AddUint32(&s.at(uint32(to)).counts[kind], 1)
	}
}
