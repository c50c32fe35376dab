package wire

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/opencure/cure"
)

// Open reads one record of a batch with everything in it: attributes, raw
// line, evidence. What Decode refuses is left out here too, and so are details
// or evidence that are not canonical. The record shares
// no memory with d or payload. Cost: decompression and a walk over the batch,
// about a millisecond for a full one.
func (d *Decoder) Open(payload []byte, record int) (cure.Record, error) {
	if record < 0 {
		return cure.Record{}, cure.Errorf(cure.NotFound, "no record %d in a batch", record)
	}
	recs, err := d.open(payload, record)
	if err != nil {
		return cure.Record{}, err
	}
	return recs[0], nil
}

// Records reads all records of a batch as [Decoder.Open] does.
func (d *Decoder) Records(payload []byte) ([]cure.Record, error) { return d.open(payload, all) }

const all = -1

// placed is an observation with its place in its record.
type placed struct {
	record int
	place  uint32
	item   cure.Observation
}

// opening is the state of one Open.
type opening struct {
	d     *Decoder
	only  int // ordinal of the one record wanted, or all
	recs  []cure.Record
	order [][]uint32 // per record: the place of its k-th row on the wire
	seen  []uint32   // per record: rows seen so far
	rows  []placed
}

func (d *Decoder) open(payload []byte, only int) ([]cure.Record, error) {
	n, err := d.load(payload)
	if err != nil {
		return nil, err
	}
	o := opening{d: d, only: only}
	switch {
	case only == all:
		o.recs = make([]cure.Record, n.Records)
	case only >= n.Records:
		return nil, cure.Errorf(cure.NotFound, "no record %d in a batch of %d", only, n.Records)
	default:
		o.recs = make([]cure.Record, 1)
	}
	o.order, o.seen = make([][]uint32, len(o.recs)), make([]uint32, len(o.recs))
	if err := first(d.names(), o.details()); err != nil {
		return nil, err
	}
	if err := d.eachPartition(o.partition); err != nil {
		return nil, err
	}
	o.place()
	if err := o.annotations(); err != nil {
		return nil, err
	}
	if err := d.items(); err != nil {
		return nil, err
	}
	collect(&o, d.b.Enrichments, func(r *cure.Record) *[]cure.Enrichment { return &r.Enrichments })
	collect(&o, d.b.Detections, func(r *cure.Record) *[]cure.Detection { return &r.Detections })
	collect(&o, d.b.Cases, func(r *cure.Record) *[]cure.Case { return &r.Cases })
	collect(&o, d.b.Documents, func(r *cure.Record) *[]cure.Document { return &r.Documents })
	collect(&o, d.b.Controls, func(r *cure.Record) *[]cure.Control { return &r.Controls })
	return o.recs, nil
}

// slot returns where a record goes, false when it is not wanted.
func (o *opening) slot(record int) (int, bool) {
	if o.only == all {
		return record, true
	}
	return 0, record == o.only
}

// details reads envelopes, names, attributes and raw lines.
func (o *opening) details() error {
	c := o.d.secs[secDetails].cur
	for i := range o.d.b.Envelopes {
		item := c.sub(c.uvarint())
		if c.bad {
			return malformed("details")
		}
		at, ok := o.slot(i)
		if !ok {
			continue
		}
		r := &o.recs[at]
		env := &o.d.b.Envelopes[i]
		if !o.detail(at, item) || checkEnvelope(r) != nil {
			*r = cure.Record{}
		}
		r.ID, r.Marking = env.ID, o.d.b.Markings[env.Marking]
	}
	if c.left() != 0 {
		return malformed("details")
	}
	return nil
}

// detail reads the details of one record and reports whether they are well
// formed. Decode does not look at them, so one record's must not keep the
// others from being opened.
func (o *opening) detail(at int, item cursor) bool {
	r := &o.recs[at]
	k := codec{mode: reading, cur: item, table: o.d.table}
	k.name(&r.Sensor)
	k.name(&r.Contributor)
	list(&k, &o.order[at], 1, num[uint32])
	list(&k, &r.Attrs, 2, attrFields)
	if k.cur.left() > 0 {
		r.Raw = bytes.Clone(k.cur.b[k.cur.off:])
	}
	return !k.cur.bad
}

// partition collects the observations of the wanted records.
func (o *opening) partition(part uint8, rows int, c *cursor) error {
	record := uint64(0)
	for range rows {
		var r Row
		record += c.uvarint()
		if record >= uint64(len(o.d.times)) {
			return malformed("rows")
		}
		flags := r.read(c, o.d.times[record])
		if c.bad {
			return malformed("rows")
		}
		at, ok := o.slot(int(record))
		if !ok {
			continue
		}
		k := o.seen[at]
		o.seen[at]++
		if int(k) < len(o.order[at]) {
			k = o.order[at][k]
		}
		if r.unknown(flags) || r.check(o.d.plain) != nil {
			continue
		}
		o.rows = append(o.rows, placed{at, k, cure.Observation{
			Observable: cure.Observable{Kind: r.Kind, Value: cure.KeyValue(r.Kind, o.d.b.Key(&r))},
			Role:       r.Role, State: r.State, Count: r.Count, First: instant(r.First), Last: instant(r.Last),
		}})
	}
	return nil
}

// place puts the observations where they stood in their records.
func (o *opening) place() {
	slices.SortStableFunc(o.rows, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.record, b.record), cmp.Compare(a.place, b.place))
	})
	for i := range o.rows {
		r := &o.recs[o.rows[i].record]
		r.Observations = append(r.Observations, o.rows[i].item)
	}
}

func (o *opening) annotations() error {
	return o.d.eachAnnotation(func(a *AnnotationRow, evidence *cursor) {
		at, ok := o.slot(int(a.Record))
		if !ok {
			return
		}
		item := cure.Annotation{
			Subject:    cure.Observable{Kind: a.SubjectKind, Value: cure.KeyValue(a.SubjectKind, o.d.b.SubjectKey(a))},
			Tag:        cure.Observable{Kind: a.TagKind, Value: cure.KeyValue(a.TagKind, o.d.b.TagKey(a))},
			Time:       instant(a.Time),
			Confidence: a.Confidence,
		}
		k := codec{mode: reading, cur: *evidence, table: o.d.table}
		evidenceFields(&k, &item)
		if k.cur.bad || checkEvidence(&item) != nil {
			item.Document, item.SpanStart, item.SpanEnd, item.Sentence = cure.ID{}, 0, 0, ""
		}
		item.Relation = a.Relation
		o.recs[at].Annotations = append(o.recs[at].Annotations, item)
	})
}

func collect[T any](o *opening, items []Of[T], of func(*cure.Record) *[]T) {
	for i := range items {
		if at, ok := o.slot(int(items[i].Record)); ok {
			dst := of(&o.recs[at])
			*dst = append(*dst, items[i].Item)
		}
	}
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
