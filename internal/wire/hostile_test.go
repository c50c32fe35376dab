package wire

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/opencure/cure"
)

// unpack takes a batch apart without looking into it.
func unpack(t testing.TB, payload []byte) (Counts, []byte) {
	t.Helper()
	_, n, _, packed, err := parseHeader(payload)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	plain, err := z.DecodeAll(packed, nil)
	if err != nil {
		t.Fatal(err)
	}
	return n, plain
}

// pack makes a batch with a matching CRC of whatever stands in plain.
func pack(t testing.TB, n Counts, plain []byte) []byte {
	t.Helper()
	return packWith(newEncoder(t), n, plain)
}

// packWith borrows the compressor of an encoder.
func packWith(e *Encoder, n Counts, plain []byte) []byte {
	h := testHeader()
	n.Decoded = len(plain)
	b := e.zstd.EncodeAll(plain, appendHeader(nil, &h, n))
	sealBatch(b)
	return b
}

func appendSection(dst []byte, number, items int, body []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(number))
	dst = binary.AppendUvarint(dst, uint64(items))
	return appendText(dst, body)
}

// oneRow is a batch of one record with one row in partition 0.
func oneRow(t testing.TB, row []byte, notes ...[]byte) []byte {
	t.Helper()
	env := append(make([]byte, 16+1), binary.AppendVarint(nil, start.UnixMilli())...)
	rows := binary.AppendUvarint([]byte{1}, uint64(len(row)))
	rows = append(rows, make([]byte, 2*(Partitions-1))...)
	plain := appendSection(nil, secEnvelopes, 1, env)
	plain = appendSection(plain, secRows, 1, append(rows, row...))
	plain = appendSection(plain, secAnnotations, len(notes), bytes.Join(notes, nil))
	plain = appendSection(plain, secDetails, 1, []byte{4, 0, 0, 0, 0})
	return pack(t, Counts{Records: 1, Rows: 1, Annotations: len(notes)}, plain)
}

func TestEveryPrefixIsRefused(t *testing.T) {
	payload := encode(t, newEncoder(t), sampleRecords())
	d := newDecoder(t)
	for n := range payload {
		if _, err := d.Decode(payload[:n]); cure.KindOf(err) != cure.Invalid {
			t.Fatalf("prefix of %d bytes: %v, want Invalid", n, err)
		}
	}
}

func TestContentCutInsideASectionIsRefused(t *testing.T) {
	n, plain := unpack(t, encode(t, newEncoder(t), sampleRecords()))
	absent := map[int]bool{} // sections behind the details may be absent
	for c := (cursor{b: plain}); c.left() > 0; {
		number := c.uvarint()
		c.uvarint()
		c.skip(c.uvarint())
		absent[c.off] = number >= secDetails
	}
	d := newDecoder(t)
	for i := range plain {
		if _, err := d.Decode(pack(t, n, plain[:i])); (err == nil) != absent[i] {
			t.Fatalf("content cut at %d of %d: %v", i, len(plain), err)
		}
	}
}

func TestEveryFlippedBitIsRefused(t *testing.T) {
	payload := encode(t, newEncoder(t), sampleRecords()[:3])
	d := newDecoder(t)
	for i := range payload {
		for bit := range 8 {
			payload[i] ^= 1 << bit
			if _, err := d.Decode(payload); cure.KindOf(err) != cure.Invalid {
				t.Fatalf("bit %d of byte %d: %v, want Invalid", bit, i, err)
			}
			payload[i] ^= 1 << bit
		}
	}
}

