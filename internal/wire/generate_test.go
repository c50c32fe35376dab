package wire

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opencure/cure"
)

var (
	label = rapid.StringMatching(`[a-z][a-z0-9_]{0,8}`)
	text  = rapid.StringN(0, 60, 400)
)

func drawBytes(t *rapid.T, n int) []byte {
	return rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "bytes")
}

func drawAddr(t *rapid.T) netip.Addr {
	n := rapid.SampledFrom([]int{4, 16}).Draw(t, "family")
	a, _ := netip.AddrFromSlice(drawBytes(t, n))
	return a.Unmap()
}

func drawDomain(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(label, 2, 5).Draw(t, "labels"), ".")
}

// drawObservable draws a canonical observable of any kind.
func drawObservable(t *rapid.T) cure.Observable {
	kind := rapid.SampledFrom(cure.Kinds()).Draw(t, "kind")
	var v string
	switch kind {
	case cure.KindIP:
		v = drawAddr(t).String()
	case cure.KindCIDR:
		a := drawAddr(t)
		v = netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "bits")).Masked().String()
	case cure.KindDomain:
		v = drawDomain(t)
	case cure.KindHash:
		v = hex.EncodeToString(drawBytes(t, rapid.SampledFrom([]int{16, 20, 32, 64}).Draw(t, "size")))
	case cure.KindEmail:
		v = rapid.StringMatching(`[a-z0-9.+_-]{1,64}`).Draw(t, "local") + "@" + drawDomain(t)
	case cure.KindURL:
		v = "http://" + drawDomain(t) + "/" + rapid.StringMatching(`[a-zA-Z0-9/?=&.-]{0,80}`).Draw(t, "path")
	case cure.KindCVE:
		v = fmt.Sprintf("CVE-%d-%04d", rapid.IntRange(1999, 2030).Draw(t, "year"), rapid.IntRange(0, 999999).Draw(t, "n"))
	case cure.KindTag:
		v = rapid.StringMatching(`[a-z0-9:.ぁ-ん一-三]{1,20}( [a-z0-9]{1,5}){0,3}`).Draw(t, "tag")
	case cure.KindPort:
		v = fmt.Sprintf("%s/%d", rapid.SampledFrom([]string{"tcp", "udp", "sctp"}).Draw(t, "proto"), rapid.Uint16().Draw(t, "port"))
	case cure.KindFingerprint:
		v = "hassh:" + hex.EncodeToString(drawBytes(t, 16))
	case cure.KindASN:
		v = fmt.Sprintf("AS%d", rapid.Uint32Range(1, 1<<32-1).Draw(t, "asn"))
	}
	return cure.Observable{Kind: kind, Value: v}
}

func drawTag(t *rapid.T) cure.Observable {
	return cure.Observable{Kind: cure.KindTag, Value: label.Draw(t, "tag")}
}

func drawTime(t *rapid.T) time.Time {
	return instant(rapid.Int64Range(noTime+1, maxTime).Draw(t, "ms"))
}

func drawOptional(t *rapid.T) time.Time {
	if rapid.Bool().Draw(t, "no time") {
		return time.Time{}
	}
	return drawTime(t)
}

func drawID(t *rapid.T) cure.ID { return cure.NewID(fmt.Sprint(rapid.Byte().Draw(t, "id"))) }

func drawMarking(t *rapid.T) cure.Marking {
	return cure.Marking{
		TLP:      rapid.SampledFrom([]cure.TLP{0, 1, 2, 3, 4, 5}).Draw(t, "tlp"),
		PAP:      rapid.SampledFrom([]cure.PAP{0, 1, 2, 3, 4}).Draw(t, "pap"),
		Licence:  rapid.SampledFrom([]cure.Licence{0, 1, 2, 3}).Draw(t, "licence"),
		Personal: rapid.Bool().Draw(t, "personal"),
		Orgs:     rapid.SampledFrom([]string{"", cure.NoOrg, "aoba", "aoba,minato"}).Draw(t, "orgs"),
	}
}

func several[T any](t *rapid.T, draw func(*rapid.T) T) []T {
	return slices.Clip(rapid.SliceOfN(rapid.Custom(draw), 0, 3).Draw(t, "several"))
}

func drawObservation(t *rapid.T) cure.Observation {
	a, b := drawTime(t), drawTime(t)
	if b.Before(a) {
		a, b = b, a
	}
	return cure.Observation{
		Observable: drawObservable(t), First: a, Last: b, Count: rapid.Uint32Range(1, 1<<32-1).Draw(t, "count"),
		Role: rapid.SampledFrom(cure.Roles()).Draw(t, "role"), State: cure.State(rapid.IntRange(0, 2).Draw(t, "state")),
	}
}

