package netflow_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/opencure/cure/internal/publish/netflow"
)

var router = netip.MustParseAddr("192.0.2.254")

// be writes values one after the other, big-endian.
func be(values ...any) (b []byte) {
	for _, v := range values {
		var err error
		if b, err = binary.Append(b, binary.BigEndian, v); err != nil {
			panic(err)
		}
	}
	return b
}

// w16 is be for words.
func w16(values ...uint16) []byte { return be(values) }

func set(id uint16, body ...[]byte) []byte {
	b := bytes.Join(body, nil)
	return append(w16(id, uint16(4+len(b))), b...)
}

func v9(domain uint32, sets ...[]byte) []byte {
	return append(be(uint16(9), uint16(len(sets)), uint32(100_000), uint32(1795137120), uint32(1), domain), bytes.Join(sets, nil)...)
}

func ipfix(sets ...[]byte) []byte {
	b := bytes.Join(sets, nil)
	return append(be(uint16(10), uint16(16+len(b)), uint32(1795137120), uint32(1), uint32(7)), b...)
}

var (
	own    = []byte{203, 0, 113, 20}
	remote = []byte{192, 0, 2, 45}
	five   = w16(300, 7, 8, 4, 12, 4, 7, 2, 11, 2, 4, 1, 1, 4, 22, 4) // of NetFlow 9
	flow9  = be(own, remote, uint16(50000), uint16(443), uint8(6), uint32(1234), uint32(99_000))
	start  = time.Unix(1795137119, 0).UTC()
	want9  = netflow.Flow{Start: start, Src: netip.AddrFrom4([4]byte(own)), Dst: netip.AddrFrom4([4]byte(remote)), SrcPort: 50000, DstPort: 443, Proto: 6, Bytes: 1234}
)

func v5(n uint16, records ...[]byte) []byte {
	return append(be(uint16(5), n, uint32(100_000), uint32(1795137120), uint32(5e8), uint32(0), uint32(0)), bytes.Join(records, nil)...)
}

var record5 = be(own, remote, uint32(0), uint16(1), uint16(2), uint32(9), uint32(1234), uint32(99_500), uint32(99_900),
	uint16(50000), uint16(443), uint8(0), uint8(0x1b), uint8(6), uint8(0), uint64(0))

