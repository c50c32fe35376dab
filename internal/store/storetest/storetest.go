// Package storetest holds what tests and benchmarks of the store need: a
// builder of batches, a deterministic stream like real traffic, and a model:
// the store's contract done again with plain slices and maps, slow and
// obviously right, to compare the store with after random operations.
package storetest

import (
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/wire"
)

// Builder puts a batch together record by record. The zero Builder is empty.
type Builder struct {
	b wire.Batch
}

// Begin starts a batch of a source.
func (d *Builder) Begin(src cure.Source, epoch, seq uint64) {
	d.b = wire.Batch{
		Header:      wire.Header{Source: src, Epoch: epoch, Seq: seq},
		Markings:    append(d.b.Markings[:0], cure.Marking{}),
		Envelopes:   d.b.Envelopes[:0],
		Keys:        d.b.Keys[:0],
		Rows:        d.b.Rows[:0],
		Annotations: d.b.Annotations[:0],
	}
}

// Batch returns the batch; it is valid until the next Begin.
func (d *Builder) Batch() *wire.Batch { return &d.b }

// Record starts a record under a marking; what follows belongs to it.
func (d *Builder) Record(id cure.ID, m cure.Marking) {
	k := 0
	for k < len(d.b.Markings) && d.b.Markings[k] != m {
		k++
	}
	if k == len(d.b.Markings) {
		d.b.Markings = append(d.b.Markings, m)
	}
	d.b.Envelopes = append(d.b.Envelopes, wire.Envelope{ID: id, Marking: uint8(k)})
}

func (d *Builder) record() uint16 { return uint16(len(d.b.Envelopes) - 1) }

func (d *Builder) key(o cure.Observable) (off uint32, n uint16) {
	off = uint32(len(d.b.Keys))
	d.b.Keys = o.AppendKey(d.b.Keys)
	return off, uint16(uint32(len(d.b.Keys)) - off)
}

// Observe adds an observation to the record.
func (d *Builder) Observe(o cure.Observation) {
	off, n := d.key(o.Observable)
	d.Row(wire.Row{
		First: o.First.UnixMilli(), Last: o.Last.UnixMilli(), Count: max(o.Count, 1),
		KeyOff: off, KeyLen: n, Kind: o.Observable.Kind, Role: o.Role, State: o.State,
	})
}

// Key adds key bytes for [Builder.Row].
func (d *Builder) Key(key []byte) (off uint32, n uint16) {
	off = uint32(len(d.b.Keys))
	d.b.Keys = append(d.b.Keys, key...)
	return off, uint16(len(key))
}

// Row adds a row to the record, whatever is in it.
func (d *Builder) Row(r wire.Row) {
	r.Record = d.record()
	d.b.Rows = append(d.b.Rows, r)
}

// Annotate adds an annotation to the record.
func (d *Builder) Annotate(a cure.Annotation) {
	so, sn := d.key(a.Subject)
	to, tn := d.key(a.Tag)
	d.b.Annotations = append(d.b.Annotations, wire.AnnotationRow{
		Time: a.Time.UnixMilli(), Record: d.record(), Confidence: a.Confidence,
		SubjectOff: so, SubjectLen: sn, SubjectKind: a.Subject.Kind,
		TagOff: to, TagLen: tn, TagKind: a.Tag.Kind,
	})
}

// Enrich adds an enrichment to the record.
func (d *Builder) Enrich(e cure.Enrichment) {
	d.b.Enrichments = append(d.b.Enrichments, wire.Of[cure.Enrichment]{Record: d.record(), Item: e})
}

// Control adds a control record to the batch.
func (d *Builder) Control(c cure.Control) {
	d.b.Controls = append(d.b.Controls, wire.Of[cure.Control]{Record: d.record(), Item: c})
}

// See returns a scope that sees what the predicate says.
func See(sees func(cure.Source, cure.Marking) bool) cure.Scope {
	return cure.NewScope(cure.ScopeSpec{Principal: "test", Purpose: "test", Sees: sees})
}

// All sees everything.
func All() cure.Scope { return See(func(cure.Source, cure.Marking) bool { return true }) }

// Unix is the time of a Unix second.
func Unix(s int64) time.Time { return time.Unix(s, 0).UTC() }
