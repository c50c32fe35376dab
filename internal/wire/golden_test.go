package wire

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

var update = flag.Bool("update", false, "write testdata of the current version anew; never after its release")

// Version 1 as it was first written: batches in logs must be read for ever.
const (
	goldenBatch   = "testdata/v1.batch"
	goldenRecords = "testdata/v1.json"
)

func TestGoldenBatch(t *testing.T) {
	if *update {
		writeGolden(t)
	}
	payload, err := os.ReadFile(goldenBatch)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(goldenRecords)
	if err != nil {
		t.Fatal(err)
	}
	var want []cure.Record
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	d := newDecoder(t)
	got, err := d.Records(payload)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("records: %v (-want +got):\n%s", err, diff)
	}
	h, n, err := ReadHeader(payload)
	if diff := cmp.Diff(testHeader(), h); err != nil || diff != "" {
		t.Errorf("header: %v (-want +got):\n%s", err, diff)
	}
	b, err := d.Decode(payload)
	if err != nil || b.Unknown != 0 || len(b.Refused) != 0 {
		t.Fatalf("decode: %v, unknown %d, refused %v", err, b.Unknown, b.Refused)
	}
	if n.Records != len(b.Envelopes) || n.Rows != len(b.Rows) || n.Annotations != len(b.Annotations) || n.Decoded != len(b.Keys) {
		t.Errorf("header counts %+v", n)
	}
	for i := range b.Rows {
		if r := &b.Rows[i]; r.Partition != Partition(Hash(testSeed, r.Kind, b.Key(r))) {
			t.Errorf("row %d is in partition %d: the hash has changed", i, r.Partition)
		}
	}
}

// TestEncoderStillWritesVersion1 holds the layout, whatever zstd makes of it.
func TestEncoderStillWritesVersion1(t *testing.T) {
	golden, err := os.ReadFile(goldenBatch)
	if err != nil {
		t.Fatal(err)
	}
	_, want := unpack(t, golden)
	_, got := unpack(t, encode(t, newEncoder(t), goldenSample()))
	if !bytes.Equal(want, got) {
		t.Error("the same records give other bytes before compression: that is a new version of the format")
	}
}

// goldenSample is records of every kind and field, then some ordinary ones.
func goldenSample() []cure.Record { return append(sampleRecords(), cowrieRecords(20)...) }

func writeGolden(t *testing.T) {
	t.Helper()
	text, err := json.MarshalIndent(goldenSample(), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{goldenBatch: encode(t, newEncoder(t), goldenSample()), goldenRecords: append(text, '\n')} {
		if err := os.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