func TestRead(t *testing.T) {
	src6, dst6 := netip.MustParseAddr("2001:db8::20"), netip.MustParseAddr("2001:db8:ffff::45")
	tests := map[string]struct {
		in      [][]byte
		want    []netflow.Flow
		missing int
		err     error
	}{
		"NetFlow 5": {
			in:   [][]byte{v5(1, record5)},
			want: []netflow.Flow{{Start: start.Add(time.Second), Src: want9.Src, Dst: want9.Dst, SrcPort: 50000, DstPort: 443, Proto: 6, Flags: 0x1b, Bytes: 1234}},
		},
		"NetFlow 5 cut":               {in: [][]byte{v5(2, record5, record5[:47])}, want: []netflow.Flow{{Start: start.Add(time.Second), Src: want9.Src, Dst: want9.Dst, SrcPort: 50000, DstPort: 443, Proto: 6, Flags: 0x1b, Bytes: 1234}}, err: netflow.ErrShort},
		"NetFlow 5 with 31":           {in: [][]byte{v5(31, record5)}, err: netflow.ErrLength},
		"NetFlow 9":                   {in: [][]byte{v9(1, set(0, five)), v9(1, set(300, flow9, flow9, []byte{0, 0, 0}))}, want: []netflow.Flow{want9, want9}},
		"template before it is known": {in: [][]byte{v9(1, set(300, flow9)), v9(1, set(0, five), set(300, flow9))}, want: []netflow.Flow{want9}, missing: 1},
		"template of another domain":  {in: [][]byte{v9(2, set(0, five)), v9(1, set(300, flow9))}, missing: 1},
		"template changes": {
			in: [][]byte{
				v9(1, set(0, five)),
				v9(1, set(0, w16(300, 2, 12, 4, 8, 4)), set(300, remote, own)),
			},
			want: []netflow.Flow{{Start: start.Add(time.Second), Src: want9.Src, Dst: want9.Dst}},
		},
		"options of NetFlow 9 are passed over": {in: [][]byte{v9(1, set(1, w16(301, 4, 4, 1, 4, 34, 4, 0)), set(301, be(uint64(1))))}},
		"IPFIX both ways": {
			in: [][]byte{ipfix(
				set(2, w16(256, 6, 27, 16, 28, 16, 7, 2, 11, 2, 1, 8, 0x8000|1, 8), be(uint32(29305))),
				set(256, be(src6.As16(), dst6.As16(), uint16(50000), uint16(53), uint64(10), uint64(20))),
			)},
			want: []netflow.Flow{{Start: start.Add(time.Second), Src: src6, Dst: dst6, SrcPort: 50000, DstPort: 53, Bytes: 10, Back: 20, Both: true, IPFIX: true}},
		},
		"IPFIX with lengths in the record, of a vendor, and short numbers": {
			in: [][]byte{ipfix(
				set(2, w16(256, 5, 8, 4, 0x8000|371, 0xffff), be(uint32(9999)), w16(12, 4, 1, 3, 152, 8)),
				set(256, own, []byte{3}, []byte("app"), remote, []byte{1, 0, 0}, be(uint64(1795137119500)),
					own, []byte{255, 0, 4}, []byte("apps"), remote, []byte{0, 0, 1}, be(uint64(1795137119500))),
			)},
			want: []netflow.Flow{
				{Start: start.Add(500 * time.Millisecond), Src: want9.Src, Dst: want9.Dst, Bytes: 65536, IPFIX: true},
				{Start: start.Add(500 * time.Millisecond), Src: want9.Src, Dst: want9.Dst, Bytes: 1, IPFIX: true},
			},
		},
		"times": {
			in: [][]byte{ipfix(
				set(2, w16(256, 3, 8, 4, 12, 4, 150, 4), w16(257, 3, 8, 4, 12, 4, 156, 8), w16(258, 3, 8, 4, 12, 4, 158, 4), w16(259, 4, 8, 4, 12, 4, 160, 8, 22, 4)),
				set(256, own, remote, be(uint32(1795137119))),
				set(257, own, remote, be(uint32(1795137119+2208988800), uint32(1<<31))),
				set(258, own, remote, be(uint32(2_000_000))),
				set(259, own, remote, be(uint64(1795137000000), uint32(119_000))),
			)},
			want: []netflow.Flow{
				{Start: start, Src: want9.Src, Dst: want9.Dst, IPFIX: true},
				{Start: start.Add(500 * time.Millisecond), Src: want9.Src, Dst: want9.Dst, IPFIX: true},
				{Start: start.Add(-time.Second), Src: want9.Src, Dst: want9.Dst, IPFIX: true},
				{Start: start, Src: want9.Src, Dst: want9.Dst, IPFIX: true},
			},
		},
		"options and withdrawal of IPFIX": {
			in: [][]byte{
				ipfix(set(2, w16(256, 2, 8, 4, 12, 4)), set(3, w16(257, 2, 1, 149, 4, 34, 4)), set(257, be(uint64(1)))),
				ipfix(set(2, w16(256, 0))),
				ipfix(set(256, own, remote)),
			},
			missing: 1,
		},
		"cut template":             {in: [][]byte{ipfix(set(2, w16(256, 9, 8, 4)))}, err: netflow.ErrShort},
		"record of nothing":        {in: [][]byte{ipfix(set(2, w16(256, 2, 8, 0, 12, 0)))}, err: netflow.ErrLength},
		"template of 600 fields":   {in: [][]byte{ipfix(set(2, w16(256, 600)))}, err: netflow.ErrLength},
		"set longer than the rest": {in: [][]byte{ipfix(w16(256, 400))}, err: netflow.ErrShort},
		"set of two bytes":         {in: [][]byte{ipfix(w16(256, 2))}, err: netflow.ErrLength},
		"message longer than it":   {in: [][]byte{be(uint16(10), uint16(400), uint32(0), uint64(0))}, err: netflow.ErrShort},
		"message of eight bytes":   {in: [][]byte{be(uint16(10), uint16(8), uint32(0), uint64(0))}, err: netflow.ErrLength},
		"length in record is cut":  {in: [][]byte{ipfix(set(2, w16(256, 1, 8, 0xffff)), set(256, []byte{200, 1}))}, err: netflow.ErrShort},
		"sFlow":                    {in: [][]byte{be(uint32(5), uint32(1))}, err: netflow.ErrOther},
		"nothing":                  {in: [][]byte{nil}, err: netflow.ErrOther},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var r netflow.Reader
			var got []netflow.Flow
			var err error
			missing := 0
			for _, b := range tt.in {
				sent, e := r.Read(router, b, func(f *netflow.Flow) { got = append(got, *f) })
				missing, err = missing+sent.Missing, errors.Join(err, e)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if missing != tt.missing || !errors.Is(err, tt.err) {
				t.Errorf("missing %d, error %v; want %d, %v", missing, err, tt.missing, tt.err)
			}
		})
	}
}