func TestRowsThatAreLeftOut(t *testing.T) {
	ip, port, role := byte(cure.KindIP), byte(cure.KindPort), byte(cure.RoleScanner)
	addr := "\x04\xc6\x33\x64\x07"
	year := func(n int64) []byte { return binary.AppendVarint(nil, n*365*86400*1000) }
	tests := []struct {
		name    string
		row     []byte
		unknown int
		refused string // "" for none
		rows    int
	}{
		{"as it should be", append([]byte{0, ip, role, 0, 0}, addr...), 0, "", 1},
		{"later kind", append([]byte{0, 200, role, 0, 0}, addr...), 1, "", 0},
		{"later role", append([]byte{0, ip, 200, 0, 0}, addr...), 1, "", 0},
		{"later state", append([]byte{0, ip, role, 7, 0}, addr...), 1, "", 0},
		{"later flag", append([]byte{0, ip, role, 128, 0}, addr...), 1, "", 0},
		{"short address", []byte{0, ip, role, 0, 0, 3, 1, 2, 3}, 0, "address", 0},
		{"no key", []byte{0, ip, role, 0, 0, 0}, 0, "key is empty", 0},
		{"port", append([]byte{0, port, role, 0, 0, 6}, "tcp/07"...), 0, "port", 0},
		{"count 0", append([]byte{0, ip, role, hasCount, 0, 0}, addr...), 0, "count", 0},
		{"count over 32 bits", append([]byte{0, ip, role, hasCount, 0, 0xff, 0xff, 0xff, 0xff, 0x1f}, addr...), 0, "count", 0},
		{"before year 1", append(append([]byte{0, ip, role, 0}, year(-3000)...), addr...), 0, "time", 0},
		{"after year 9999", append(append([]byte{0, ip, role, 0}, year(9000)...), addr...), 0, "time", 0},
		{"last overflows", append([]byte{0, ip, role, hasLast, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, addr...), 0, "time", 0},
	}
	d := newDecoder(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			payload := oneRow(t, tt.row)
			b, err := d.Decode(payload)
			if err != nil {
				t.Fatal(err)
			}
			if b.Unknown != tt.unknown || len(b.Rows) != tt.rows || (len(b.Refused) == 1) != (tt.refused != "") {
				t.Fatalf("%d rows, %d unknown, refused %v", len(b.Rows), b.Unknown, b.Refused)
			}
			if tt.refused != "" && !strings.Contains(b.Refused[0].Reason, tt.refused) {
				t.Errorf("reason %q, want %q in it", b.Refused[0].Reason, tt.refused)
			}
			r, err := d.Open(payload, 0)
			if err != nil || len(r.Observations) != tt.rows {
				t.Errorf("opened %+v, %v", r, err)
			}
		})
	}
}

func TestAnnotationsThatAreLeftOut(t *testing.T) {
	row := []byte{0, byte(cure.KindIP), 0, 0, 0, 4, 1, 2, 3, 4}
	evidence := append([]byte{19}, make([]byte, 19)...)
	note := func(conf byte, tagKind cure.Kind, tag string) []byte {
		n := append([]byte{0, 5, conf, 0, byte(cure.KindIP), 4, 1, 2, 3, 4, byte(tagKind)}, appendText(nil, tag)...)
		return append(n, evidence...)
	}
	b, err := newDecoder(t).Decode(oneRow(t, row, note(100, cure.KindTag, "mirai"), note(101, cure.KindTag, "mirai"),
		note(0, cure.KindTag, "Mirai"), note(0, cure.KindPort, "tcp/1"), note(0, 99, "later"), note(0, cure.KindCVE, "CVE-2021-44228")))
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Annotations) != 2 || len(b.Refused) != 3 || b.Unknown != 1 {
		t.Errorf("%d taken, %d unknown, refused %v; want 2, 1 and 3", len(b.Annotations), b.Unknown, b.Refused)
	}
}

func TestRefusalsAreTheSameForAll(t *testing.T) {
	bad := oneRow(t, []byte{0, byte(cure.KindDomain), 0, 0, 0, 3, 'o', 'r', 'g'})
	used := newDecoder(t)
	if _, err := used.Decode(encode(t, newEncoder(t), cowrieRecords(50))); err != nil {
		t.Fatal(err)
	}
	a, err := used.Decode(bad)
	if err != nil {
		t.Fatal(err)
	}
	b, err := newDecoder(t).Decode(bad)
	if diff := cmp.Diff(a, b, emptyIsNil); err != nil || diff != "" {
		t.Errorf("used and new decoder differ: %v %s", err, diff)
	}
	if len(a.Refused) != 1 {
		t.Errorf("refused %v", a.Refused)
	}
}

