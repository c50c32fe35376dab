package hub

import (
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/wire"
)

// sink gathers what the store notices while it applies a batch. Texts of a
// batch share one string and cells one slice, so that a batch costs a few
// allocations however many values are new. It costs nothing while nobody
// listens, but for what is noted of the last hour.
type sink struct {
	store  *store.Store
	self   *store.Reader
	fresh  *fresh
	roster *roster
	on     func() bool
	live   bool
	seq    uint64
	time   time.Time
	text   []byte
	marks  []mark
	most   int // marks of a batch so far
	cells  []store.Cell
	sights []store.Sight
	found  []finding
	again  []said
}

// said is a CVE or a tag that a source said something of, new or not.
type said struct {
	value cure.Observable
	cell  store.Cell
}

// mark is a value that a cell saw for the first time.
type mark struct {
	kind     cure.Kind
	off, end uint32 // of the value in the text
	cell     store.Cell
	from, to uint32 // of the cells that knew it before
}

// finding is a detection with the marking it has.
type finding struct {
	cell store.Cell
	item cure.Detection
}

// notices are the events of one batch, before anybody's scope. They are
// shared by all who listen and never change.
type notices struct {
	seq   uint64
	time  time.Time
	text  string
	marks []mark
	cells []store.Cell
	found []finding
	again []said
}

func (s *sink) begin(seq uint64, at time.Time) {
	s.seq, s.time, s.live = seq, at, s.on()
	s.text, s.marks, s.cells, s.found, s.again = s.text[:0], nil, nil, nil, nil
}

// Linked implements store.Sink.
func (s *sink) Linked(id store.ID, kind cure.Kind, key []byte, cell store.CellID) {
	s.fresh.note(id, cell)
	if s.live {
		s.sights = s.self.Sights(id, s.sights[:0])
		s.note(kind, key, cell, s.sights)
	}
}

// New implements store.Sink.
func (s *sink) New(id store.ID, kind cure.Kind, key []byte, cell store.CellID) {
	s.fresh.note(id, cell)
	s.roster.note(id, kind)
	if s.live {
		s.note(kind, key, cell, nil)
	}
}

// note keeps a value with those who knew it before.
func (s *sink) note(kind cure.Kind, key []byte, cell store.CellID, known []store.Sight) {
	m := mark{kind: kind, cell: s.self.Cell(cell), off: uint32(len(s.text)), from: uint32(len(s.cells))}
	s.text = cure.AppendValue(s.text, kind, key)
	for i := range known {
		if c := known[i].Cell; c != cell {
			s.cells = append(s.cells, s.self.Cell(c))
		}
	}
	m.end, m.to = uint32(len(s.text)), uint32(len(s.cells))
	if s.marks == nil {
		s.marks = make([]mark, 0, s.most)
	}
	s.marks = append(s.marks, m)
	s.most = max(s.most, len(s.marks))
}

// detections notes the detections of a batch.
func (s *sink) detections(b *wire.Batch) {
	if !s.live {
		return
	}
	for _, d := range b.Detections {
		m := b.Markings[b.Envelopes[d.Record].Marking].Or(s.store.Default(b.Source))
		s.found = append(s.found, finding{store.Cell{Source: b.Source, Marking: m}, d.Item})
	}
}

// sayings notes the CVEs and tags that the batch says something of: what
// engines that judge records of meaning must look at again.
func (s *sink) sayings(b *wire.Batch) {
	if !s.live {
		return
	}
	seen := map[said]bool{}
	for i := range b.Rows {
		r := &b.Rows[i]
		if r.Kind != cure.KindCVE && r.Kind != cure.KindTag {
			continue
		}
		m := b.Markings[b.Envelopes[r.Record].Marking].Or(s.store.Default(b.Source))
		x := said{cure.Observable{Kind: r.Kind, Value: string(cure.AppendValue(nil, r.Kind, b.Key(r)))}, store.Cell{Source: b.Source, Marking: m}}
		if !seen[x] {
			seen[x] = true
			s.again = append(s.again, x)
		}
	}
}

// end returns what was gathered, nil for nothing.
func (s *sink) end() *notices {
	if len(s.marks) == 0 && len(s.found) == 0 && len(s.again) == 0 {
		return nil
	}
	return &notices{s.seq, s.time, string(s.text), s.marks, s.cells, s.found, s.again}
}
