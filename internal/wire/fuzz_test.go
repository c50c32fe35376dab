package wire

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

// FuzzDecode changes the content of valid batches and seals it again, so that
// it reaches the sections. What comes out must be canonical, the same from
// every decoder, and acceptable to an encoder.
func FuzzDecode(f *testing.F) {
	e := newEncoder(f)
	for _, recs := range [][]cure.Record{nil, sampleRecords(), sampleRecords()[2:3], sampleRecords()[3:4], cowrieRecords(3)} {
		n, plain := unpack(f, encode(f, e, recs))
		f.Add(n.Records, n.Rows, n.Annotations, plain)
	}
	used, other := newDecoder(f), newDecoder(f)
	f.Fuzz(func(t *testing.T, records, rows, notes int, plain []byte) {
		if min(records, rows, notes) < 0 || len(plain) > MaxDecoded {
			return
		}
		payload := packWith(e, Counts{Records: records, Rows: rows, Annotations: notes}, plain)
		a, err := used.Decode(payload)
		b, errB := other.Decode(payload)
		if (err == nil) != (errB == nil) || err != nil && err.Error() != errB.Error() {
			t.Fatalf("one decoder says %v, another %v", err, errB)
		}
		if err != nil {
			if cure.KindOf(err) != cure.Invalid {
				t.Fatalf("%v is not Invalid", err)
			}
			return
		}
		if diff := cmp.Diff(a, b, emptyIsNil); diff != "" {
			t.Fatalf("two decoders differ:\n%s", diff)
		}
		checkDecoded(t, b, records)
		recs, err := used.Records(payload)
		if err != nil { // details that are not framed
			return
		}
		n := 0
		for i := range recs {
			n += len(recs[i].Observations)
			checkAccepted(t, e, &recs[i])
		}
		if n != len(b.Rows) {
			t.Fatalf("%d observations opened, %d decoded", n, len(b.Rows))
		}
	})
}

// checkDecoded checks what a store relies on.
func checkDecoded(t *testing.T, b *Batch, records int) {
	if len(b.Envelopes) != records || len(b.Rows) > MaxRows || len(b.Annotations) > MaxRows {
		t.Fatalf("%d envelopes, %d rows, %d annotations", len(b.Envelopes), len(b.Rows), len(b.Annotations))
	}
	if !slices.IsSortedFunc(b.Rows, func(a, b Row) int { return int(a.Record) - int(b.Record) }) {
		t.Fatal("rows are not in record order")
	}
	for i := range b.Rows {
		r := &b.Rows[i]
		if _, err := cure.FromKey(r.Kind, b.Key(r)); err != nil {
			t.Fatal(err)
		}
		if int(r.Record) >= records || r.Count == 0 || r.Last < r.First || r.Partition >= Partitions || !r.Role.Valid() || !r.State.Valid() {
			t.Fatalf("impossible row %+v", r)
		}
	}
	for _, e := range b.Envelopes {
		if err := b.Markings[e.Marking].Check(); err != nil {
			t.Fatal(err)
		}
	}
}

// checkAccepted gives an opened record to an encoder; only its size may be a
// reason to refuse it.
func checkAccepted(t *testing.T, e *Encoder, r *cure.Record) {
	e.reset()
	err := e.Add(r)
	if err == nil || errors.Is(err, ErrFull) || strings.Contains(err.Error(), "want at most 229376") {
		return
	}
	t.Fatalf("decoder takes what encoder refuses: %v", err)
}

// FuzzPayload changes whole batches; only the CRC is made to match.
func FuzzPayload(f *testing.F) {
	e := newEncoder(f)
	for _, recs := range [][]cure.Record{nil, sampleRecords(), cowrieRecords(3)} {
		f.Add(encode(f, e, recs))
	}
	d := newDecoder(f)
	f.Fuzz(func(t *testing.T, payload []byte) {
		if len(payload) > headerAt {
			payload = slices.Clone(payload)
			sealBatch(payload)
		}
		_, _, errHeader := ReadHeader(payload)
		if _, err := d.Decode(payload); err == nil && errHeader != nil {
			t.Fatalf("decoded, but the header alone says %v", errHeader)
		}
	})
}
