package wire

import (
	"fmt"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/opencure/cure"
)

// Decoder reads batches into memory that it uses again. Not safe for
// concurrent use. It starts no goroutine and holds at most MaxDecoded bytes of
// payload beside the rows.
//
// Cost: one pass over the payload; no allocation in the steady state for
// batches of observations and annotations (urls excepted).
type Decoder struct {
	zstd    *zstd.Decoder
	plain   []byte
	b       Batch
	secs    [secEnd]part
	times   []int64  // of the records
	starts  []uint32 // of the records in Rows
	scratch []Row    // rows in wire order

	// What is handed to callbacks; locals would escape, once per item.
	part    cursor // rows of one partition, or evidence of one annotation
	note    AnnotationRow
	table   []string // names, when loaded
	strings map[string]string
}

// part is a section of the payload: its count of items and its bytes.
type part struct {
	n   int
	cur cursor
}

// Bounds of the sources and organisation lists that a decoder keeps.
const (
	maxInterned     = 4096
	maxInternedSize = 1 << 10
)

// NewDecoder makes a decoder.
func NewDecoder() (*Decoder, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxDecoded),
		zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		return nil, cure.Errorf(cure.Internal, "make batch decoder: %w", err)
	}
	return &Decoder{zstd: z, strings: make(map[string]string)}, nil
}

// Decode reads a batch. What is damaged, malformed or over a limit refuses the
// batch (Invalid); an item that is not canonical is left out and listed in
// Batch.Refused, the same on every replica; items of unknown kinds are
// counted. The batch is valid until the next call of a method of d.
func (d *Decoder) Decode(payload []byte) (*Batch, error) { return d.DecodePartitions(payload, nil) }

// DecodePartitions is [Decoder.Decode] with only those observations and
// annotations whose partition owns reports true for; nil owns all. Rows of
// other partitions are not looked at. The partition is what the publisher
// wrote; it is not checked against the hash, and damage in the rows of others
// does not refuse the batch.
func (d *Decoder) DecodePartitions(payload []byte, owns func(partition uint8) bool) (*Batch, error) {
	n, err := d.load(payload)
	if err != nil {
		return nil, err
	}
	if err := d.rows(n, owns); err != nil {
		return nil, err
	}
	if err := d.annotations(owns); err != nil {
		return nil, err
	}
	if err := d.items(); err != nil {
		return nil, err
	}
	return &d.b, nil
}

func malformed(what string) error { return cure.Errorf(cure.Invalid, "batch has malformed %s", what) }

// load reads the header, decompresses the payload, finds the sections and
// reads what every use of a batch needs: markings and envelopes.
func (d *Decoder) load(payload []byte) (Counts, error) {
	h, n, source, packed, err := parseHeader(payload)
	if err != nil {
		return n, err
	}
	h.Source = cure.Source(d.intern(source))
	if err := h.Source.Check(); err != nil {
		return n, err
	}
	if h.KeyID != 0 {
		return n, cure.Errorf(cure.Invalid, "batch is encrypted with unknown key %d", h.KeyID)
	}
	d.clear(h)
	if cap(d.plain) < n.Decoded {
		d.plain = make([]byte, 0, n.Decoded)
	}
	d.plain, err = d.zstd.DecodeAll(packed, d.plain[:0:n.Decoded])
	if err != nil || len(d.plain) != n.Decoded {
		return n, cure.Errorf(cure.Invalid, "batch does not decompress to %d bytes (%v)", n.Decoded, err)
	}
	d.b.Keys = d.plain
	if err := d.split(); err != nil {
		return n, err
	}
	if d.secs[secRows].n != n.Rows || d.secs[secAnnotations].n != n.Annotations ||
		d.secs[secEnvelopes].n != n.Records || d.secs[secDetails].n != n.Records {
		return n, cure.Errorf(cure.Invalid, "batch holds other counts than its header says")
	}
	if err := d.markings(); err != nil {
		return n, err
	}
	return n, d.envelopes(n.Records)
}

