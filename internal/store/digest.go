package store

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// Digest is a SHA-256 over everything the scope sees: values, what each source
// knows of them, single observations, tags and notes. It does not depend on
// the order in which things came nor on where in the log they are written, so
// that two stores that were told the same have the same digest. It reads the
// whole store: some microseconds a value. Beside a writer it is of no one
// moment.
func (r *Reader) Digest() [sha256.Size]byte {
	var (
		sum    [4]uint64 // of the hashes of all values: addition does not mind the order
		d      digester
		hashed [sha256.Size]byte
	)
	for i := range r.s.values.count.Load() {
		if !d.value(r, ID(i)) {
			continue
		}
		hashed = sha256.Sum256(d.text)
		for k := range sum {
			sum[k] += binary.LittleEndian.Uint64(hashed[8*k:])
		}
	}
	for k := range sum {
		binary.LittleEndian.PutUint64(hashed[8*k:], sum[k])
	}
	return hashed
}

// digester writes one value at a time as text; it keeps its memory.
type digester struct {
	text   []byte
	lines  []string
	sights []Sight
	tags   []TagSight
	notes  []Note
}

// value writes what is known of a value; false when the scope does not see it.
func (d *digester) value(r *Reader, id ID) bool {
	d.sights, d.tags, d.notes = r.Sights(id, d.sights[:0]), r.Tags(id, d.tags[:0]), r.Notes(id, d.notes[:0])
	if len(d.sights)+len(d.tags)+len(d.notes) == 0 {
		return false
	}
	d.lines = d.lines[:0]
	for _, s := range d.sights {
		d.line("sight %s %d %d %d %x %v %v", d.cell(r, s.Cell), s.First, s.Last, s.Count, s.Roles, s.Listed, s.Ended)
	}
	for _, t := range d.tags {
		d.line("tag %s %s %d %d%s", r.Observable(t.Tag), d.cell(r, t.Cell), t.Confidence, t.Time, t.Relation)
	}
	for _, n := range d.notes {
		d.line("note %q %d %q %q %g %s %d", n.Enricher, n.Version, n.Name, n.Value, n.Score, d.cell(r, n.Cell), n.Expires)
	}
	for s := range r.Timeline(id, time.Time{}, time.Unix(1<<32-1, 0)) {
		d.line("seen %s %d %d %d %d %d", d.cell(r, s.Cell), s.Role, s.State, s.First, s.Last, s.Count)
	}
	slices.Sort(d.lines)
	d.text = fmt.Appendf(d.text[:0], "%s\n", r.Observable(id))
	for _, line := range d.lines {
		d.text = append(append(d.text, line...), '\n')
	}
	return true
}

func (d *digester) line(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// cell names a cell by what it stands for: its number is this store's own.
func (d *digester) cell(r *Reader, c CellID) string {
	cell := r.Cell(c)
	return string(cell.Source) + " " + cell.Marking.String()
}
