package wire

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/opencure/cure"
)

// ErrFull is what [Encoder.Add] returns when the record does not fit into
// what is left of the batch: flush and add it again.
var ErrFull = cure.Errorf(cure.Unavailable, "batch is full")

const (
	// maxPlain bounds the bytes before compression so that even what does not
	// compress stays under MaxEncoded with header and block headers.
	maxPlain = MaxEncoded - 4<<10
	// framing is at least what sections and the partition table take.
	framing = 1 << 10
)

// Encoder collects the records of one source and writes them as a batch. It
// refuses records that no hub would take, so that their publisher learns of
// it. Not safe for concurrent use. It starts no goroutine and holds on to the
// memory of its largest batch (about 2 MB at most).
//
// Cost of a record: a check and a hash per observation, appends; no allocation
// once the buffers have grown.
type Encoder struct {
	seed [16]byte
	zstd *zstd.Encoder

	parts    [Partitions]partition
	rowBytes int
	rows     int
	where    []uint8  // partitions of the rows of the current record
	order    []uint32 // scratch of addOrder

	records           int
	ids, marks, times []byte // envelopes, one column each
	lastTime          int64
	details           []byte
	notes             []byte // annotations
	noteCount         int
	noteRecord        int
	items             [secEnd - secEnrichments]section
	itemBytes         int // of all but the controls
	controlBound      int // of the controls, compressed

	names    names
	markings map[cure.Marking]uint8
	marking  []byte

	scratch codec
	plain   []byte
	out     []byte
}

// partition collects the rows of one virtual partition.
type partition struct {
	buf    []byte
	rows   int
	record int // of its last row
}

// section collects the items of one kind.
type section struct {
	buf []byte
	n   int
}

// NewEncoder makes an encoder; seed is the key of the partition hash, the same
// for all publishers of a cluster.
func NewEncoder(seed [16]byte) (*Encoder, error) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithWindowSize(1<<20))
	if err != nil {
		return nil, cure.Errorf(cure.Internal, "make batch encoder: %w", err)
	}
	return &Encoder{
		seed:     seed,
		zstd:     z,
		names:    names{index: make(map[string]uint32)},
		markings: make(map[cure.Marking]uint8),
	}, nil
}

// Len returns how many records the batch holds.
func (e *Encoder) Len() int { return e.records }

// Size returns how many bytes the batch takes on the wire if it does not
// compress at all.
func (e *Encoder) Size() int {
	return framing + e.rowBytes + len(e.ids) + len(e.marks) + len(e.times) + len(e.details) +
		len(e.notes) + e.itemBytes + e.controlBound + len(e.names.buf) + len(e.marking)
}

// plainTarget is the size before compression at which a batch is full: batches
// of records with raw lines compress to a quarter or better, bare lists of
// addresses to two thirds.
const plainTarget = 4 * TargetBytes

// Full reports whether it is time to flush: the batch has about four times
// TargetBytes before compression, or is close to a limit. It depends on the
// records of this batch alone, so that a publisher that starts again from a
// checkpoint cuts the same batches, whatever compressed them.
func (e *Encoder) Full() bool {
	return e.Size() >= plainTarget ||
		e.records >= MaxRecords || e.rows >= MaxRows || e.noteCount >= MaxRows
}

// Add takes a record into the batch; it keeps nothing of rec. A record that is
// not canonical or over a limit is refused with an Invalid error that says
// why, and the batch is as before. [ErrFull] asks for a flush.
func (e *Encoder) Add(rec *cure.Record) error {
	if err := checkRecord(rec); err != nil {
		return cure.Errorf(cure.Invalid, "encode record: %w", err)
	}
	size := e.bound(rec)
	if size > MaxRecord || len(rec.Observations) > MaxRows || len(rec.Annotations) > MaxRows {
		return cure.Errorf(cure.Invalid, "encode record: about %d bytes, want at most %d", size, MaxRecord)
	}
	mark, known := e.markings[rec.Marking]
	if !known && !rec.Marking.IsDefault() && len(e.markings) >= MaxMarkings-1 {
		return ErrFull
	}
	if e.Size()+size > maxPlain || e.records >= MaxRecords ||
		e.rows+len(rec.Observations) > MaxRows || e.noteCount+len(rec.Annotations) > MaxRows ||
		len(e.names.index)+size/(2*binary.MaxVarintLen32) > MaxRows { // each name adds that to size
		return ErrFull
	}
	at := e.timeOf(rec)
	if err := e.addControls(rec, at, size); err != nil {
		return err
	}
	if !known && !rec.Marking.IsDefault() {
		mark = e.addMarking(rec.Marking)
	}
	e.addEnvelope(rec.ID, mark, at)
	for i := range rec.Observations {
		e.addRow(&rec.Observations[i])
	}
	e.addDetails(rec)
	for i := range rec.Annotations {
		e.addAnnotation(&rec.Annotations[i])
	}
	addItems(e, secEnrichments, at, rec.Enrichments, enrichmentFields)
	addItems(e, secDetections, at, rec.Detections, detectionFields)
	addItems(e, secCases, at, rec.Cases, caseFields)
	addItems(e, secDocuments, at, rec.Documents, documentFields)
	e.records++
	return nil
}

