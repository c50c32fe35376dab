package observe

import (
	"net/netip"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/packet"
)

// Sight is what one packet, or one row of a log, of a darknet says before it
// is grouped: for programs that count it in their own way. Of whom it speaks
// is not masked, and the destination is in it: a sight stays in the process.
type Sight struct {
	Time    time.Time
	Source  packet.Addr // who sent it; of backscatter the victim
	Hashed  bool        // Source is no address
	Dest    packet.Addr // zero where the log leaves it out
	Proto   uint8
	Port    uint16
	Answer  bool   // backscatter
	Other   bool   // neither scan nor backscatter
	Count   uint32 // packets
	Mirai   bool
	ZMap    bool
	Masscan bool // with the window of masscan
}

// Sights reads frames of feed.Packets as sights. For one goroutine.
type Sights struct {
	d     darknet
	sight Sight
	seen  bool
	// Listed is called for each entry of a list of scanners among the frames.
	Listed func(prefix netip.Prefix, name string)
}

// NewSights makes a reader; zone is that of times without one.
func NewSights(zone *time.Location) *Sights {
	return &Sights{d: darknet{names: publish.NewPseudonyms([32]byte{}), zone: zone}}
}

// Read reads a frame; ok is false where it has no packet in it. The sight is
// used again by the next call.
func (r *Sights) Read(raw []byte) (s *Sight, ok bool, err error) {
	r.seen = false
	if err := r.d.Decode(raw, r.take); err != nil {
		return nil, false, err
	}
	return &r.sight, r.seen, nil
}

func (r *Sights) take(ev *publish.Event) {
	if ev.Kind == kindScanner && r.Listed != nil {
		for _, o := range ev.Observations {
			p, err := netip.ParsePrefix(o.Observable.Value)
			if o.Observable.Kind == cure.KindIP {
				var a netip.Addr
				if a, err = netip.ParseAddr(o.Observable.Value); err == nil {
					p = netip.PrefixFrom(a, a.BitLen())
				}
			}
			if err == nil {
				r.Listed(p, ev.Key)
			}
		}
	}
	p := ev.Packet
	if p == nil {
		return
	}
	sign, who, proto, port := classify(p)
	r.seen = true
	r.sight = Sight{
		Time: p.Time, Source: who, Hashed: p.Hashed, Dest: p.Dst, Proto: proto, Port: port,
		Answer: sign == signBackscatter, Other: sign == signOther, Count: max(p.Count, 1),
	}
	if sign == signScan && p.Proto == packet.TCP && p.TTL != 0 {
		r.sight.Mirai, r.sight.ZMap, _, r.sight.Masscan = toolMarks(p)
	}
}

// toolMarks reports which tools' marks a SYN bears: Mirai sets the sequence
// number to the destination. ZMap before 4.1.0 sets the IP ID 54321 and the
// largest window; later versions leave no such mark. masscan sets the IP ID to
// destination, port and sequence number combined by XOR, the low 16 bits of
// them (chance: once in 2^16), and the window 1024 (exact).
func toolMarks(p *packet.Packet) (mirai, zmap, masscan, exact bool) {
	if !p.Src.Is4() || !p.Dst.Is4() {
		return false, false, false, false
	}
	dst := p.Dst.Uint32()
	masscan = p.IPID == uint16(dst^uint32(p.DstPort)^p.Seq)
	return p.Seq == dst, p.IPID == 54321 && p.Window == 65535, masscan, masscan && p.Window == 1024
}
