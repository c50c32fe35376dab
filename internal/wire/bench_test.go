package wire

import (
	"testing"

	"github.com/opencure/cure"
)

func BenchmarkEncode(b *testing.B) {
	recs := cowrieRecords(1000)
	e := newEncoder(b)
	rows := 0
	for b.Loop() {
		for i := range recs {
			if err := e.Add(&recs[i]); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := e.Flush(testHeader()); err != nil {
			b.Fatal(err)
		}
		rows += 3 * len(recs)
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "obs/s")
}

func BenchmarkDecode(b *testing.B) {
	payload := encode(b, newEncoder(b), cowrieRecords(1000))
	d := newDecoder(b)
	rows := 0
	for b.Loop() {
		batch, err := d.Decode(payload)
		if err != nil {
			b.Fatal(err)
		}
		rows += len(batch.Rows)
	}
	b.ReportAllocs()
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "obs/s")
	b.ReportMetric(float64(len(payload))/3000, "B/obs")
}

func BenchmarkOpen(b *testing.B) {
	payload := encode(b, newEncoder(b), cowrieRecords(1000))
	d := newDecoder(b)
	for b.Loop() {
		if _, err := d.Open(payload, 500); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	for _, o := range []cure.Observable{oneOfEachKind[0], oneOfEachKind[6], oneOfEachKind[10]} {
		key := o.AppendKey(nil)
		b.Run(o.Kind.String(), func(b *testing.B) {
			for b.Loop() {
				sink = Hash(testSeed, o.Kind, key)
			}
		})
	}
}

var sink uint64

func TestDecodeDoesNotAllocate(t *testing.T) {
	recs := cowrieRecords(200)
	recs[7].Annotations = sampleRecords()[2].Annotations
	recs[9].Marking = cure.Marking{TLP: cure.TLPRed, Orgs: "aoba,minato"}
	payload := encode(t, newEncoder(t), recs)
	d := newDecoder(t)
	if n := testing.AllocsPerRun(20, func() {
		if _, err := d.Decode(payload); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations per batch, want 0", n)
	}
}

func TestAddDoesNotAllocate(t *testing.T) {
	recs := cowrieRecords(200)
	e := newEncoder(t)
	encode(t, e, recs) // grow
	i := 0
	if n := testing.AllocsPerRun(150, func() {
		if err := e.Add(&recs[i%5]); err != nil {
			t.Fatal(err)
		}
		i++
	}); n != 0 {
		t.Errorf("%v allocations per record, want 0", n)
	}
}