// Flush writes the batch under the header and begins a new one. The batch
// belongs to the caller. A header that is wrong is refused and the records
// stay.
func (e *Encoder) Flush(h Header) ([]byte, error) {
	if err := h.Source.Check(); err != nil {
		return nil, err
	}
	if h.KeyID != 0 {
		return nil, cure.Errorf(cure.Invalid, "encode batch: encryption with key %d is reserved", h.KeyID)
	}
	if err := checkSpan(h.Created, time.Time{}); err != nil {
		return nil, cure.Errorf(cure.Invalid, "encode batch: creation: %w", err)
	}
	head := e.assemble()
	e.out = appendHeader(e.out[:0], &h, Counts{
		Decoded: len(e.plain), Records: e.records, Rows: e.rows, Annotations: e.noteCount,
	})
	e.out = e.zstd.EncodeAll(e.plain[:head], e.out)
	if head < len(e.plain) {
		e.out = e.zstd.EncodeAll(e.plain[head:], e.out)
	}
	if len(e.out) > MaxEncoded { // maxPlain rules it out
		return nil, cure.Errorf(cure.Internal, "encode batch: %d bytes, want at most %d", len(e.out), MaxEncoded)
	}
	sealBatch(e.out)
	e.reset()
	return bytes.Clone(e.out), nil
}

// assemble puts the sections together; head is where the controls begin.
func (e *Encoder) assemble() (head int) {
	e.plain = e.plain[:0]
	e.section(secMarkings, len(e.markings), e.marking)
	e.section(secNames, len(e.names.index), e.names.buf)
	e.section(secEnvelopes, e.records, e.ids, e.marks, e.times)
	e.scratch.buf = e.scratch.buf[:0]
	for i := range e.parts {
		p := &e.parts[i]
		e.scratch.buf = binary.AppendUvarint(e.scratch.buf, uint64(p.rows))
		e.scratch.buf = binary.AppendUvarint(e.scratch.buf, uint64(len(p.buf)))
	}
	e.section(secRows, e.rows, e.scratch.buf)
	e.section(secAnnotations, e.noteCount, e.notes)
	e.section(secDetails, e.records, e.details)
	for number := secEnrichments; number < secEnd; number++ {
		if number == secControls {
			head = len(e.plain)
		}
		if s := &e.items[number-secEnrichments]; s.n > 0 {
			e.section(number, s.n, s.buf)
		}
	}
	return head
}

// section appends one section to the payload. The rows follow their table.
func (e *Encoder) section(number, items int, parts ...[]byte) {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	if number == secRows {
		size += e.rowBytes
	}
	e.plain = binary.AppendUvarint(e.plain, uint64(number))
	e.plain = binary.AppendUvarint(e.plain, uint64(items))
	e.plain = binary.AppendUvarint(e.plain, uint64(size))
	for _, p := range parts {
		e.plain = append(e.plain, p...)
	}
	if number == secRows {
		for i := range e.parts {
			e.plain = append(e.plain, e.parts[i].buf...)
		}
	}
}

// reset empties the batch and keeps the memory.
func (e *Encoder) reset() {
	for i := range e.parts {
		e.parts[i] = partition{buf: e.parts[i].buf[:0]}
	}
	for i := range e.items {
		e.items[i] = section{buf: e.items[i].buf[:0]}
	}
	e.rowBytes, e.rows, e.records, e.noteCount, e.noteRecord, e.itemBytes, e.controlBound, e.lastTime = 0, 0, 0, 0, 0, 0, 0, 0
	e.ids, e.marks, e.times = e.ids[:0], e.marks[:0], e.times[:0]
	e.details, e.notes, e.marking = e.details[:0], e.notes[:0], e.marking[:0]
	e.names.reset()
	clear(e.markings)
}
