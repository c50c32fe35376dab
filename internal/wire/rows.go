package wire

import (
	"errors"
	"math"
	"slices"

	"github.com/opencure/cure"
)

// rows reads the observations: in wire order (by partition) into scratch,
// counting the rows of each record, then into Batch.Rows in record order.
func (d *Decoder) rows(n Counts, owns func(uint8) bool) error {
	d.scratch = slices.Grow(d.scratch[:0], n.Rows)
	d.starts = slices.Grow(d.starts[:0], n.Records+1)[:n.Records+1]
	clear(d.starts)
	err := d.eachPartition(func(part uint8, rows int, c *cursor) error {
		if owns != nil && !owns(part) {
			return nil
		}
		return d.partition(part, rows, c)
	})
	if err != nil {
		return err
	}
	sum := uint32(0)
	for i, n := range d.starts {
		d.starts[i] = sum
		sum += n
	}
	d.b.Rows = slices.Grow(d.b.Rows, len(d.scratch))[:len(d.scratch)]
	for i := range d.scratch {
		r := &d.scratch[i]
		at := &d.starts[r.Record]
		d.b.Rows[*at] = *r
		*at++
	}
	return nil
}

// eachPartition walks the offset table and hands out each partition's rows.
func (d *Decoder) eachPartition(visit func(part uint8, rows int, c *cursor) error) error {
	s := &d.secs[secRows]
	table, total := s.cur, 0
	c := &d.part
	at := s.cur // behind the table
	for range 2 * Partitions {
		at.uvarint()
	}
	for part := range uint8(Partitions) {
		rows := table.uvarint()
		*c = at.sub(table.uvarint())
		if at.bad || table.bad || rows > uint64(s.n-total) {
			return malformed("partitions")
		}
		total += int(rows)
		if err := visit(part, int(rows), c); err != nil {
			return err
		}
	}
	if at.left() != 0 || total != s.n {
		return malformed("partitions")
	}
	return nil
}

// partition reads the rows of one partition into scratch.
func (d *Decoder) partition(part uint8, rows int, c *cursor) error {
	record := uint64(0)
	for range rows {
		var r Row
		record += c.uvarint()
		if record >= uint64(len(d.times)) {
			return malformed("rows")
		}
		r.Record, r.Partition = uint16(record), part
		flags := r.read(c, d.times[record])
		if c.bad {
			return malformed("rows")
		}
		if r.unknown(flags) {
			d.b.Unknown++
			continue
		}
		if err := r.check(d.plain); err != nil {
			d.refuse(r.Record, "observation", err)
			continue
		}
		d.starts[record]++
		d.scratch = append(d.scratch, r)
	}
	if c.left() != 0 {
		return malformed("rows")
	}
	return nil
}

// unknown reports whether a later version wrote the row.
func (r *Row) unknown(flags byte) bool {
	return !r.Kind.Valid() || !r.Role.Valid() || !r.State.Valid() || flags&^(stateMask|hasLast|hasCount) != 0
}

// read reads a row behind its record number. Count is 0 and Last before First
// where the wire says what does not fit.
func (r *Row) read(c *cursor, base int64) (flags byte) {
	r.Kind = cure.Kind(c.byte())
	r.Role = cure.Role(c.byte())
	flags = c.byte()
	r.State = cure.State(flags & stateMask)
	r.First = base + c.varint()
	r.Last, r.Count = r.First, 1
	if flags&hasLast != 0 {
		if d := c.uvarint(); d <= maxTime-noTime {
			r.Last += int64(d)
		} else {
			r.Last = noTime
		}
	}
	if flags&hasCount != 0 {
		n := c.uvarint()
		r.Count = uint32(n)
		if n > math.MaxUint32 {
			r.Count = 0
		}
	}
	n := c.uvarint()
	r.KeyOff = uint32(c.off)
	r.KeyLen = uint16(n)
	c.skip(n)
	if n > math.MaxUint16 {
		c.fail()
	}
	return flags
}

var errCount = errors.New("count is not from 1 to 4294967295")

// check says what is wrong with a row of known kind, role and state.
func (r *Row) check(plain []byte) error {
	if r.First <= noTime || r.Last < r.First || r.Last > maxTime {
		return errTime
	}
	if r.Count == 0 {
		return errCount
	}
	return checkKey(r.Kind, plain[r.KeyOff:r.KeyOff+uint32(r.KeyLen)])
}
