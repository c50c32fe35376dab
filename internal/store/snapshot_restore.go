package store

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/opencure/cure"
)

// restore fills an empty store. Everything that a later read or write follows
// blindly is checked to point into the store.
func (r *snapshotReader) restore(s *Store) error {
	m := r.m
	for _, part := range []func(*Store) error{r.names, r.arrays, r.sets, r.orders, r.segments} {
		if err := part(s); err != nil {
			return err
		}
	}
	s.applied.Store(m.Seq)
	s.observed.Store(m.Observed)
	s.refused.Store(m.Refused)
	s.head.Store(m.Head)
	s.lastSegment = m.Last
	s.prefixes.setWords(m.Prefixes)
	for src, marks := range m.Marks {
		if len(marks) > maxEpochs {
			return cure.Errorf(cure.Invalid, "source %.100q with %d epochs", string(src), len(marks))
		}
		for _, w := range marks {
			s.marks[src] = append(s.marks[src], watermark{w[0], w[1]})
		}
	}
	for _, check := range []func() error{s.checkPairs, s.checkSaid, s.reindex} {
		if err := check(); err != nil {
			return err
		}
	}
	s.bytes()
	return nil
}

// names restores sources, cells and producers; their numbers are their order.
func (r *snapshotReader) names(s *Store) error {
	for i, src := range r.m.Sources {
		if id, ok := s.cells.source(src); !ok || int(id) != i {
			return cure.Errorf(cure.Invalid, "source %.100q stands twice", string(src))
		}
	}
	s.cells.setDefaults(r.m.Defaults)
	for i, c := range r.m.Cells {
		id, ok := s.cells.cell(c.Source, c.Marking)
		if !ok || int(id) != i {
			return cure.Errorf(cure.Invalid, "cell %d stands twice", i)
		}
		t := s.cells.table.Load().tallies[i]
		t.rows.Store(c.Rows)
		t.pairs.Store(c.Pairs)
		t.tags.Store(c.Tags)
		t.span.Store(c.Span)
	}
	floors := make([]uint64, len(r.m.Producers))
	for i, p := range r.m.Producers {
		floors[i] = p.Floor
		id, ok := s.notes.producer(p.Source, p.Name)
		if !ok || int(id) != i {
			return cure.Errorf(cure.Invalid, "producer %.100q stands twice", p.Name)
		}
	}
	s.notes.raiseAll(floors)
	return nil
}

func (r *snapshotReader) arrays(s *Store) error {
	if err := loadArray(r, "values", &s.values.array); err != nil {
		return err
	}
	if err := loadArray(r, "pairs", &s.pairs.array); err != nil {
		return err
	}
	if err := loadArray(r, "tags", &s.tags.array); err != nil {
		return err
	}
	if err := loadArray(r, "notes", &s.notes.array); err != nil {
		return err
	}
	if n, err := r.length("keys", 1, 1<<62); err != nil || uint64(r.sections["keys"].Len) != r.m.KeysEnd {
		return cure.Errorf(cure.Invalid, "keys of %d bytes, want %d: %w", n, r.m.KeysEnd, err)
	}
	s.values.keys.extend(r.m.KeysEnd)
	return r.load("keys", readRun, func(off int64, n int) []byte { return s.values.keys.at(uint64(off), n) })
}

func (r *snapshotReader) sets(s *Store) error {
	data, err := r.bytes("sets")
	if err != nil {
		return err
	}
	t := s.cells.table.Load()
	for want := 0; len(data) > 0; want++ {
		n := 0
		if len(data) >= 3 {
			n = 2 * int(binary.LittleEndian.Uint16(data))
		}
		if len(data) < 3+n || data[2] >= kindSlots {
			return cure.Errorf(cure.Invalid, "sets end in the middle of one")
		}
		list := cellList(data[3 : 3+n])
		for i := range list.len() {
			if int(list.at(i)) >= len(t.cells) || i > 0 && list.at(i-1) >= list.at(i) {
				return cure.Errorf(cure.Invalid, "set %d is not of cells", want)
			}
		}
		if int(s.sets.intern(data[2:3+n])) != want {
			return cure.Errorf(cure.Invalid, "set %d stands twice", want)
		}
		data = data[3+n:]
	}
	return nil
}

func (r *snapshotReader) orders(s *Store) error {
	for i, o := range s.allOrders() {
		st := &orderState{tail: &tail{}}
		for k := 0; r.sections[fmt.Sprintf("order/%d/%d", i, k)] != nil; k++ {
			x, err := r.run(fmt.Sprintf("order/%d/%d", i, k), s.mem)
			if err != nil {
				return err
			}
			for _, e := range x.entries() {
				if place := uint32(e); place == 0 || place >= s.values.n {
					return cure.Errorf(cure.Invalid, "order %d names no value", i)
				}
			}
			if x.n > 0 {
				st.runs = append(st.runs, x)
			}
		}
		o.state.Store(st)
	}
	return nil
}

func (r *snapshotReader) segments(s *Store) error {
	var live []*segment
	for _, in := range r.m.Segments {
		g := newSegment(s, in.No, in.Cap)
		g.minEvent.Store(in.MinEvent)
		g.maxEvent.Store(in.MaxEvent)
		g.minArr, g.maxArr = in.MinArr, in.MaxArr
		if err := r.segment(s, g); err != nil {
			return fmt.Errorf("segment %d: %w", in.No, err)
		}
		s.segments[g.no].Store(g)
		live = append(live, g)
	}
	// All but the last are closed: their index is a run already.
	if k := len(live); k > 0 {
		for _, g := range live[:k-1] {
			g.trim()
			g.leaps.seal()
		}
		g := live[k-1]
		if x := g.records.sealed.Swap(nil); x != nil {
			for _, e := range x.entries() {
				k := recordKey{uint32(e >> 32), uint32(e) >> entryBits}
				g.records.add(s, k, uint32(e)&placeMask)
			}
			s.mem.free(x.at, x.n*8)
		}
	}
	s.live.Store(&live)
	return nil
}

