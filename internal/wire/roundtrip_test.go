package wire

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

func TestRecordsComeBack(t *testing.T) {
	tests := []struct {
		name string
		recs []cure.Record
	}{
		{"none", nil},
		{"every kind and field", sampleRecords()},
		{"honeypot", cowrieRecords(500)},
	}
	e, d := newEncoder(t), newDecoder(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			payload := encode(t, e, tt.recs)
			got, err := d.Records(payload)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.recs, got, equateEmpty); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			for i := range tt.recs {
				one, err := d.Open(payload, i)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.recs[i], one); diff != "" {
					t.Errorf("record %d (-want +got):\n%s", i, diff)
				}
			}
		})
	}
}

func TestWhatIsLeftOpenIsFilledIn(t *testing.T) {
	odd := start.Add(1234567 * time.Nanosecond).In(time.FixedZone("JST", 9*3600))
	rec := cure.Record{
		Observations: []cure.Observation{{Observable: oneOfEachKind[0], First: odd}},
		Attrs:        []cure.Attr{},
		Raw:          []byte{},
	}
	got, err := newDecoder(t).Open(encode(t, newEncoder(t), []cure.Record{rec}), 0)
	if err != nil {
		t.Fatal(err)
	}
	ms := start.Add(time.Millisecond)
	want := cure.Record{Observations: []cure.Observation{{Observable: oneOfEachKind[0], First: ms, Last: ms, Count: 1}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

func TestOpenBeyondTheBatch(t *testing.T) {
	payload := encode(t, newEncoder(t), cowrieRecords(3))
	for _, n := range []int{-1, -2, 3, 1 << 40} {
		if _, err := newDecoder(t).Open(payload, n); cure.KindOf(err) != cure.NotFound {
			t.Errorf("record %d: %v, want NotFound", n, err)
		}
	}
}

func TestReadHeader(t *testing.T) {
	tests := []struct {
		name string
		h    Header
	}{
		{"plain", testHeader()},
		{"large", Header{Source: cure.Source(strings.Repeat("a", 47) + "/" + strings.Repeat("b", 48)), Epoch: math.MaxUint64, Seq: math.MaxUint64, Created: instant(maxTime)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, rec := newEncoder(t), cowrieRecords(1)[0]
			if err := e.Add(&rec); err != nil {
				t.Fatal(err)
			}
			payload, err := e.Flush(tt.h)
			if err != nil {
				t.Fatal(err)
			}
			h, n, err := ReadHeader(payload)
			if err != nil || n.Records != 1 || n.Rows != 3 || n.Annotations != 0 || n.Decoded == 0 {
				t.Errorf("counts %+v: %v", n, err)
			}
			if diff := cmp.Diff(tt.h, h); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
		})
	}
}

// equateEmpty lets no records be the same as an empty list of records.
var equateEmpty = cmp.FilterValues(func(a, b []cure.Record) bool { return len(a)+len(b) == 0 },
	cmp.Comparer(func(_, _ []cure.Record) bool { return true }))

func TestDecodeAgreesWithRecords(t *testing.T) {
	recs := append(sampleRecords(), cowrieRecords(300)...)
	b, err := newDecoder(t).Decode(encode(t, newEncoder(t), recs))
	if err != nil {
		t.Fatal(err)
	}
	if b.Unknown != 0 || len(b.Refused) != 0 {
		t.Fatalf("unknown %d, refused %v", b.Unknown, b.Refused)
	}
	if diff := cmp.Diff(testHeader(), b.Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	rows, notes := rowsOf(b), b.Annotations
	for i := range recs {
		rec := &recs[i]
		if b.Envelopes[i].ID != rec.ID || b.Markings[b.Envelopes[i].Marking] != rec.Marking {
			t.Fatalf("record %d: wrong envelope", i)
		}
		for range rec.Observations {
			if len(rows) == 0 || rows[0].record != i || !slices.Contains(rec.Observations, rows[0].item) {
				t.Fatalf("record %d: wrong row", i)
			}
			rows = rows[1:]
		}
		for _, a := range rec.Annotations {
			n := &notes[0]
			if int(n.Record) != i || n.Time != a.Time.UnixMilli() || n.Confidence != a.Confidence ||
				string(b.SubjectKey(n)) != string(a.Subject.AppendKey(nil)) || string(b.TagKey(n)) != string(a.Tag.AppendKey(nil)) ||
				n.Partition != Partition(Hash(testSeed, a.Subject.Kind, b.SubjectKey(n))) {
				t.Fatalf("record %d: wrong annotation %+v", i, n)
			}
			notes = notes[1:]
		}
	}
	if len(rows) != 0 || len(notes) != 0 {
		t.Errorf("%d rows and %d annotations too many", len(rows), len(notes))
	}
	if len(b.Enrichments) != 2 || len(b.Detections) != 2 || len(b.Cases) != 1 || len(b.Documents) != 2 || len(b.Controls) != 4 || b.Controls[0].Record != 3 {
		t.Error("wrong items of the other kinds")
	}
}

// rowsOf returns the rows as observations, with the number of their record.
func rowsOf(b *Batch) []placed {
	var out []placed
	for i := range b.Rows {
		r := &b.Rows[i]
		out = append(out, placed{record: int(r.Record), item: cure.Observation{
			Observable: cure.Observable{Kind: r.Kind, Value: cure.KeyValue(r.Kind, b.Key(r))},
			Role:       r.Role, State: r.State, First: instant(r.First), Last: instant(r.Last), Count: r.Count,
		}})
	}
	return out
}

func TestDecodePartitions(t *testing.T) {
	payload := encode(t, newEncoder(t), append(sampleRecords(), cowrieRecords(300)...))
	d := newDecoder(t)
	whole, err := d.Decode(payload)
	if err != nil {
		t.Fatal(err)
	}
	all, rows, notes := len(whole.Rows), 0, 0
	allNotes := len(whole.Annotations)
	for i := range whole.Rows {
		r := &whole.Rows[i]
		if r.Partition != Partition(Hash(testSeed, r.Kind, whole.Key(r))) {
			t.Fatalf("row %d is in partition %d", i, r.Partition)
		}
	}
	for part := range uint8(Partitions) {
		b, err := d.DecodePartitions(payload, func(p uint8) bool { return p == part })
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Rows {
			if b.Rows[i].Partition != part {
				t.Errorf("partition %d: row of %d", part, b.Rows[i].Partition)
			}
		}
		rows, notes = rows+len(b.Rows), notes+len(b.Annotations)
	}
	if rows != all || notes != allNotes {
		t.Errorf("partitions hold %d rows and %d annotations, want %d and %d", rows, notes, all, allNotes)
	}
}
