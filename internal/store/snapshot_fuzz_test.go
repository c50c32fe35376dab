package store

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/wire"
)

// snapshotOf writes the snapshot of a store with a little of everything.
func snapshotOf(f *testing.F) []byte {
	s, err := New(Options{Heap: true, SegmentRows: 8})
	if err != nil {
		f.Fatal(err)
	}
	defer s.Close()
	for i := range uint64(3) {
		b := &wire.Batch{
			Header:    wire.Header{Source: "feeds/ipsum", Epoch: 1, Seq: i + 1},
			Markings:  []cure.Marking{{}, {TLP: cure.TLPRed}},
			Envelopes: []wire.Envelope{{ID: cure.NewID("a")}, {ID: cure.NewID("b"), Marking: 1}},
			Keys:      []byte("\xc6\x33\x64\x07org.example.wwwmirai"),
			Rows: []wire.Row{
				{KeyLen: 4, Kind: cure.KindIP, Count: 300}, {KeyOff: 4, KeyLen: 15, Kind: cure.KindDomain},
			},
			Annotations: []wire.AnnotationRow{{SubjectLen: 4, SubjectKind: cure.KindIP, TagOff: 19, TagLen: 5, TagKind: cure.KindTag}},
			Enrichments: []wire.Of[cure.Enrichment]{{Item: cure.Enrichment{
				Subject: cure.Observable{Kind: cure.KindIP, Value: "198.51.100.7"}, Enricher: "geo", Name: "country", Value: "JP",
			}}},
		}
		if _, err := s.Apply(Arrival{Seq: i + 1}, b, nil); err != nil {
			f.Fatal(err)
		}
	}
	dir := f.TempDir()
	seq, err := s.Snapshot(f.Context(), dir)
	if err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, snapshotName(seq)))
	if err != nil {
		f.Fatal(err)
	}
	return data
}

// forge changes bytes of the pages and puts the checksums right, so that only
// the checks of the content stand in the way. An edit is an offset in three
// bytes and the new byte.
func forge(whole, edits []byte) []byte {
	data := append([]byte(nil), whole...)
	foot := data[len(data)-snapshotFooter:]
	at, n, sums := binary.LittleEndian.Uint64(foot), binary.LittleEndian.Uint64(foot[8:]), binary.LittleEndian.Uint64(foot[16:])
	for ; len(edits) >= 4; edits = edits[4:] {
		off := uint64(edits[0])<<16 | uint64(edits[1])<<8 | uint64(edits[2])
		data[off%(at+n)] = edits[3]
	}
	m, err := decodeManifest(data[at : at+n])
	if err == nil {
		sum := data[at+n : at+n+sums]
		for _, sec := range m.Sections {
			for p := int64(0); p < sec.Len && sec.At >= 0 && len(sum) >= 4 && sec.At+sec.Len <= int64(at); p += pageSize {
				page := data[sec.At+p : sec.At+min(p+pageSize, sec.Len)]
				binary.LittleEndian.PutUint32(sum, crc32.Checksum(page, castagnoli))
				sum = sum[4:]
			}
		}
	}
	binary.LittleEndian.PutUint32(foot[24:], crc32.Checksum(data[at:at+n+sums], castagnoli))
	return data
}

// FuzzRestore reads snapshots with changed content and right checksums, and
// files that are no snapshots: it may take or refuse them, but it neither
// panics nor reads outside its arenas.
func FuzzRestore(f *testing.F) {
	whole := snapshotOf(f)
	f.Add([]byte(nil), []byte{0, 0x10, 0x20, 0xff})
	f.Add([]byte(nil), []byte{0, 0x20, 0x20, 0xff, 0, 0x30, 0x08, 1})
	f.Add([]byte(snapshotMagic), []byte(nil))
	path := filepath.Join(f.TempDir(), "1"+snapshotSuffix)
	f.Fuzz(func(t *testing.T, other, edits []byte) {
		data := other
		if len(other) == 0 {
			data = forge(whole, edits)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := readSnapshot(path, Options{Heap: true, SegmentRows: 8})
		if err != nil {
			if cure.KindOf(err) != cure.Invalid {
				t.Errorf("refused as %v, want invalid: %v", cure.KindOf(err), err)
			}
			return
		}
		s.mem.close()
	})
}
