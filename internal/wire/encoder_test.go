package wire

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

func TestAddRefuses(t *testing.T) {
	ip, tag := oneOfEachKind[0], oneOfEachKind[15]
	observation := func(change func(*cure.Observation)) cure.Record {
		o := cure.Observation{Observable: ip, First: start}
		change(&o)
		return cure.Record{Observations: []cure.Observation{o}}
	}
	annotation := func(change func(*cure.Annotation)) cure.Record {
		a := cure.Annotation{Subject: ip, Tag: tag, Time: start}
		change(&a)
		return cure.Record{Annotations: []cure.Annotation{a}}
	}
	long := strings.Repeat("x", MaxAttrValue+1)
	tests := []struct {
		name string
		rec  cure.Record
		want string
	}{
		{"not canonical", observation(func(o *cure.Observation) { o.Observable.Value = "198.51.100.07" }), "not an IP"},
		{"unknown kind", observation(func(o *cure.Observation) { o.Observable.Kind = 99 }), "unknown kind"},
		{"unknown role", observation(func(o *cure.Observation) { o.Role = 99 }), "unknown role"},
		{"unknown state", observation(func(o *cure.Observation) { o.State = 7 }), "unknown state"},
		{"no time", observation(func(o *cure.Observation) { o.First = time.Time{} }), "time is missing"},
		{"year 10000", observation(func(o *cure.Observation) { o.First = start.AddDate(8000, 0, 0) }), "years 1 to 9999"},
		{"time that overflows in milliseconds", observation(func(o *cure.Observation) { o.First = time.Unix(18446744073709552, 0) }), "years 1 to 9999"},
		{"before year 1", observation(func(o *cure.Observation) { o.First = start.AddDate(-3000, 0, 0) }), "years 1 to 9999"},
		{"last in year 10000", observation(func(o *cure.Observation) { o.Last = start.AddDate(8000, 0, 0) }), "years 1 to 9999"},
		{"last before first", observation(func(o *cure.Observation) { o.Last = start.Add(-time.Hour) }), "ends before"},
		{"tag of another kind", annotation(func(a *cure.Annotation) { a.Tag = ip }), "another kind"},
		{"confidence", annotation(func(a *cure.Annotation) { a.Confidence = 101 }), "confidence"},
		{"span", annotation(func(a *cure.Annotation) { a.SpanStart = 9 }), "span"},
		{"sentence", annotation(func(a *cure.Annotation) { a.Sentence = long }), "sentence of"},
		{"raw", cure.Record{Raw: make([]byte, MaxInline+1)}, "object store"},
		{"attribute value", cure.Record{Attrs: []cure.Attr{{Name: "a", Value: long}}}, "value of an attribute of"},
		{"attribute not UTF-8", cure.Record{Attrs: []cure.Attr{{Name: "a", Value: "\xff"}}}, "not UTF-8"},
		{"attribute without name", cure.Record{Attrs: []cure.Attr{{Value: "v"}}}, "without name"},
		{"sensor", cure.Record{Sensor: long}, "sensor of"},
		{"contributor", cure.Record{Contributor: "\xff"}, "contributor is not"},
		{"marking", cure.Record{Marking: cure.Marking{TLP: 99}}, "unknown level"},
		{"too large", cure.Record{Attrs: manyAttrs(30)}, "want at most"},
		{"enrichment without enricher", cure.Record{Enrichments: []cure.Enrichment{{Subject: ip, Name: "x", Time: start}}}, "without enricher"},
		{"detection without id", cure.Record{Detections: []cure.Detection{{Engine: "c2", Start: start}}}, "without id"},
		{"detection with a port that is none", cure.Record{Detections: []cure.Detection{{ID: cure.NewID("d"), Engine: "c2", Start: start, Ports: []cure.Observable{ip}}}}, "port of a detection"},
		{"case without id", cure.Record{Cases: []cure.Case{{Opened: start}}}, "without id"},
		{"document body", cure.Record{Documents: []cure.Document{{ID: cure.NewID("d"), Body: "abc"}}}, "SHA-256"},
		{"score", cure.Record{Enrichments: []cure.Enrichment{{Subject: ip, Enricher: "e", Name: "x", Time: start, Score: float32(math.NaN())}}}, "not a number"},
		{"expiry", cure.Record{Enrichments: []cure.Enrichment{{Subject: ip, Enricher: "e", Name: "x", Time: start, Expires: start.AddDate(9000, 0, 0)}}}, "years 1 to 9999"},
		{"case with a value that is not canonical", cure.Record{Cases: []cure.Case{{ID: cure.NewID("c"), Opened: start, Parts: []cure.CasePart{{Observables: []cure.Observable{{Kind: cure.KindIP, Value: "x"}}}}}}}, "not an IP"},
		{"document without id", cure.Record{Documents: []cure.Document{{Title: "t"}}}, "without id"},
		{"control of a value that is not canonical", cure.Record{Controls: []cure.Control{{Op: cure.OpDelete, Observable: cure.Observable{Kind: cure.KindTag, Value: "A"}}}}, "upper-case"},
		{"control without operation", cure.Record{Controls: []cure.Control{{}}}, "unknown operation"},
		{"checkpoint", cure.Record{Controls: []cure.Control{{Op: cure.OpCheckpoint, State: make([]byte, cure.MaxCheckpoint+1)}}}, "checkpoint of"},
		{"checkpoint that does not compress", cure.Record{Controls: []cure.Control{{Op: cure.OpCheckpoint, State: noise(1 << 20)}}}, "do not fit"},
	}
	e, d := newEncoder(t), newDecoder(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := e.Size()
			err := e.Add(&tt.rec)
			if cure.KindOf(err) != cure.Invalid || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want Invalid with %q", err, tt.want)
			}
			if e.Len() != 0 || e.Size() != before {
				t.Error("refused record changed the batch")
			}
		})
	}
	good := sampleRecords()
	got, err := d.Records(encode(t, e, good))
	if diff := cmp.Diff(good, got); err != nil || diff != "" {
		t.Errorf("after refusals: %v (-want +got):\n%s", err, diff)
	}
}

