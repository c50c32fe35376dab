package wire

import (
	"errors"
	"math"

	"github.com/opencure/cure"
)

var (
	errTagKind    = errors.New("tag is of another kind than tag or cve")
	errConfidence = errors.New("confidence over 100")
	errRelation   = errors.New("relation of something that is no tag, or an unknown one")
)

// annotations reads the annotation rows; evidence is skipped.
func (d *Decoder) annotations(owns func(uint8) bool) error {
	return d.eachAnnotation(func(a *AnnotationRow, evidence *cursor) {
		if owns == nil || owns(a.Partition) {
			d.b.Annotations = append(d.b.Annotations, *a)
		}
	})
}

// eachAnnotation hands out the annotations that are canonical, in order.
func (d *Decoder) eachAnnotation(visit func(a *AnnotationRow, evidence *cursor)) error {
	s := &d.secs[secAnnotations]
	c, record := s.cur, uint64(0)
	for range s.n {
		a := &d.note
		*a = AnnotationRow{}
		record += c.uvarint()
		if record >= uint64(len(d.times)) {
			return malformed("annotations")
		}
		a.Record = uint16(record)
		a.Partition = c.byte()
		a.Confidence = c.byte()
		a.Time = d.times[record] + c.varint()
		a.SubjectKind, a.SubjectOff, a.SubjectLen = readKey(&c)
		a.TagKind, a.TagOff, a.TagLen = readKey(&c)
		d.part = c.sub(c.uvarint())
		if c.bad || a.Partition >= Partitions {
			return malformed("annotations")
		}
		a.Relation = relationOf(d.part, a.SubjectKind)
		if !a.SubjectKind.Valid() || !a.TagKind.Valid() || !a.Relation.Valid() {
			d.b.Unknown++
			continue
		}
		if err := d.checkAnnotation(a); err != nil {
			d.refuse(a.Record, "annotation", err)
			continue
		}
		visit(a, &d.part)
	}
	if c.left() != 0 {
		return malformed("annotations")
	}
	return nil
}

// relationOf reads the relation behind the evidence of an annotation. Only
// tags have relations, so that the evidence of all others is skipped.
func relationOf(evidence cursor, subject cure.Kind) cure.Relation {
	if !isTag(subject) {
		return cure.RelationTag
	}
	evidence.skip(uint64(len(cure.ID{})))
	evidence.uvarint()
	evidence.uvarint()
	evidence.skip(evidence.uvarint())
	if evidence.bad || evidence.left() == 0 {
		return cure.RelationTag
	}
	return cure.Relation(min(evidence.uvarint(), math.MaxUint8))
}

// readKey reads kind, length and key of an observable. A key too long for its
// length field makes the cursor bad.
func readKey(c *cursor) (kind cure.Kind, off uint32, n uint16) {
	kind = cure.Kind(c.byte())
	size := c.uvarint()
	off = uint32(c.off)
	c.skip(size)
	if size > math.MaxUint16 {
		c.fail()
	}
	return kind, off, uint16(size)
}

func (d *Decoder) checkAnnotation(a *AnnotationRow) error {
	switch {
	case a.TagKind != cure.KindTag && a.TagKind != cure.KindCVE:
		return errTagKind
	case a.Confidence > 100:
		return errConfidence
	case a.Time <= noTime || a.Time > maxTime:
		return errTime
	}
	return first(checkKey(a.SubjectKind, d.b.SubjectKey(a)), checkKey(a.TagKind, d.b.TagKey(a)))
}

// items reads the kinds that do not need the hot path.
func (d *Decoder) items() error {
	return first(
		readItems(d, secEnrichments, "enrichment", &d.b.Enrichments, enrichmentFields, checkEnrichment),
		readItems(d, secDetections, "detection", &d.b.Detections, detectionFields, checkDetection),
		readItems(d, secCases, "case", &d.b.Cases, caseFields, checkCase),
		readItems(d, secDocuments, "document", &d.b.Documents, documentFields, checkDocument),
		readItems(d, secControls, "control", &d.b.Controls, controlFields, checkControl),
	)
}

func readItems[T any](d *Decoder, number int, what string, dst *[]Of[T], fields func(*codec, *T), check func(*T) error) error {
	s := &d.secs[number]
	if s.n == 0 && s.cur.left() == 0 {
		return nil
	}
	if err := d.names(); err != nil {
		return err
	}
	c := s.cur
	for range s.n {
		item := c.sub(c.uvarint())
		record := item.uvarint()
		if item.bad || item.left() > MaxRecord+cure.MaxCheckpoint || record >= uint64(len(d.times)) {
			return malformed(what)
		}
		of := Of[T]{Record: uint16(record)}
		k := codec{mode: reading, base: d.times[record], cur: item, table: d.table}
		fields(&k, &of.Item)
		switch {
		case k.unknown:
			d.b.Unknown++
			continue
		case k.refused == nil && k.cur.bad:
			return malformed(what)
		case k.refused == nil:
			k.refused = check(&of.Item)
		}
		if k.refused != nil {
			d.refuse(of.Record, what, k.refused)
			continue
		}
		*dst = append(*dst, of)
	}
	if c.left() != 0 {
		return malformed(what)
	}
	return nil
}
