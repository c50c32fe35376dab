package hub

import (
	"encoding/json"
	"sync"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// viewpoint is a way of looking at records: who with the same rights asks for
// the same gets the same bytes.
type viewpoint struct {
	scope  cure.Scope
	filter string // as text
	raw    bool
}

// sheet is a batch as it looks from one viewpoint.
type sheet struct {
	made    sync.Once
	Records []Opened
	seen    bool // some record is visible, though the filter may not let it through
	red     bool

	coded sync.Once
	parts [][]byte
}

// sheetBytes is about how much JSON one part of a sheet holds.
const sheetBytes = 256 << 10

// Parts returns the records as JSON arrays, encoded once for all who look.
// More than one where the batch is large.
func (s *sheet) Parts() [][]byte {
	s.coded.Do(func() {
		part := []byte{'['}
		for i := range s.Records {
			text, err := json.Marshal(&s.Records[i])
			if err != nil {
				continue // our own types: cannot be
			}
			if len(part) > 1 {
				part = append(part, ',')
			}
			if part = append(part, text...); len(part) > sheetBytes {
				s.parts = append(s.parts, append(part, ']'))
				part = []byte{'['}
			}
		}
		if len(part) > 1 {
			s.parts = append(s.parts, append(part, ']'))
		}
	})
	return s.parts
}

// sheet returns the batch from a viewpoint, made once.
func (h *Hub) sheet(c *chunk, at viewpoint, f *filter) *sheet {
	c.mu.Lock()
	if c.views == nil {
		c.views = map[viewpoint]*sheet{}
	}
	s := c.views[at]
	if s == nil {
		s = &sheet{}
		c.views[at] = s
	}
	c.mu.Unlock()
	s.made.Do(func() {
		if len(c.data) == 0 || !f.wants(c.source) {
			return
		}
		l := h.look(at.scope)
		records := c.open(h.opener)
		for i := range records {
			o, ok := l.opened(c, i, at.raw)
			s.seen = s.seen || ok
			if ok && f.passes(l, &o) {
				s.Records = append(s.Records, o)
				s.red = s.red || o.Marking.TLP == cure.TLPRed
			}
		}
	})
	return s
}

// opened returns the visible part of a record of a batch. Raw text and what
// else belongs to the record as a whole is there when nothing of it is hidden.
func (l *look) opened(c *chunk, i int, raw bool) (o Opened, ok bool) {
	loc := store.Locator{Seq: c.seq, Record: uint16(i)}
	part := &c.open(l.hub.opener)[i]
	seen, whole := l.visible(loc, part)
	o = Opened{Source: c.source, Parts: 1, Arrived: c.time, Record: seen}
	o.ID = part.ID
	if whole && len(l.piece) > 0 {
		for _, row := range l.piece {
			o.Marking = o.Marking.Join(l.cell(row.Cell).Marking)
		}
		o.Sensor, o.Contributor, o.Attrs = part.Sensor, part.Contributor, part.Attrs
		o.Documents, o.Detections, o.Cases = part.Documents, part.Detections, part.Cases
		o.Enrichments = l.standing(part.Enrichments, loc)
		if raw {
			o.Raw = part.Raw
		}
	}
	n := len(o.Observations) + len(o.Annotations) + len(o.Documents) + len(o.Detections) + len(o.Cases) + len(o.Enrichments)
	return o, n > 0
}

// standing returns the statements of a record that were not taken back.
func (l *look) standing(all []cure.Enrichment, loc store.Locator) (stand []cure.Enrichment) {
	for i := range all {
		id, ok := l.find(all[i].Subject)
		if !ok {
			continue
		}
		l.notes = l.r.Notes(id, l.notes[:0])
		for k := range l.notes {
			if n := &l.notes[k]; n.Loc == loc && n.Name == all[i].Name {
				stand = append(stand, all[i])
				break
			}
		}
	}
	return stand
}