func TestUnknownSectionIsSkipped(t *testing.T) {
	recs := sampleRecords()
	n, plain := unpack(t, encode(t, newEncoder(t), recs))
	payload := pack(t, n, appendSection(plain, secEnd+7, 3, []byte("things of later")))
	d := newDecoder(t)
	b, err := d.Decode(payload)
	if err != nil || b.Unknown != 3 || len(b.Envelopes) != len(recs) {
		t.Fatalf("%d unknown, %d records: %v", b.Unknown, len(b.Envelopes), err)
	}
	got, err := d.Records(payload)
	if diff := cmp.Diff(recs, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestControlOfALaterVersionIsCounted(t *testing.T) {
	env := make([]byte, 16+1+1)
	items := []byte{2, 0, 99, 3, 0, byte(cure.OpDelete), 77} // no more fields than a later version may have kept
	plain := appendSection(nil, secEnvelopes, 1, env)
	plain = appendSection(plain, secRows, 0, make([]byte, 2*Partitions))
	plain = appendSection(plain, secDetails, 1, []byte{4, 0, 0, 0, 0})
	n := Counts{Records: 1}
	b, err := newDecoder(t).Decode(pack(t, n, appendSection(plain, secControls, 1, items[:3])))
	if err != nil || b.Unknown != 1 || len(b.Controls) != 0 {
		t.Errorf("%d unknown, %d controls: %v", b.Unknown, len(b.Controls), err)
	}
	if _, err := newDecoder(t).Decode(pack(t, n, appendSection(plain, secControls, 2, items[:5]))); cure.KindOf(err) != cure.Invalid {
		t.Errorf("cut item: %v, want Invalid", err)
	}
}

func TestSectionsTwiceOrBackwardsAreRefused(t *testing.T) {
	n, plain := unpack(t, encode(t, newEncoder(t), nil))
	for _, number := range []int{secMarkings, secDetails, 0} {
		if _, err := newDecoder(t).Decode(pack(t, n, appendSection(plain, number, 0, nil))); cure.KindOf(err) != cure.Invalid {
			t.Errorf("section %d again: %v, want Invalid", number, err)
		}
	}
}

func TestMarkingOfALaterVersionRefusesTheBatch(t *testing.T) {
	plain := appendSection(nil, secMarkings, 1, []byte{byte(cure.TLPRed) + 1, 0, 0, 0, 0})
	if _, err := newDecoder(t).Decode(pack(t, Counts{}, plain)); cure.KindOf(err) != cure.Invalid {
		t.Errorf("got %v, want Invalid: the records would be shown more widely", err)
	}
}

func TestDecoderKeepsNoLongNames(t *testing.T) {
	d := newDecoder(t)
	marking := append([]byte{0, 0, 0, 0}, appendText(nil, strings.Repeat("a", MaxDecoded/2))...)
	if _, err := d.Decode(pack(t, Counts{}, appendSection(nil, secMarkings, 1, marking))); cure.KindOf(err) != cure.Invalid {
		t.Errorf("got %v, want Invalid", err)
	}
	for s := range d.strings {
		if len(s) > maxInternedSize {
			t.Errorf("keeps a name of %d bytes", len(s))
		}
	}
	for i := range 2 * maxInterned {
		d.intern(binary.AppendUvarint(nil, uint64(i)))
	}
	if len(d.strings) > maxInterned {
		t.Errorf("keeps %d names", len(d.strings))
	}
}

func TestEncryptedBatchIsRefused(t *testing.T) {
	h := testHeader()
	h.KeyID = 9
	b := appendHeader(nil, &h, Counts{Decoded: 10})
	sealBatch(b)
	got, _, err := ReadHeader(b)
	if diff := cmp.Diff(h, got); err != nil || diff != "" {
		t.Errorf("header: %v (-want +got):\n%s", err, diff)
	}
	if _, err := newDecoder(t).Decode(b); cure.KindOf(err) != cure.Invalid || !strings.Contains(err.Error(), "key 9") {
		t.Errorf("got %v, want Invalid that names the key", err)
	}
}

func TestBombIsRefusedWithinBounds(t *testing.T) {
	zeros := make([]byte, 64<<20)
	bomb := pack(t, Counts{}, zeros)
	if len(bomb) > MaxEncoded {
		t.Fatalf("bomb of %d bytes is no bomb", len(bomb))
	}
	h := testHeader()
	_, _, _, packed, _ := parseHeader(bomb)
	if packed == nil { // refused for its promise; let it promise less
		if _, err := newDecoder(t).Decode(bomb); cure.KindOf(err) != cure.Invalid {
			t.Errorf("honest bomb: %v, want Invalid", err)
		}
		packed = bomb[headerAt+int(binary.LittleEndian.Uint16(bomb[sizeAt:])):]
	}
	for _, promise := range []int{1, 1000, MaxDecoded} {
		liar := append(appendHeader(nil, &h, Counts{Decoded: promise}), packed...)
		sealBatch(liar)
		d := newDecoder(t)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := d.Decode(liar)
		runtime.ReadMemStats(&after)
		if cure.KindOf(err) != cure.Invalid {
			t.Errorf("promise of %d: %v, want Invalid", promise, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > uint64(promise)+4<<20 {
			t.Errorf("promise of %d: %d bytes allocated", promise, n)
		}
	}
}

func TestDetailsThatAreDamagedHideOnlyThemselves(t *testing.T) {
	recs := cowrieRecords(2)
	n, plain := unpack(t, encode(t, newEncoder(t), recs))
	// Give the first record an attribute name that is not in the table.
	at := bytes.Index(plain, []byte("\x04root"))
	plain[at-1] = 0x7f
	payload := pack(t, n, plain)
	got, err := newDecoder(t).Records(payload)
	if err != nil {
		t.Fatal(err)
	}
	want := recs
	want[0].Attrs, want[0].Raw, want[0].Sensor = nil, nil, ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}
