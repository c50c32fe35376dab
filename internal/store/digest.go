package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/opencure/cure"
)

// Digest is a hash of all that the scope sees: values, sights, observations,
// tags and notes, whatever their order in memory. Two stores that applied the
// same batches have the same digest, restored or not. It reads everything
// through the same calls as others do, some microseconds a value: for tests,
// and for comparing replicas.
func (r *Reader) Digest() [32]byte {
	var sum [4]uint64
	d := digester{r: r}
	for i := range r.s.values.count.Load() {
		if h, ok := d.value(ID(i)); ok {
			for k := range sum {
				sum[k] += binary.LittleEndian.Uint64(h[8*k:])
			}
		}
	}
	var out [32]byte
	for k := range sum {
		binary.LittleEndian.PutUint64(out[8*k:], sum[k])
	}
	return out
}

type digester struct {
	r     *Reader
	lines [][]byte
}

func (d *digester) line(format string, args ...any) {
	d.lines = append(d.lines, fmt.Appendf(nil, format, args...))
}

func (d *digester) cell(c CellID) string {
	cell := d.r.Cell(c)
	return fmt.Sprintf("%s %v", cell.Source, cell.Marking)
}

// value hashes one value; the lines about it are put in order first.
func (d *digester) value(id ID) ([32]byte, bool) {
	o := d.r.Observable(id)
	if o.Kind == cure.KindNone {
		return [32]byte{}, false
	}
	d.lines = d.lines[:0]
	for _, s := range d.r.Sights(id, nil) {
		d.line("sight %s %d %d %d %d %v %v", d.cell(s.Cell), s.Roles, s.First, s.Last, s.Count, s.Listed, s.Ended)
	}
	for s := range d.r.Timeline(id, time.Time{}, time.Time{}) {
		d.line("row %s %d %d %d %d %d %d/%d", d.cell(s.Cell), s.Role, s.State, s.First, s.Last, s.Count, s.Loc.Seq, s.Loc.Record)
	}
	for _, t := range d.r.Tags(id, nil) {
		d.line("tag %v %s %d %d %d/%d", d.r.Observable(t.Tag), d.cell(t.Cell), t.Confidence, t.Time, t.Loc.Seq, t.Loc.Record)
	}
	for _, n := range d.r.Notes(id, nil) {
		d.line("note %q %d %q %q %x %s %d %d %d/%d", n.Enricher, n.Version, n.Name, n.Value,
			math.Float32bits(n.Score), d.cell(n.Cell), n.Time, n.Expires, n.Loc.Seq, n.Loc.Record)
	}
	slices.SortFunc(d.lines, bytes.Compare)
	h := sha256.New()
	fmt.Fprintf(h, "%v\n", o)
	for _, l := range d.lines {
		h.Write(l)
		h.Write([]byte{'\n'})
	}
	return [32]byte(h.Sum(nil)), true
}