func (r *snapshotReader) segment(s *Store, g *segment) error {
	name := func(part string) string { return segmentSection(g.no, part) }
	if err := loadList(r, name("batches"), &g.batches); err != nil {
		return err
	}
	if err := loadList(r, name("extras"), &g.extras); err != nil {
		return err
	}
	if err := loadList(r, name("bares"), &g.bares); err != nil {
		return err
	}
	n, err := r.length(name("rows"), rowSize, uint64(g.cap))
	if err != nil {
		return err
	}
	rows := g.raw(n)
	if err := r.load(name("rows"), readRun, func(off int64, n int) []byte { return rows[off : off+int64(n)] }); err != nil {
		return err
	}
	g.n.Store(n)
	g.relearn()
	x, err := r.run(name("records"), s.mem)
	if err != nil {
		return err
	}
	if x.n > 0 {
		g.records.sealed.Store(&x)
	}
	return g.check(s.values.n, uint32(len(s.cells.table.Load().cells)), &x)
}

// check verifies that a restored segment points at what there is.
func (g *segment) check(values, cells uint32, records *run) error {
	n := g.n.Load()
	if n > 0 && (g.batches.len() == 0 || g.batches.at(0).first != 0 || g.row(0).what&rowStart == 0) {
		return cure.Errorf(cure.Invalid, "rows without a batch or a record")
	}
	for i := range n {
		r := g.row(i)
		if r.value == 0 || r.value >= values || r.where&0xffff >= cells {
			return cure.Errorf(cure.Invalid, "row %d names no value or cell", i)
		}
		if what := r.what; what>>8&0xff == countExtra || what>>16 == durationExtra {
			if k, ok := g.extraOf(i); !ok || g.extras.at(k).last < r.first {
				return cure.Errorf(cure.Invalid, "row %d lacks what does not fit it", i)
			}
		}
	}
	for i := range g.bares.len() {
		if b := g.bares.at(i); int(b.batch) >= g.batches.len() || b.where&0xffff >= cells {
			return cure.Errorf(cure.Invalid, "record %d names no batch or cell", i)
		}
	}
	for _, e := range records.entries() {
		place := uint32(e) & placeMask
		if place&isBare != 0 && int(place&^isBare) >= g.bares.len() || place&isBare == 0 && place >= n {
			return cure.Errorf(cure.Invalid, "index names no record")
		}
	}
	return nil
}

// checkPairs verifies the pairs and finds the free ones.
func (s *Store) checkPairs() error {
	cells := uint64(len(s.cells.table.Load().cells))
	for i := uint32(1); i < s.pairs.n; i++ {
		p := s.pairs.at(i)
		if p.link == freePair {
			s.pairs.free = append(s.pairs.free, i)
			continue
		}
		if p.next() >= s.pairs.n || uint64(p.cell()) >= cells {
			return cure.Errorf(cure.Invalid, "pair %d points nowhere", i)
		}
	}
	return nil
}

// checkSaid verifies annotations and notes, and indexes the annotations.
func (s *Store) checkSaid() error {
	cells := len(s.cells.table.Load().cells)
	for i := uint32(1); i < s.tags.n; i++ {
		a := s.tags.at(i)
		_, cell, _, _ := a.load()
		if a.subject() == 0 || a.subject() >= s.values.n || a.tag() == 0 || a.tag() >= s.values.n ||
			a.next() >= i || int(cell) >= cells {
			return cure.Errorf(cure.Invalid, "annotation %d points nowhere", i)
		}
		s.tags.index.insert(tripleHash(a.subject(), a.tag(), cell), i)
	}
	producers := len(*s.notes.producers.Load())
	s.notes.held.Store(s.notes.n)
	for i := uint32(1); i < s.notes.n; i++ {
		n := s.notes.at(i)
		if n.link == 0 {
			s.notes.free = append(s.notes.free, i)
			continue
		}
		p, cell, _ := n.author()
		if n.next() >= s.notes.n || int(p) >= producers || int(cell) >= cells || uint32(n.link>>32) >= s.values.n ||
			uint32(n.said>>32) >= s.values.n || uint32(n.said) >= s.values.n || n.said>>32 == 0 || uint32(n.said) == 0 {
			return cure.Errorf(cure.Invalid, "note %d points nowhere", i)
		}
	}
	return nil
}

// reindex verifies the values and builds their hash index and the counts of
// the sets, each goroutine for its part of the tables.
func (s *Store) reindex() error {
	var g errgroup.Group
	workers := uint64(runtime.GOMAXPROCS(0))
	sets := s.sets.count.Load()
	s.values.index.presize(int(s.values.n))
	for w := range workers {
		g.Go(func() error {
			for i := uint32(1); i < s.values.n; i++ {
				v := s.values.at(i)
				if !s.values.sound(v.key) || v.firstPair() >= s.pairs.n || uint32(v.set()) >= sets ||
					v.annotations() >= s.tags.n || v.notes() >= s.notes.n {
					return cure.Errorf(cure.Invalid, "value %d points nowhere", i)
				}
				var buf [8]byte
				h := s.values.hash(v.kind(), s.values.key(v, &buf))
				if h>>(64-indexBits)%workers != w {
					continue
				}
				s.values.index.insert(h, i)
				if set := v.set(); set != 0 {
					atomic.AddUint32(&s.sets.at(uint32(set)).count, 1)
				}
			}
			return nil
		})
	}
	err := g.Wait()
	s.values.count.Store(s.values.n - 1)
	return err
}
