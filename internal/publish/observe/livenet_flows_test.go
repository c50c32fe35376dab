package observe_test

import (
	"encoding/binary"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
	"github.com/opencure/cure/internal/scenario"
)

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

const exported = 1795137120 // 2026-11-20T01:12:00Z

// export9 is a datagram of NetFlow 9.
func export9(body []byte) []byte {
	return append(be(uint16(9), uint16(1), uint32(100_000), uint32(exported), uint32(1), uint32(7)), body...)
}

// template9 tells: addresses, ports, protocol, flags, bytes, begin.
var template9 = be([]uint16{0, 40, 300, 8, 8, 4, 12, 4, 7, 2, 11, 2, 4, 1, 6, 1, 1, 4, 22, 4})

// flows9 is a set of such flows.
func flows9(flows ...[]byte) []byte {
	b := be(uint16(300), uint16(0))
	for _, f := range flows {
		b = append(b, f...)
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

func flow9(src, dst string, proto, flags uint8, bytes uint32) []byte {
	s, d := netip.MustParseAddrPort(src), netip.MustParseAddrPort(dst)
	return be(s.Addr().As4(), d.Addr().As4(), s.Port(), d.Port(), proto, flags, bytes, uint32(99_000))
}

// exports are datagrams of routers: what each is for stands in the golden.
func exports() [][]byte {
	v5 := be(uint16(5), uint16(2), uint32(100_000), uint32(exported), uint32(0), uint32(0), uint32(0))
	for _, f := range [][2]string{{"203.0.113.20:50000", "192.0.2.45:8080"}, {"192.0.2.45:8080", "203.0.113.20:50000"}} {
		s, d := netip.MustParseAddrPort(f[0]), netip.MustParseAddrPort(f[1])
		v5 = append(v5, be(s.Addr().As4(), d.Addr().As4(), uint32(0), uint32(0), uint32(9), uint32(1234), uint32(90_000), uint32(91_000), s.Port(), d.Port(), uint8(0), uint8(0x1b), uint8(6), uint8(0), uint64(0))...)
	}
	own6, remote6 := netip.MustParseAddr("2001:db8::20"), netip.MustParseAddr("2001:db8:ffff::45")
	both := be([]uint16{2, 36, 256, 6, 27, 16, 28, 16, 11, 2, 4, 1, 231, 8, 232, 8}, uint32(0))
	both = append(both, be(uint16(256), uint16(4+51+51), own6.As16(), remote6.As16(), uint16(443), uint8(6), uint64(2000), uint64(9000), remote6.As16(), own6.As16(), uint16(23), uint8(6), uint64(60), uint64(0))...)
	return [][]byte{
		v5,
		export9(flows9(flow9("203.0.113.20:50000", "192.0.2.45:443", 6, 0x1b, 70_000))), // no template yet
		export9(template9),
		export9(flows9(
			flow9("203.0.113.20:50000", "192.0.2.45:443", 6, 0x1b, 70_000),
			flow9("192.0.2.45:53", "203.0.113.31:50000", 17, 0, 300),      // an answer
			flow9("198.51.100.7:40000", "203.0.113.20:22", 6, 2, 60),      // a stranger knocks
			flow9("203.0.113.20:22", "198.51.100.7:40000", 6, 0x14, 40),   // and is refused
			flow9("198.51.100.98:40000", "203.0.113.20:80", 6, 0x1b, 900), // another
			flow9("203.0.113.20:80", "198.51.100.98:40000", 6, 0x1b, 900), // is let in
			flow9("203.0.113.20:50000", "203.0.113.31:445", 6, 0x1b, 10),  // stays inside
			flow9("203.0.113.20:0", "198.51.100.9:0", 1, 0, 84),           // ping
		)),
		export9(flows9(flow9("198.51.100.1:1", "198.51.100.2:2", 6, 2, 1))), // nobody is own
		append(be(uint16(10), uint16(16+len(both)), uint32(exported), uint32(1), uint32(1)), both...),
		be(uint32(5), uint32(1), uint32(2)), // sFlow
		export9(be(uint16(300), uint16(4000))),
	}
}

// flowCapture is the traffic between routers and a collector.
func flowCapture() []byte {
	var c scenario.Capture
	at := time.Unix(exported, 0)
	for i, d := range exports() {
		c.UDP(at.Add(time.Duration(i)*time.Second), netip.MustParseAddrPort("10.0.0.254:3000"), netip.MustParseAddrPort("10.0.0.9:2055"), 60, d)
	}
	c.TCP(at, scenario.Segment{Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("10.0.0.9"), SrcPort: 1, DstPort: 22, Flags: 2})
	return c.Bytes()
}

func TestLivenetFlows(t *testing.T) {
	in := filepath.Join(t.TempDir(), "flows.pcap")
	write(t, in, flowCapture())
	h := &publishtest.Hub{Own: flowSide}
	same(t, "livenet-flows", show(t, h, runInto(t, h, observe.Livenet(), "livenet/a", nil, in)))
	for _, b := range h.Bad {
		if len(b.Raw) > 0 {
			t.Errorf("the quarantine holds a packet: %q", b.Raw)
		}
	}
}

// TestLivenetFlowsCrash kills the publisher at each batch: the templates that
// came before go on, and nothing counts twice.
func TestLivenetFlowsCrash(t *testing.T) {
	var c scenario.Capture
	at := time.Unix(exported, 0)
	from, to := netip.MustParseAddrPort("10.0.0.254:3000"), netip.MustParseAddrPort("10.0.0.9:2055")
	c.UDP(at.Add(-time.Second), from, to, 60, export9(template9))
	for i := range 5000 {
		remote := netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)}), 443)
		c.UDP(at.Add(time.Duration(i)*time.Millisecond), from, to, 60, export9(flows9(flow9("203.0.113.20:50000", remote.String(), 6, 0x1b, 70_000))))
	}
	in := filepath.Join(t.TempDir(), "flows.pcap")
	write(t, in, c.Bytes())
	whole := &publishtest.Hub{Own: flowSide}
	cfg := publish.Config{Source: "livenet/a", Publisher: observe.Livenet(), Sink: whole, Now: now, Checkpoint: 1}
	if _, err := publish.Run(t.Context(), cfg, in); err != nil {
		t.Fatal(err)
	}
	if whole.Seq() < 3 || len(whole.Records) != 5000 {
		t.Fatalf("%d batches, %d records", whole.Seq(), len(whole.Records))
	}
	publishtest.KillEach(t, cfg, flowSide, func(kill uint64, h *publishtest.Hub) {
		if diff := cmp.Diff(whole.Digest(), h.Digest()); diff != "" {
			t.Fatalf("killed at batch %d (-whole +killed)\n%s", kill, diff)
		}
	}, in)
}

func FuzzLivenetFlows(f *testing.F) {
	at := time.Unix(exported, 0)
	for _, d := range exports() {
		f.Add(feed.AppendDatagram(nil, at, netip.MustParseAddrPort("10.0.0.254:3000"), netip.MustParseAddrPort("[::1]:2055"), d))
	}
	fuzzDecoder(f, observe.Livenet(), publish.Options{Source: "livenet/a", Own: publish.NewOwnSide(flowSide)})
}