func drawAnnotation(t *rapid.T) cure.Annotation {
	from := rapid.Uint32().Draw(t, "from")
	subject, relation := drawObservable(t), cure.RelationTag
	if subject.Kind == cure.KindTag || subject.Kind == cure.KindCVE {
		relation = cure.Relation(rapid.Uint8Range(0, 2).Draw(t, "relation"))
	}
	return cure.Annotation{
		Relation: relation, Subject: subject, Tag: drawTag(t), Time: drawTime(t), Confidence: rapid.Uint8Range(0, 100).Draw(t, "confidence"),
		Document: drawID(t), SpanStart: from, SpanEnd: rapid.Uint32Range(from, 1<<32-1).Draw(t, "to"), Sentence: text.Draw(t, "sentence"),
	}
}

func drawMeaning(t *rapid.T, r *cure.Record) {
	r.Annotations = several(t, drawAnnotation)
	r.Documents = several(t, func(t *rapid.T) cure.Document {
		return cure.Document{ID: drawID(t), Title: text.Draw(t, "title"), URL: text.Draw(t, "url"), Date: drawOptional(t), Language: "ja"}
	})
	r.Enrichments = several(t, func(t *rapid.T) cure.Enrichment {
		return cure.Enrichment{
			Subject: drawObservable(t), Enricher: label.Draw(t, "enricher"), Version: rapid.Uint32().Draw(t, "version"),
			Name: label.Draw(t, "name"), Value: text.Draw(t, "value"), Score: rapid.Float32().Draw(t, "score"),
			Time: drawTime(t), Expires: drawOptional(t), Why: text.Draw(t, "why"),
		}
	})
	r.Detections = several(t, func(t *rapid.T) cure.Detection {
		return cure.Detection{
			ID: drawID(t), Start: drawTime(t), Engine: label.Draw(t, "engine"), Title: text.Draw(t, "title"),
			Sources: several(t, drawObservable), Fingerprint: text.Draw(t, "fp"), Pattern: text.Draw(t, "pattern"), Evidence: several(t, drawID),
		}
	})
	r.Cases = several(t, func(t *rapid.T) cure.Case {
		return cure.Case{ID: drawID(t), Detection: drawID(t), Title: text.Draw(t, "title"), Opened: drawTime(t), Parts: several(t, func(t *rapid.T) cure.CasePart {
			return cure.CasePart{Name: label.Draw(t, "name"), Reason: text.Draw(t, "reason"), Observables: several(t, drawObservable), Records: several(t, drawID)}
		})}
	})
	r.Controls = several(t, func(t *rapid.T) cure.Control {
		return cure.Control{
			Op: cure.OpRegrade, Observable: drawObservable(t), Record: drawID(t), Before: drawOptional(t), Marking: drawMarking(t),
			Producer: text.Draw(t, "producer"), Version: rapid.Uint32().Draw(t, "version"), Reason: text.Draw(t, "reason"), Author: text.Draw(t, "author"),
		}
	})
}

// drawRecord draws a record that an encoder takes.
func drawRecord(t *rapid.T) cure.Record {
	r := cure.Record{
		ID: drawID(t), Sensor: text.Draw(t, "sensor"), Contributor: label.Draw(t, "contributor"), Marking: drawMarking(t),
		Raw: rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "raw"),
		Attrs: several(t, func(t *rapid.T) cure.Attr {
			return cure.Attr{Name: label.Draw(t, "name"), Value: text.Draw(t, "value")}
		}),
		Observations: rapid.SliceOfN(rapid.Custom(drawObservation), 0, 8).Draw(t, "observations"),
	}
	if rapid.Bool().Draw(t, "meaning") {
		drawMeaning(t, &r)
	}
	return r
}

// emptyIsNil lets an empty list be the same as none.
var emptyIsNil = cmp.FilterPath(func(p cmp.Path) bool {
	vx, vy := p.Last().Values()
	return p.Last().Type().Kind().String() == "slice" && vx.IsValid() && vy.IsValid() && vx.Len() == 0 && vy.Len() == 0
}, cmp.Ignore())

// comesBack is the property that what is encoded is what is decoded.
func comesBack(t *rapid.T) {
	e, err := NewEncoder(testSeed)
	if err != nil {
		t.Fatal(err)
	}
	recs := rapid.SliceOfN(rapid.Custom(drawRecord), 0, 4).Draw(t, "records")
	for i := range recs {
		if err := e.Add(&recs[i]); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
	payload, err := e.Flush(testHeader())
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Records(payload)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(recs, got, emptyIsNil); diff != "" {
		t.Fatalf("records (-want +got):\n%s", diff)
	}
	b, err := d.Decode(payload)
	if err != nil || len(b.Refused) > 0 || b.Unknown > 0 {
		t.Fatalf("decode: %v, refused %v, unknown %d", err, b.Refused, b.Unknown)
	}
}

func TestAnyRecordComesBack(t *testing.T) { rapid.Check(t, comesBack) }

func FuzzEncode(f *testing.F) { f.Fuzz(rapid.MakeFuzz(comesBack)) }