// TestState: a reader that was stopped goes on where it was, with the same
// templates in the same order.
func TestState(t *testing.T) {
	var r, again netflow.Reader
	ignore := func(*netflow.Flow) {}
	for _, b := range [][]byte{v9(1, set(0, five)), ipfix(set(2, w16(256, 2, 8, 4, 12, 4), w16(999, 2, 1, 0xffff, 27, 16)), set(3, w16(257, 1, 1, 149, 4)))} {
		if _, err := r.Read(router, b, ignore); err != nil {
			t.Fatal(err)
		}
	}
	state := r.AppendState(nil)
	if len(state) > r.Size() {
		t.Errorf("%d bytes, said %d", len(state), r.Size())
	}
	rest, err := again.Restore(append(bytes.Clone(state), "more"...))
	if err != nil || string(rest) != "more" {
		t.Fatalf("rest %q, %v", rest, err)
	}
	if !bytes.Equal(again.AppendState(nil), state) {
		t.Error("the state of a restored reader differs")
	}
	n := 0
	sent, err := again.Read(router, ipfix(set(256, own, remote), set(257, be(uint32(1)))), func(*netflow.Flow) { n++ })
	if n != 1 || sent.Missing != 0 || err != nil {
		t.Errorf("%d flows, missing %d, %v", n, sent.Missing, err)
	}
	for i := range state {
		_, _ = again.Restore(state[:i]) // no panic; some prefixes are whole states
	}
}

// TestBounded: an exporter that makes templates without end makes room by
// losing its oldest.
func TestBounded(t *testing.T) {
	var r netflow.Reader
	wide := make([]uint16, 0, 800)
	for range 400 {
		wide = append(wide, 8, 4)
	}
	for domain := range uint32(10_000) {
		form := w16(300, 2, 8, 4, 12, 4)
		if domain%10 == 0 {
			form = append(w16(300, 400), w16(wide...)...)
		}
		if _, err := r.Read(router, v9(domain, set(0, form)), nil); err != nil {
			t.Fatal(err)
		}
	}
	if size := len(r.AppendState(nil)); size > 160<<10 || size > r.Size() {
		t.Errorf("%d bytes of state, bound %d", size, r.Size())
	}
	var again netflow.Reader
	if _, err := again.Restore(r.AppendState(nil)); err != nil {
		t.Error(err)
	}
	sent, err := r.Read(router, v9(9_999, set(300, own, remote)), func(*netflow.Flow) {})
	if sent.Flows != 1 || err != nil {
		t.Errorf("the newest template: %+v, %v", sent, err)
	}
	if sent, _ = r.Read(router, v9(1, set(300, own, remote)), nil); sent.Missing != 1 {
		t.Errorf("the oldest template: %+v", sent)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(v5(1, record5), v9(1, set(0, five), set(300, flow9)))
	f.Add(ipfix(set(2, w16(256, 2, 8, 0xffff, 12, 4)), set(256, []byte{4}, own, remote)), ipfix(set(3, w16(257, 1, 1, 149, 4)), set(2, w16(256, 0))))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var r netflow.Reader
		n := 0
		for _, in := range [][]byte{a, b, a} {
			_, _ = r.Read(router, in, func(f *netflow.Flow) {
				if n++; !f.Src.IsValid() || !f.Dst.IsValid() || f.Start.IsZero() {
					t.Errorf("half a flow: %+v", f)
				}
			})
		}
		if n > len(a)*2+len(b) {
			t.Errorf("%d flows out of %d bytes", n, len(a)+len(b))
		}
		var again netflow.Reader
		state := r.AppendState(nil)
		if len(state) > r.Size() {
			t.Errorf("%d bytes of state, bound %d", len(state), r.Size())
		}
		if rest, err := again.Restore(state); err != nil || len(rest) > 0 || !bytes.Equal(again.AppendState(nil), state) {
			t.Errorf("state is not taken up: %v", err)
		}
		_, _ = again.Restore(a)
	})
}

// BenchmarkRead reads datagrams of thirty flows.
func BenchmarkRead(b *testing.B) {
	var r netflow.Reader
	in := v9(1, set(0, five), set(300, bytes.Repeat(flow9, 30)))
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if _, err := r.Read(router, in, func(*netflow.Flow) { n++ }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "flows/s")
}