// clear begins a batch in the memory of the last one.
func (d *Decoder) clear(h Header) {
	b := &d.b
	*b = Batch{
		Header: h, Markings: b.Markings[:0], Envelopes: b.Envelopes[:0], Rows: b.Rows[:0],
		Annotations: b.Annotations[:0], Enrichments: truncate(b.Enrichments), Detections: truncate(b.Detections),
		Cases: truncate(b.Cases), Documents: truncate(b.Documents), Controls: truncate(b.Controls),
		Refused: truncate(b.Refused),
	}
	clear(d.table)
	d.table = d.table[:0]
	d.secs = [secEnd]part{}
}

// truncate empties s and lets go of what its elements hold.
func truncate[T any](s []T) []T {
	clear(s)
	return s[:0]
}

// split finds the sections. Their numbers ascend, so none comes twice.
func (d *Decoder) split() error {
	c := cursor{b: d.plain}
	last := uint64(0)
	for c.left() > 0 {
		number, n := c.uvarint(), c.uvarint()
		sub := c.sub(c.uvarint())
		if c.bad || number <= last || n > MaxRows || n > uint64(sub.left()) {
			return malformed("sections")
		}
		last = number
		if number >= secEnd {
			d.b.Unknown += int(n)
			continue
		}
		d.secs[number] = part{int(n), sub}
	}
	return nil
}

// markings reads the table. One that is not canonical refuses the batch: its
// records would fall to a marking that is less strict.
func (d *Decoder) markings() error {
	s := &d.secs[secMarkings]
	d.b.Markings = append(d.b.Markings, cure.Marking{})
	if s.n >= MaxMarkings {
		return malformed("markings")
	}
	for range s.n {
		m := cure.Marking{
			TLP: cure.TLP(s.cur.byte()), PAP: cure.PAP(s.cur.byte()), Licence: cure.Licence(s.cur.byte()),
			Personal: s.cur.byte() != 0,
		}
		m.Orgs = d.intern(s.cur.take(s.cur.uvarint()))
		if s.cur.bad || m.Check() != nil {
			return malformed("markings")
		}
		d.b.Markings = append(d.b.Markings, m)
	}
	return nil
}

func (d *Decoder) envelopes(records int) error {
	c := d.secs[secEnvelopes].cur
	ids := c.take(uint64(records) * uint64(len(cure.ID{})))
	marks := c.take(uint64(records))
	if c.bad {
		return malformed("envelopes")
	}
	d.b.Envelopes = slices.Grow(d.b.Envelopes, records)[:records]
	d.times = slices.Grow(d.times[:0], records)[:records]
	t := int64(0)
	for i := range d.b.Envelopes {
		e := &d.b.Envelopes[i]
		copy(e.ID[:], ids[i*len(e.ID):])
		e.Marking = marks[i]
		if int(e.Marking) >= len(d.b.Markings) {
			return malformed("envelopes")
		}
		t += c.varint()
		d.times[i] = t
	}
	if c.bad {
		return malformed("envelopes")
	}
	return nil
}

// names loads the table of names, once per batch and only when an item needs
// it.
func (d *Decoder) names() error {
	s := &d.secs[secNames]
	if len(d.table) > 0 || s.n == 0 {
		return nil
	}
	for range s.n {
		d.table = append(d.table, string(s.cur.take(s.cur.uvarint())))
	}
	if s.cur.bad {
		d.table = d.table[:0]
		return malformed("names")
	}
	return nil
}

// intern returns b as a string, the same one for the same bytes.
func (d *Decoder) intern(b []byte) string {
	if s, ok := d.strings[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(b) > maxInternedSize {
		return s
	}
	if len(d.strings) >= maxInterned {
		clear(d.strings)
	}
	d.strings[s] = s
	return s
}

// refuse notes an item that is left out.
func (d *Decoder) refuse(record uint16, what string, err error) {
	d.b.Refused = append(d.b.Refused, Refusal{record, fmt.Sprintf("%s: %v", what, err)})
}