// manyAttrs are attributes of 8 KB each.
func manyAttrs(n int) []cure.Attr {
	attrs := make([]cure.Attr, n)
	for i := range attrs {
		attrs[i] = cure.Attr{Name: "a", Value: strings.Repeat("x", MaxAttrValue)}
	}
	return attrs
}

// noise is bytes that do not compress.
func noise(n int) []byte {
	rnd := rand.NewChaCha8([32]byte{1})
	b := make([]byte, n)
	_, _ = rnd.Read(b)
	return b
}

func TestFlushRefusesHeader(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Header)
	}{
		{"source", func(h *Header) { h.Source = "cowrie" }},
		{"key", func(h *Header) { h.KeyID = 1 }},
		{"created", func(h *Header) { h.Created = time.Time{} }},
	}
	e := newEncoder(t)
	recs := sampleRecords()
	if err := e.Add(&recs[0]); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := testHeader()
			tt.change(&h)
			if _, err := e.Flush(h); cure.KindOf(err) != cure.Invalid {
				t.Errorf("got %v, want Invalid", err)
			}
			if e.Len() != 1 {
				t.Error("record is gone")
			}
		})
	}
}

// fill adds records until the batch is full, by estimate or for certain.
func fill(t *testing.T, e *Encoder, estimate bool, rec func(i int) cure.Record) int {
	t.Helper()
	for i := 0; ; i++ {
		if estimate && e.Full() {
			return i
		}
		r := rec(i)
		err := e.Add(&r)
		if errors.Is(err, ErrFull) {
			return i
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFullBatchesDecode(t *testing.T) {
	key := func(i int) cure.Observation {
		return cure.Observation{Observable: cure.Observable{Kind: cure.KindTag, Value: fmt.Sprint("t", i)}, First: start}
	}
	tests := []struct {
		name string
		rec  func(i int) cure.Record
	}{
		{"noise", func(int) cure.Record { return cure.Record{Raw: noise(MaxInline)} }},
		{"empty records", func(int) cure.Record { return cure.Record{} }},
		{"markings", func(i int) cure.Record { return cure.Record{Marking: cure.Marking{Orgs: fmt.Sprint("o", i)}} }},
		{"names", func(i int) cure.Record { return cure.Record{Sensor: fmt.Sprint(i)} }},
		{"rows", func(i int) cure.Record {
			var r cure.Record
			for k := range 100 {
				r.Observations = append(r.Observations, key(i*100+k))
			}
			return r
		}},
		{"annotations", func(i int) cure.Record {
			return cure.Record{Annotations: []cure.Annotation{{Subject: key(i).Observable, Tag: key(0).Observable, Time: start}}}
		}},
		{"controls", func(i int) cure.Record {
			return cure.Record{Controls: []cure.Control{{Op: cure.OpDelete, Reason: strings.Repeat("y", 8000)}}}
		}},
		{"large checkpoints", func(i int) cure.Record {
			return cure.Record{Controls: []cure.Control{{Op: cure.OpCheckpoint, State: bytes.Repeat(noise(1<<16), 16)}}}
		}},
	}
	d := newDecoder(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newEncoder(t)
			n := fill(t, e, false, tt.rec)
			if n == 0 || n > MaxRecords {
				t.Fatalf("batch took %d records", n)
			}
			bound := e.Size() + 4<<10
			payload, err := e.Flush(testHeader())
			if err != nil {
				t.Fatal(err)
			}
			if len(payload) > MaxEncoded || len(payload) > bound {
				t.Errorf("batch of %d bytes, bound %d", len(payload), bound)
			}
			recs, err := d.Records(payload)
			if err != nil || len(recs) != n {
				t.Fatalf("%d records, want %d: %v", len(recs), n, err)
			}
			if b, err := d.Decode(payload); err != nil || len(b.Refused) > 0 || b.Unknown > 0 {
				t.Errorf("decode: %v", err)
			}
		})
	}
}

func TestFullDependsOnTheBatchAlone(t *testing.T) {
	recs := cowrieRecords(20000)
	used := newEncoder(t)
	for start := 0; start < len(recs); {
		rest := func(k int) cure.Record { return recs[(start+k)%len(recs)] }
		n := fill(t, used, true, rest)
		if fresh := fill(t, newEncoder(t), true, rest); fresh != n {
			t.Fatalf("batch from record %d: cut after %d records by a used encoder, after %d by a fresh one", start, n, fresh)
		}
		payload, err := used.Flush(testHeader())
		if err != nil {
			t.Fatal(err)
		}
		if len(payload) > 3*TargetBytes {
			t.Errorf("batch of %d bytes, want about %d", len(payload), TargetBytes)
		}
		start += n
	}
}

func TestEncoderKeepsNothingOfRecord(t *testing.T) {
	e := newEncoder(t)
	buf := []byte("raw")
	if err := e.Add(&cure.Record{Raw: buf}); err != nil {
		t.Fatal(err)
	}
	copy(buf, "war")
	payload, err := e.Flush(testHeader())
	if err != nil {
		t.Fatal(err)
	}
	if r, err := newDecoder(t).Open(payload, 0); err != nil || string(r.Raw) != "raw" {
		t.Errorf("got %q, %v", r.Raw, err)
	}
}

// A bubble ends only when all goroutines that began in it have.
func TestNoGoroutineIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if _, err := newDecoder(t).Decode(encode(t, newEncoder(t), cowrieRecords(100))); err != nil {
			t.Fatal(err)
		}
	})
}
