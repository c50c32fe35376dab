package scenario

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/opencure/cure"
)

// The darknet of the story, 100.64.0.0/20, which nobody is told of, and who is
// seen there beside the bots.
const (
	darknetSource = cure.Source("darknet/hinata")
	Partner       = "203.0.113.70" // host of Minato University that falls too
	Scanner       = "192.0.2.193"  // of the research scanner 192.0.2.192/28
	ScannerName   = "Example Research"
	scannerList   = "source,group,cidr\nSYNTHETIC," + ScannerName + ",192.0.2.192/28\n"
)

var (
	floodFrom    = at(20, 9, 31) // C2-1's order takes effect
	floodUntil   = at(20, 9, 36)
	cameraScans  = at(20, 10, 14)
	partnerScans = at(20, 10, 18)
)

// darknet tells what the dark range saw: port 48123 from bots with the mark of
// Mirai, 41 sources and then all of them, the own camera and a partner's host;
// what the flooded victim answered to forged senders; the research scanner;
// noise.
func darknet(t *teller) {
	var c Capture
	bot := func(src string, when time.Duration) {
		t.saw(darknetSource, cure.KindIP, src)
		for n := range 3 {
			dst := t.dark()
			b := dst.As4()
			c.TCP(t.time(when+time.Duration(n)*7*time.Second), Segment{
				Src: netip.MustParseAddr(src), Dst: dst, SrcPort: uint16(1024 + t.rand.IntN(60000)), DstPort: 48123,
				Seq: binary.BigEndian.Uint32(b[:]), Flags: 2, Window: uint16(1000 + t.rand.IntN(60000)), TTL: 47, IPID: uint16(t.rand.Uint32()),
			})
		}
	}
	for _, b := range t.story.Cast.Bots {
		bot(b.Addr.String(), b.First+t.seconds(20))
		if b.First < scanOrder { // those of before obey the order too
			bot(b.Addr.String(), scanOrder+t.seconds(600))
		}
	}
	bot(Camera, cameraScans)
	bot(Partner, partnerScans)
	t.saw(darknetSource, cure.KindIP, Victim)
	for when := floodFrom; when < floodUntil; when += 2 * time.Second { // its web server answers those it never heard of
		c.TCP(t.time(when+t.seconds(2)), Segment{
			Src: netip.MustParseAddr(Victim), Dst: t.dark(), SrcPort: 80, DstPort: uint16(1024 + t.rand.IntN(60000)),
			Seq: t.rand.Uint32(), Flags: 0x12, Window: 64240, TTL: 55,
		})
	}
	t.saw(darknetSource, cure.KindIP, Scanner)
	for when := begin; when < -2*time.Minute; when += 5 * time.Minute {
		c.TCP(t.time(when+t.seconds(200)), Segment{
			Src: netip.MustParseAddr(Scanner), Dst: t.dark(), SrcPort: 54000, DstPort: []uint16{22, 80, 443, 48123}[t.rand.IntN(4)],
			Seq: 7, Flags: 2, Window: 65535, TTL: 242, IPID: 54321,
		})
	}
	ports := []uint16{22, 23, 445, 3389, 8080}
	const block = 10
	for i, when := 0, begin; when < -2*time.Minute; i, when = i+1, when+4*time.Minute {
		src := netip.MustParseAddr(noise(block, i))
		dst := t.dark()
		if src.Is6() {
			dst = netip.MustParseAddr("2001:db8:ffff::1")
		}
		t.saw(darknetSource, cure.KindIP, src.String())
		c.TCP(t.time(when+t.seconds(60)), Segment{
			Src: src, Dst: dst, SrcPort: uint16(1024 + t.rand.IntN(60000)), DstPort: ports[t.rand.IntN(len(ports))],
			Seq: t.rand.Uint32(), Flags: 2, Window: 64240, TTL: 50, IPID: uint16(t.rand.Uint32()),
		})
	}
	t.facts.forbid(Forbidden{Text: "100.64.", Why: "address of the dark range"})
	t.facts.lines(darknetSource, c.Len()+2)
	t.input(darknetSource, "scanners.csv", t.time(begin), []byte(scannerList))
	t.input(darknetSource, "dark.pcap", t.story.Now, c.Bytes())
}

// dark returns an address of the dark range.
func (t *teller) dark() netip.Addr {
	n := t.rand.IntN(1 << 12)
	return netip.AddrFrom4([4]byte{100, 64, byte(n >> 8), byte(n)})
}
