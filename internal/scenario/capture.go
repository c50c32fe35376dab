package scenario

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
	"time"
)

// Capture collects made-up packets and writes them as a pcap of raw IP in
// order of time. The checksums are 0. The zero value is empty.
type Capture struct {
	packets []captured
}

type captured struct {
	at   time.Time
	data []byte
}

// Segment is what of a TCP segment a story tells.
type Segment struct {
	Src, Dst         netip.Addr
	SrcPort, DstPort uint16
	Seq              uint32
	Flags            byte
	Window           uint16
	TTL              byte
	IPID             uint16
	Options          []byte // a multiple of four bytes
	Payload          []byte
}

// TCP adds a segment.
func (c *Capture) TCP(at time.Time, s Segment) {
	b := binary.BigEndian.AppendUint16(nil, s.SrcPort)
	b = binary.BigEndian.AppendUint16(b, s.DstPort)
	b = binary.BigEndian.AppendUint32(b, s.Seq)
	b = binary.BigEndian.AppendUint32(b, 0)
	b = append(b, byte(20+len(s.Options))<<2, s.Flags)
	b = binary.BigEndian.AppendUint16(b, s.Window)
	b = append(append(append(b, 0, 0, 0, 0), s.Options...), s.Payload...)
	c.ip(at, s.Src, s.Dst, 6, s.TTL, s.IPID, b)
}

// UDP adds a datagram.
func (c *Capture) UDP(at time.Time, src, dst netip.AddrPort, ttl byte, payload []byte) {
	b := binary.BigEndian.AppendUint16(nil, src.Port())
	b = binary.BigEndian.AppendUint16(b, dst.Port())
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(payload)))
	c.ip(at, src.Addr(), dst.Addr(), 17, ttl, 0, append(append(b, 0, 0), payload...))
}

// ICMP adds a message of ICMP, of ICMPv6 between IPv6 addresses.
func (c *Capture) ICMP(at time.Time, src, dst netip.Addr, kind, code byte, body []byte) {
	proto := byte(1)
	if src.Is6() {
		proto = 58
	}
	c.ip(at, src, dst, proto, 60, 0, append([]byte{kind, code, 0, 0, 0, 0, 0, 0}, body...))
}

func (c *Capture) ip(at time.Time, src, dst netip.Addr, proto, ttl byte, id uint16, payload []byte) {
	var b []byte
	if src.Is4() {
		b = binary.BigEndian.AppendUint16([]byte{0x45, 0}, uint16(20+len(payload)))
		b = binary.BigEndian.AppendUint16(b, id)
		b = append(b, 0, 0, ttl, proto, 0, 0)
	} else {
		b = binary.BigEndian.AppendUint16([]byte{0x60, 0, 0, 0}, uint16(len(payload)))
		b = append(b, proto, ttl)
	}
	b = append(append(b, src.AsSlice()...), dst.AsSlice()...)
	c.packets = append(c.packets, captured{at, append(b, payload...)})
}

// Len returns how many packets there are.
func (c *Capture) Len() int { return len(c.packets) }

// Bytes writes the capture.
func (c *Capture) Bytes() []byte {
	slices.SortStableFunc(c.packets, func(a, b captured) int {
		return cmp.Or(a.at.Compare(b.at), bytes.Compare(a.data, b.data))
	})
	out := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	out = append(out, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	out = binary.LittleEndian.AppendUint32(out, 65535)
	out = binary.LittleEndian.AppendUint32(out, 101) // raw IP
	for _, p := range c.packets {
		out = binary.LittleEndian.AppendUint32(out, uint32(p.at.Unix()))
		out = binary.LittleEndian.AppendUint32(out, uint32(p.at.Nanosecond()/1000))
		out = binary.LittleEndian.AppendUint32(out, uint32(len(p.data)))
		out = binary.LittleEndian.AppendUint32(out, uint32(len(p.data)))
		out = append(out, p.data...)
	}
	return out
}
