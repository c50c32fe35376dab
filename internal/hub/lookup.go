package hub

import (
	"context"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// Lookup answers a batch of keys, a row a source: Hits.Ends[i] is the end of
// the rows of key i. It reuses the memory of dst; a warm dst is filled without
// allocation. Cost: a few hundred nanoseconds a key.
func (h *Hub) Lookup(sc cure.Scope, q *Keys, dst *Hits) error {
	r := h.store.Reader(sc)
	dst.reset()
	defer func() {
		if dst.red && h.opts.Red != nil {
			h.opts.Red(context.Background(), sc, "batch")
		}
	}()
	dst.ids = r.Batch(q, dst.ids[:0])
	for _, id := range dst.ids {
		if id != store.NoID {
			dst.sights = r.Sights(id, dst.sights[:0])
			from := len(dst.Rows)
			dst.value(r)
			dst.tags = r.Tags(id, dst.tags[:0])
			dst.untag(r, from)
		}
		dst.Ends = append(dst.Ends, uint32(len(dst.Rows)))
	}
	return nil
}

func (d *Hits) reset() {
	d.Sources, d.Ends, d.Rows = d.Sources[:0], d.Ends[:0], d.Rows[:0]
	clear(d.cells)
	d.red = false
}

// value adds the rows of one value, a row a source, in order of the sources'
// names.
func (d *Hits) value(r *store.Reader) {
	from := len(d.Rows)
next:
	for i := range d.sights {
		s := &d.sights[i]
		src := d.source(r, s.Cell)
		for j := from; j < len(d.Rows); j++ {
			if row := &d.Rows[j]; row.Source == src {
				row.Roles |= uint16(s.Roles)
				row.First = min(row.First, s.First)
				row.Last = max(row.Last, s.Last)
				row.Count += s.Count
				continue next
			}
		}
		d.Rows = append(d.Rows, Hit{Source: src, Roles: uint16(s.Roles), First: s.First, Last: s.Last, Count: s.Count})
		for j := len(d.Rows) - 1; j > from && d.Sources[d.Rows[j].Source] < d.Sources[d.Rows[j-1].Source]; j-- {
			d.Rows[j], d.Rows[j-1] = d.Rows[j-1], d.Rows[j]
		}
	}
}

// untag takes the tags of a value out of the counts of its rows: a pair counts
// what was said, an answer how often the value was observed.
func (d *Hits) untag(r *store.Reader, from int) {
	for i := range d.tags {
		src := d.source(r, d.tags[i].Cell)
		for j := from; j < len(d.Rows); j++ {
			if row := &d.Rows[j]; row.Source == src && row.Count > 0 {
				row.Count--
			}
		}
	}
}

// source returns the index of a cell's source in Sources.
func (d *Hits) source(r *store.Reader, c store.CellID) uint16 {
	for int(c) >= len(d.cells) {
		d.cells = append(d.cells, 0)
	}
	if d.cells[c] == 0 {
		cell := r.Cell(c)
		src := cell.Source
		d.red = d.red || cell.Marking.TLP == cure.TLPRed
		i := 0
		for i < len(d.Sources) && d.Sources[i] != src {
			i++
		}
		if i == len(d.Sources) {
			d.Sources = append(d.Sources, src)
		}
		d.cells[c] = uint16(i + 1)
	}
	return d.cells[c] - 1
}

// Summaries returns one line a value, in the order asked; what nobody visible
// knows has no sources.
func (h *Hub) Summaries(ctx context.Context, sc cure.Scope, values []cure.Observable) ([]Summary, error) {
	l := h.look(sc)
	defer l.done(ctx, "batch")
	var q Keys
	for _, o := range values {
		if err := o.Check(); err != nil {
			return nil, err
		}
		q.Add(o)
	}
	ids := l.r.Batch(&q, nil)
	all := make([]Summary, len(values))
	e := every{ctx: ctx}
	for i, id := range ids {
		if err := e.err(); err != nil {
			return nil, err
		}
		if id == store.NoID {
			all[i] = Summary{Observable: values[i]}
			continue
		}
		all[i] = l.summary(id)
		all[i].Observable = values[i]
	}
	return all, nil
}
