// Package wire is the batch format: how records of all kinds travel from a
// publisher through the log into every hub.
//
// A batch belongs to one source. It is self-describing (every name, marking
// and sensor is written once per batch), versioned, compressed with zstd,
// guarded by a CRC, and carries publisher, epoch and sequence so that applying
// it twice has no effect. Observation rows are sorted by 64 virtual partitions
// of the keyed value hash behind an offset table, so that a hub which owns a
// part of the partitions reads only its own. Attributes and raw lines live
// here only; memory holds (sequence, record index) and decodes on opening.
//
// Batches are untrusted: [Decoder.Decode] is bounded in memory and time by the
// input's length and the limits below, and refuses with a reason.
package wire

import (
	"time"

	"github.com/opencure/cure"
)

// Limits of one batch. An encoder closes a batch before it passes one; a
// decoder refuses what does.
const (
	MaxEncoded   = 512 << 10 // bytes on the wire, hard cap of the log
	TargetBytes  = 48 << 10  // compressed size for which batches are cut, about
	MaxDecoded   = 4 << 20   // bytes after decompression
	MaxRecords   = 1 << 15   // records of one batch
	MaxRows      = 1 << 16   // observation rows of one batch
	MaxInline    = 64 << 10  // longest raw line; longer ones go to the object store
	Partitions   = 64        // virtual partitions of the keyed value hash
	FlushAfter   = 200 * time.Millisecond
	MaxMarkings  = 256       // distinct markings of one batch; index 0 is the source's default
	MaxAttrValue = 8 << 10   // longest attribute value, title, sentence, reason
	MaxName      = 256       // longest attribute name, sensor, contributor, engine
	MaxRecord    = 224 << 10 // bytes of one record with everything in it
)

// Header says whose batch this is and where it stands in the order of its
// source.
type Header struct {
	Source  cure.Source
	Epoch   uint64    // a publisher's life: drawn by the hub when the publisher opens its source
	Seq     uint64    // 1, 2, 3 … within the epoch, without gaps
	Created time.Time // clock of the publisher, to the millisecond; compared with arrival for the skew alarm
	KeyID   uint32    // 0: payload in clear. Reserved for encryption per source and day
}

// Row is one observation as the store applies it. Rows of one record stand
// together, in record order, and by partition within the record. Times are
// Unix milliseconds.
type Row struct {
	First, Last int64
	Count       uint32 // at least 1
	Record      uint16 // ordinal of its record in the batch
	KeyLen      uint16
	KeyOff      uint32 // of the binary key in Batch.Keys
	Kind        cure.Kind
	Role        cure.Role
	State       cure.State
	Partition   uint8
}

// AnnotationRow is one annotation as the store applies it.
type AnnotationRow struct {
	Time                 int64 // Unix milliseconds
	SubjectOff, TagOff   uint32
	SubjectLen, TagLen   uint16
	Record               uint16
	SubjectKind, TagKind cure.Kind
	Confidence           uint8
	Partition            uint8 // of the subject
	Relation             cure.Relation
}

// Envelope is what the store needs of a record beside its rows.
type Envelope struct {
	ID      cure.ID
	Marking uint8 // index into Batch.Markings
}

// Batch is a decoded batch. It stays valid until the next Decode of the
// decoder that made it.
type Batch struct {
	Header
	Markings    []cure.Marking // index 0: the source's default
	Envelopes   []Envelope     // one a record
	Keys        []byte         // binary keys (cure.Observable.AppendKey), canonical once checked
	Rows        []Row          // observations, in record order
	Annotations []AnnotationRow

	// Kinds that do not need the hot path, with the ordinal of their record.
	Enrichments []Of[cure.Enrichment]
	Detections  []Of[cure.Detection]
	Cases       []Of[cure.Case]
	Documents   []Of[cure.Document]
	Controls    []Of[cure.Control]

	Unknown int       // items of kinds this version does not know: counted and skipped
	Refused []Refusal // items that are not canonical: skipped, the same on every replica
}

// Refusal is an item that the decoder left out, and why.
type Refusal struct {
	Record uint16
	Reason string
}

// Of is an item together with the ordinal of its record.
type Of[T any] struct {
	Record uint16
	Item   T
}

// Key returns the binary key of a row.
func (b *Batch) Key(r *Row) []byte { return b.Keys[r.KeyOff : r.KeyOff+uint32(r.KeyLen)] }

// SubjectKey returns the binary key of an annotation's subject.
func (b *Batch) SubjectKey(a *AnnotationRow) []byte {
	return b.Keys[a.SubjectOff : a.SubjectOff+uint32(a.SubjectLen)]
}

// TagKey returns the binary key of an annotation's tag.
func (b *Batch) TagKey(a *AnnotationRow) []byte {
	return b.Keys[a.TagOff : a.TagOff+uint32(a.TagLen)]
}
