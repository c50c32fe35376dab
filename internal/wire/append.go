package wire

import (
	"encoding/binary"
	"slices"

	"github.com/opencure/cure"
)

// Flags of a row beside its state, which takes the low three bits.
const (
	stateMask = 7
	hasLast   = 8
	hasCount  = 16
)

// bound returns at least the bytes that a checked record adds.
func (e *Encoder) bound(rec *cure.Record) int {
	c := &e.scratch
	c.mode = sizing
	c.size = 128 + len(rec.Sensor) + len(rec.Contributor) + len(rec.Raw) + len(rec.Marking.Orgs)
	for i := range rec.Observations {
		c.size += len(rec.Observations[i].Observable.Value) + 64
	}
	for i := range rec.Attrs {
		attrFields(c, &rec.Attrs[i])
	}
	for i := range rec.Annotations {
		a := &rec.Annotations[i]
		c.size += len(a.Subject.Value) + len(a.Tag.Value) + len(a.Sentence) + 128
	}
	boundItems(c, rec.Enrichments, enrichmentFields)
	boundItems(c, rec.Detections, detectionFields)
	boundItems(c, rec.Cases, caseFields)
	boundItems(c, rec.Documents, documentFields)
	boundItems(c, rec.Controls, controlFields) // the states come on top, see addControls
	return c.size
}

func boundItems[T any](c *codec, items []T, fields func(*codec, *T)) {
	for i := range items {
		c.size += 2 * binary.MaxVarintLen32
		fields(c, &items[i])
	}
}

func (e *Encoder) addMarking(m cure.Marking) uint8 {
	n := uint8(len(e.markings) + 1)
	e.markings[m] = n
	c := codec{mode: writing, buf: e.marking}
	c.marking(&m)
	e.marking = c.buf
	return n
}

// timeOf returns the time of a record: that of its first item, so that most
// items are at distance 0 from it.
func (e *Encoder) timeOf(rec *cure.Record) int64 {
	switch {
	case len(rec.Observations) > 0:
		return rec.Observations[0].First.UnixMilli()
	case len(rec.Annotations) > 0:
		return rec.Annotations[0].Time.UnixMilli()
	case len(rec.Enrichments) > 0:
		return rec.Enrichments[0].Time.UnixMilli()
	}
	return e.lastTime
}

// addEnvelope writes id, marking and time.
func (e *Encoder) addEnvelope(id cure.ID, mark uint8, at int64) {
	e.ids = append(e.ids, id[:]...)
	e.marks = append(e.marks, mark)
	e.times = binary.AppendVarint(e.times, at-e.lastTime)
	e.lastTime = at
	e.where = e.where[:0]
}

// addRow writes an observation of the current record into its partition. The
// partition is a hash of the key, hence the key comes first.
func (e *Encoder) addRow(o *cure.Observation) {
	key := o.Observable.AppendKey(e.scratch.buf[:0])
	e.scratch.buf = key
	part := Partition(Hash(e.seed, o.Observable.Kind, key))
	p := &e.parts[part]
	e.where = append(e.where, part)

	first := o.First.UnixMilli()
	flags := byte(o.State)
	last := first
	if !o.Last.IsZero() {
		last = o.Last.UnixMilli()
	}
	if last != first {
		flags |= hasLast
	}
	if o.Count > 1 {
		flags |= hasCount
	}
	b := binary.AppendUvarint(p.buf, uint64(e.records-p.record))
	b = append(b, byte(o.Observable.Kind), byte(o.Role), flags)
	b = binary.AppendVarint(b, first-e.lastTime)
	if flags&hasLast != 0 {
		b = binary.AppendUvarint(b, uint64(last-first))
	}
	if flags&hasCount != 0 {
		b = binary.AppendUvarint(b, uint64(o.Count))
	}
	b = appendText(b, key)
	e.rowBytes += len(b) - len(p.buf)
	p.buf, p.record = b, e.records
	p.rows++
	e.rows++
}

