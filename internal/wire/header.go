package wire

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"time"

	"github.com/opencure/cure"
)

// A batch on the wire, integers little-endian:
//
//	0   magic "CURE"
//	4   version, 1
//	5   CRC-32C of everything behind it
//	9   length of the header, 2 bytes
//	11  header: uvarints epoch, seq, created (zigzag, Unix ms), key id,
//	    decoded length, records, rows, annotations; source with its length;
//	    what a later writer adds here is ignored
//	    payload: zstd frames, decoding to sections one after the other
//
// A section is its number, its count of items, its length (uvarints) and its
// bytes; numbers ascend. Sections of unknown number are skipped and their
// items counted.
//
//	markings     1  TLP, PAP, licence, personal (a byte each), organisations
//	names        2  texts; number 0 is "" and not written
//	envelopes    3  all ids | all marking numbers | all times (zigzag delta)
//	rows         4  64 x (rows, bytes) | rows of partition 0 | … | of 63
//	annotations  5  in record order
//	details      6  per record: length, sensor, contributor, order, attributes, raw
//	enrichments  7, detections 8, cases 9, documents 10, controls 11:
//	                per item: length, record, fields
//
//	row:         record (delta within the partition), kind, role,
//	             state | 8 last follows | 16 count follows,
//	             first (zigzag, against the record's time), last - first, count,
//	             key with its length
//	annotation:  record (delta), partition, confidence, time (zigzag, against
//	             the record's time), subject and tag (kind, key), evidence with
//	             its length: document, span, sentence
//
// The controls have a zstd frame of their own, because a checkpoint may be
// larger than a whole batch and is taken by its compressed size.
//
// Texts and keys are written as length and bytes. A time in an item is 0 for
// none, else 1 + zigzag of the distance from the record's time.
const (
	magic   = "CURE"
	version = 1

	crcAt     = len(magic) + 1
	sizeAt    = crcAt + 4
	headerAt  = sizeAt + 2
	maxHeader = 1 << 10
)

// Section numbers. Add at the end, never renumber.
const (
	secMarkings = 1 + iota
	secNames
	secEnvelopes
	secRows
	secAnnotations
	secDetails
	secEnrichments
	secDetections
	secCases
	secDocuments
	secControls
	secEnd
)

// Times of a batch lie between year 1 (which is no time) and year 9999.
const (
	noTime  = -62135596800000 // time.Time{} in Unix milliseconds
	maxTime = 253402300799999
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Counts says what is in a batch, as its header promises.
type Counts struct {
	Records     int
	Rows        int
	Annotations int
	Decoded     int // bytes after decompression
}

// ReadHeader reads the header of a batch without decompressing it. The CRC is
// checked over the whole batch (some microseconds); the counts are promises
// until [Decoder.Decode] agrees.
func ReadHeader(payload []byte) (Header, Counts, error) {
	h, n, source, _, err := parseHeader(payload)
	if err == nil {
		h.Source = cure.Source(source)
		err = h.Source.Check()
	}
	if err != nil {
		return Header{}, Counts{}, err
	}
	return h, n, nil
}

func appendHeader(dst []byte, h *Header, n Counts) []byte {
	dst = append(dst, magic...)
	dst = append(dst, version, 0, 0, 0, 0, 0, 0)
	from := len(dst)
	dst = binary.AppendUvarint(dst, h.Epoch)
	dst = binary.AppendUvarint(dst, h.Seq)
	dst = binary.AppendVarint(dst, h.Created.UnixMilli())
	dst = binary.AppendUvarint(dst, uint64(h.KeyID))
	for _, v := range [...]int{n.Decoded, n.Records, n.Rows, n.Annotations, len(h.Source)} {
		dst = binary.AppendUvarint(dst, uint64(v))
	}
	dst = append(dst, h.Source...)
	binary.LittleEndian.PutUint16(dst[from-2:], uint16(len(dst)-from))
	return dst
}

// sealBatch writes the CRC once everything behind it is there.
func sealBatch(b []byte) {
	binary.LittleEndian.PutUint32(b[crcAt:], crc32.Checksum(b[sizeAt:], castagnoli))
}

// parseHeader checks frame and CRC and returns the header without its source,
// which the caller interns, and the compressed payload. Both belong to b.
func parseHeader(b []byte) (h Header, n Counts, source, payload []byte, err error) {
	switch {
	case len(b) > MaxEncoded:
		return h, n, nil, nil, cure.Errorf(cure.Invalid, "batch of %d bytes, want at most %d", len(b), MaxEncoded)
	case len(b) < headerAt || string(b[:len(magic)]) != magic:
		return h, n, nil, nil, cure.Errorf(cure.Invalid, "not a batch")
	case b[len(magic)] != version:
		return h, n, nil, nil, cure.Errorf(cure.Invalid, "batch of version %d, want %d", b[len(magic)], version)
	case binary.LittleEndian.Uint32(b[crcAt:]) != crc32.Checksum(b[sizeAt:], castagnoli):
		return h, n, nil, nil, cure.Errorf(cure.Invalid, "batch is damaged: CRC does not match")
	}
	size := int(binary.LittleEndian.Uint16(b[sizeAt:]))
	if size > maxHeader || size > len(b)-headerAt {
		return h, n, nil, nil, cure.Errorf(cure.Invalid, "batch header of %d bytes is too long", size)
	}
	c := cursor{b: b[:headerAt+size], off: headerAt}
	h.Epoch, h.Seq = c.uvarint(), c.uvarint()
	created, key := c.varint(), c.uvarint()
	decoded, records, rows, notes := c.uvarint(), c.uvarint(), c.uvarint(), c.uvarint()
	source = c.take(c.uvarint())
	switch {
	case c.bad || created < noTime || created > maxTime || key > math.MaxUint32:
		return h, n, nil, nil, cure.Errorf(cure.Invalid, "batch header is malformed")
	case decoded == 0 || decoded > MaxDecoded || records > MaxRecords || rows > MaxRows || notes > MaxRows:
		return h, n, nil, nil, cure.Errorf(cure.Invalid, "batch promises nothing or more than its limits")
	}
	h.Created, h.KeyID = time.UnixMilli(created).UTC(), uint32(key)
	n = Counts{Records: int(records), Rows: int(rows), Annotations: int(notes), Decoded: int(decoded)}
	return h, n, source, b[headerAt+size:], nil
}
