package observe_test

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
	"github.com/opencure/cure/internal/scenario"
)

// clientHello asks for a name.
func clientHello(name string) []byte {
	sni := be(uint16(0), uint16(len(name)+5), uint16(len(name)+3), uint8(0), uint16(len(name)), []byte(name))
	extensions := append(be(uint16(10), uint16(2), uint16(0)), sni...)
	body := be(uint16(0x0303), [32]byte{}, uint8(2), uint16(7), uint16(4), uint32(0x13011302), uint8(1), uint8(0), uint16(len(extensions)), extensions)
	hello := append([]byte{1, 0, byte(len(body) >> 8), byte(len(body))}, body...)
	return append(be(uint8(22), uint16(0x0301), uint16(len(hello))), hello...)
}

// decoyCapture is traffic of a segment of decoys, 203.0.113.200 and .201.
func decoyCapture() []byte {
	var c scenario.Capture
	at := time.Date(2026, 11, 17, 6, 20, 0, 0, time.UTC)
	ip := netip.MustParseAddr
	decoy, other := ip("203.0.113.20"), ip("203.0.113.21")
	n := 0
	tcp := func(src, dst netip.Addr, sport, dport uint16, flags byte, payload string) {
		n++
		c.TCP(at.Add(time.Duration(n)*time.Second), scenario.Segment{Src: src, Dst: dst, SrcPort: sport, DstPort: dport, Flags: flags, TTL: 60, Payload: []byte(payload)})
	}
	tcp(ip("198.51.100.9"), decoy, 40000, 22, 2, "")    // somebody comes
	tcp(decoy, ip("198.51.100.9"), 22, 40000, 0x12, "") // and is let in
	tcp(decoy, ip("198.51.100.23"), 50000, 443, 2, "")  // it goes out
	tcp(decoy, ip("198.51.100.23"), 50000, 443, 0x18, string(clientHello("c2.kagerou.example")))
	tcp(decoy, ip("198.51.100.24"), 50001, 80, 0x18, "GET /bins/kage.arm?id=private HTTP/1.1\r\nUser-Agent: x\r\nHost: dl.kagerou.example:80\r\n\r\n")
	tcp(decoy, other, 50002, 445, 2, "")                                  // to another decoy
	tcp(decoy, ip("198.51.100.24"), 50001, 80, 0x18, "private words")     // nothing is said of it
	tcp(ip("198.51.100.1"), ip("198.51.100.2"), 1, 2, 2, "")              // none of ours
	tcp(decoy, ip("198.51.100.23"), 50000, 443, 0x18, "\x16\x03\x01\x00") // cut
	question := append(make([]byte, 5), 1, 0, 0, 0, 0, 0, 0, 2, 'c', '2', 7, 'k', 'a', 'g', 'e', 'r', 'o', 'u', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 1, 0, 1)
	c.UDP(at.Add(time.Minute), netip.AddrPortFrom(decoy, 5353), netip.MustParseAddrPort("10.0.0.53:53"), 60, question)
	return c.Bytes()
}

func TestDecoynetCapture(t *testing.T) {
	in := filepath.Join(t.TempDir(), "segment.pcap")
	write(t, in, decoyCapture())
	h := &publishtest.Hub{Own: ownSide}
	same(t, "decoynet-capture", show(t, h, runInto(t, h, observe.Decoynet(), "decoynet/a", nil, in)))
	all := everything(t, h)
	for _, secret := range []string{"203.0.113.2", "private", "\xcb\x00\x71\x14"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q left", secret)
		}
	}
}

func FuzzDecoynetPacket(f *testing.F) {
	in := filepath.Join(f.TempDir(), "segment.pcap")
	if err := os.WriteFile(in, decoyCapture(), 0o600); err != nil {
		f.Fatal(err)
	}
	file, err := feed.Open(in, feed.Packets, 0)
	if err != nil {
		f.Fatal(err)
	}
	defer file.Close()
	for {
		fr, err := file.Next(f.Context(), feed.Forever)
		if err != nil {
			break
		}
		f.Add(bytes.Clone(fr.Data))
	}
	fuzzDecoder(f, observe.Decoynet(), publish.Options{Source: "decoynet/a", Own: publish.NewOwnSide(ownSide)})
}