// addDetails writes what only an opened record shows.
func (e *Encoder) addDetails(rec *cure.Record) {
	c := &e.scratch
	c.mode, c.names, c.buf = writing, &e.names, c.buf[:0]
	c.name(&rec.Sensor)
	c.name(&rec.Contributor)
	e.addOrder(c)
	list(c, &rec.Attrs, 2, attrFields)
	e.details = binary.AppendUvarint(e.details, uint64(len(c.buf)+len(rec.Raw)))
	e.details = append(e.details, c.buf...)
	e.details = append(e.details, rec.Raw...)
}

// addOrder writes where the rows of the current record stood before they were
// sorted by partition: nothing when they stand in that order anyway.
func (e *Encoder) addOrder(c *codec) {
	if slices.IsSorted(e.where) {
		c.buf = append(c.buf, 0)
		return
	}
	e.order = e.order[:0]
	for i := range e.where {
		e.order = append(e.order, uint32(i))
	}
	slices.SortStableFunc(e.order, func(a, b uint32) int { return int(e.where[a]) - int(e.where[b]) })
	c.buf = binary.AppendUvarint(c.buf, uint64(len(e.order)))
	for _, i := range e.order {
		c.buf = binary.AppendUvarint(c.buf, uint64(i))
	}
}

func (e *Encoder) addAnnotation(a *cure.Annotation) {
	c := &e.scratch
	c.mode, c.names, c.base = writing, &e.names, e.lastTime

	c.buf = a.Subject.AppendKey(c.buf[:0])
	part := Partition(Hash(e.seed, a.Subject.Kind, c.buf))

	c.buf = binary.AppendUvarint(c.buf[:0], uint64(e.records-e.noteRecord))
	c.buf = append(c.buf, part, a.Confidence)
	c.buf = binary.AppendVarint(c.buf, a.Time.UnixMilli()-e.lastTime)
	c.observable(&a.Subject)
	c.observable(&a.Tag)
	at := len(c.buf)
	evidenceFields(c, a)
	c.buf = prefixLength(c.buf, at)

	e.notes = append(e.notes, c.buf...)
	e.noteRecord = e.records
	e.noteCount++
}

// addItems writes items of one of the kinds that do not need the hot path.
func addItems[T any](e *Encoder, number int, base int64, items []T, fields func(*codec, *T)) {
	s := &e.items[number-secEnrichments]
	c := &e.scratch
	for i := range items {
		c.mode, c.names, c.base = writing, &e.names, base
		c.buf = binary.AppendUvarint(c.buf[:0], uint64(e.records))
		fields(c, &items[i])
		before := len(s.buf)
		s.buf = appendText(s.buf, c.buf)
		s.n++
		if number != secControls {
			e.itemBytes += len(s.buf) - before
		}
	}
}

// maxControls bounds the controls of a batch before compression.
const maxControls = MaxDecoded - MaxEncoded

// addControls writes the controls of a record. A checkpoint may be larger than
// what a batch holds, so large controls are taken by their compressed size:
// compressed here once, and once more when the batch is flushed.
func (e *Encoder) addControls(rec *cure.Record, base int64, size int) error {
	if len(rec.Controls) == 0 {
		return nil
	}
	s := &e.items[secControls-secEnrichments]
	before := *s
	addItems(e, secControls, base, rec.Controls, controlFields)
	plain := len(s.buf)
	bound := plain
	if plain > MaxInline {
		e.plain = e.plain[:0]
		e.section(secControls, s.n, s.buf)
		e.out = e.zstd.EncodeAll(e.plain, e.out[:0])
		bound = len(e.out)
	}
	if plain <= maxControls && e.Size()-e.controlBound+bound+size <= maxPlain {
		e.controlBound = bound
		return nil
	}
	*s = before
	if e.records > 0 {
		return ErrFull
	}
	return cure.Errorf(cure.Invalid, "encode record: controls of %d bytes, %d compressed, do not fit into a batch", plain, bound)
}
