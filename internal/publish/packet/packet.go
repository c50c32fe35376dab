// Package packet says what one captured packet is: who sent what to whom.
//
// In goes a record of a capture as package feed cuts it (feed.Packets), out
// comes a [Packet]: addresses, ports, flags, the TCP options, a view of the
// payload. It reads headers by hand (Ethernet with VLAN tags, Linux cooked 1
// and 2, raw IP, BSD loopback; IPv4, IPv6 with extension headers; TCP, UDP,
// ICMP) because it stands in the hot path: a packet costs well under a
// microsecond and no allocation. It reassembles nothing.
//
// Nothing in a packet is believed: each length is checked against what was
// captured, and what was cut off is said to be missing ([Packet.Whole]).
package packet

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"net/netip"
	"time"

	"github.com/opencure/cure/internal/feed"
)

// Addr is an IP address, IPv4 as ::ffff:a.b.c.d.
type Addr [16]byte

// V4 makes the address of a 32-bit number.
func V4(v uint32) (a Addr) {
	a[10], a[11] = 0xff, 0xff
	binary.BigEndian.PutUint32(a[12:], v)
	return a
}

// From takes an address over.
func From(a netip.Addr) Addr { return a.As16() }

// Is4 reports whether it is an IPv4 address.
func (a *Addr) Is4() bool {
	return binary.BigEndian.Uint64(a[:]) == 0 && binary.BigEndian.Uint32(a[8:]) == 0xffff
}

// Uint32 returns the last 32 bits: of an IPv4 address all of it.
func (a *Addr) Uint32() uint32 { return binary.BigEndian.Uint32(a[12:]) }

// Netip returns the address as the standard library has it.
func (a *Addr) Netip() netip.Addr { return netip.AddrFrom16(*a).Unmap() }

// IsZero reports whether there is none.
func (a *Addr) IsZero() bool { return *a == Addr{} }

// Protocols above IP, by their IANA numbers.
const (
	ICMP   = 1
	TCP    = 6
	UDP    = 17
	ICMPv6 = 58
	SCTP   = 132
)

// TCP flags.
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
)

// Packet is one packet. Its payload belongs to the capture and lives as long
// as the record does.
type Packet struct {
	Time     time.Time
	Src, Dst Addr
	Proto    uint8 // TCP, UDP …
	SrcPort  uint16
	DstPort  uint16
	Flags    uint8 // of TCP
	Type     uint8 // of ICMP
	TTL      uint8 // or hop limit
	IPID     uint16
	Seq      uint32
	Window   uint16
	Options  Options
	Fragment bool   // not the first one: no ports
	Whole    bool   // the payload was captured to its end
	Length   int    // of the IP packet, as its header says
	Count    uint32 // packets that it stands for, of a log that counts; 0 is 1
	Hashed   bool   // Src is no address: its log hides it
	Payload  []byte
	// Quoted is what an ICMP error says could not be delivered: whom it was
	// for. Proto 0: nothing.
	Quoted Quoted
}

// Quoted is the packet that an ICMP error tells of.
type Quoted struct {
	Src, Dst Addr
	Proto    uint8
	DstPort  uint16
}

// Options are the TCP options of a packet: their kinds in order, at most
// eleven, no-operations included, and what two of them say.
type Options struct {
	Kinds [11]uint8
	N     uint8
	MSS   uint16 // 0: not there
	Scale int8   // -1: not there
}

// Reasons for which a record is no packet.
var (
	ErrShort = errors.New("record has no packet")
	ErrLink  = errors.New("link type is none of Ethernet, Linux cooked, raw IP and loopback")
	ErrNotIP = errors.New("no IP packet")
	ErrIP    = errors.New("broken IP header")
	ErrTime  = errors.New("packet has no time")
)

// Link types (www.tcpdump.org/linktypes.html).
const (
	linkNull     = 0
	linkEthernet = 1
	linkRaw0     = 12
	linkRaw1     = 14
	linkRaw      = 101
	linkLoop     = 108
	linkCooked   = 113
	linkIPv4     = 228
	linkIPv6     = 229
	linkCooked2  = 276
)

// Decode reads a record of a capture into p. [ErrNotIP] is no damage: other
// protocols are on every link.
func (p *Packet) Decode(record []byte) error {
	*p = Packet{Options: Options{Scale: -1}}
	if len(record) < feed.PacketHead {
		return ErrShort
	}
	nanos := int64(binary.LittleEndian.Uint64(record))
	link := binary.LittleEndian.Uint32(record[12:])
	if nanos == 0 {
		return ErrTime
	}
	p.Time = time.Unix(0, nanos).UTC()
	b, err := unlink(record[feed.PacketHead:], link)
	if err != nil {
		return err
	}
	switch {
	case len(b) == 0:
		return ErrIP
	case b[0]>>4 == 4:
		return p.ip4(b)
	case b[0]>>4 == 6:
		return p.ip6(b)
	}
	return ErrIP
}

// unlink takes the link layer off.
func unlink(b []byte, link uint32) ([]byte, error) {
	at, kind := 0, -1
	switch link {
	case linkRaw0, linkRaw1, linkRaw, linkIPv4, linkIPv6:
		return b, nil
	case linkEthernet:
		at = 12
	case linkCooked:
		at = 14
	case linkCooked2:
		if len(b) < 20 {
			return nil, ErrIP
		}
		at, kind = 20, int(binary.BigEndian.Uint16(b))
	case linkNull, linkLoop:
		if len(b) < 4 {
			return nil, ErrIP
		}
		family := binary.LittleEndian.Uint32(b)
		if family > 0xffff {
			family = bits.ReverseBytes32(family)
		}
		switch family {
		case 2, 10, 24, 28, 30:
			return b[4:], nil
		}
		return nil, ErrNotIP
	default:
		return nil, ErrLink
	}
	for range 4 {
		if kind < 0 {
			if len(b) < at+2 {
				return nil, ErrIP
			}
			kind = int(binary.BigEndian.Uint16(b[at:]))
			at += 2
		}
		switch kind {
		case 0x0800, 0x86dd:
			return b[at:], nil
		case 0x8100, 0x88a8, 0x9100: // a VLAN tag: two bytes, then the next type
			at, kind = at+2, -1
		default:
			return nil, ErrNotIP
		}
	}
	return nil, ErrNotIP
}

func (p *Packet) ip4(b []byte) error {
	if len(b) < 20 {
		return ErrIP
	}
	head, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	if head < 20 || head > len(b) {
		return ErrIP
	}
	if total < head { // 0 where the network card cuts packets itself
		total = len(b)
	}
	p.Length, p.TTL, p.Proto = total, b[8], b[9]
	p.IPID = binary.BigEndian.Uint16(b[4:])
	p.Src, p.Dst = V4(binary.BigEndian.Uint32(b[12:])), V4(binary.BigEndian.Uint32(b[16:]))
	if off := binary.BigEndian.Uint16(b[6:]); off&0x1fff != 0 {
		p.Fragment = true
		return nil
	}
	p.Whole = total <= len(b) && b[6]&0x20 == 0
	p.above(b[head:min(total, len(b))])
	return nil
}

func (p *Packet) ip6(b []byte) error {
	if len(b) < 40 {
		return ErrIP
	}
	total := 40 + int(binary.BigEndian.Uint16(b[4:]))
	p.Length, p.TTL = total, b[7]
	copy(p.Src[:], b[8:])
	copy(p.Dst[:], b[24:])
	p.Whole = total <= len(b)
	next, rest := b[6], b[40:min(total, len(b))]
	for range 8 {
		switch next {
		case 0, 43, 60: // hop-by-hop, routing, destination options
			if len(rest) < 8 || len(rest) < 8+int(rest[1])*8 {
				p.Proto = next
				return nil
			}
			next, rest = rest[0], rest[8+int(rest[1])*8:]
		case 44: // fragment
			if len(rest) < 8 {
				p.Proto = next
				return nil
			}
			off := binary.BigEndian.Uint16(rest[2:])
			p.Fragment, p.Whole = off&^7 != 0, p.Whole && off&1 == 0
			if next, rest = rest[0], rest[8:]; p.Fragment {
				p.Proto = next
				return nil
			}
		default:
			p.Proto = next
			p.above(rest)
			return nil
		}
	}
	return ErrIP
}

// above reads what IP carries. What is too short has no ports.
func (p *Packet) above(b []byte) {
	switch p.Proto {
	case TCP:
		p.tcp(b)
	case UDP, SCTP:
		if len(b) < 8 {
			p.Whole = false
			return
		}
		p.SrcPort, p.DstPort = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
		p.Payload = b[8:]
	case ICMP, ICMPv6:
		if len(b) < 8 {
			p.Whole = false
			return
		}
		p.Type, p.Payload = b[0], b[8:]
		p.quote()
	}
}

func (p *Packet) tcp(b []byte) {
	if len(b) < 20 {
		p.Whole = false
		if len(b) >= 8 {
			p.SrcPort, p.DstPort = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
			p.Seq = binary.BigEndian.Uint32(b[4:])
		}
		return
	}
	p.SrcPort, p.DstPort = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	p.Seq, p.Flags, p.Window = binary.BigEndian.Uint32(b[4:]), b[13]&0x3f, binary.BigEndian.Uint16(b[14:])
	head := int(b[12]>>4) * 4
	if head < 20 || head > len(b) {
		p.Whole = false
		return
	}
	p.Options.read(b[20:head])
	p.Payload = b[head:]
}

// read reads the options up to their end, or to the first that is broken.
func (o *Options) read(b []byte) {
	for len(b) > 0 && int(o.N) < len(o.Kinds) {
		kind, n := b[0], 1
		if kind == 0 {
			break
		}
		if kind != 1 {
			if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
				break
			}
			n = int(b[1])
		}
		o.Kinds[o.N] = kind
		o.N++
		switch {
		case kind == 2 && n == 4:
			o.MSS = binary.BigEndian.Uint16(b[2:])
		case kind == 3 && n == 3:
			o.Scale = int8(b[2] & 0x7f)
		}
		b = b[n:]
	}
}

// Error reports whether an ICMP packet is one that answers another.
func (p *Packet) Error() bool {
	if p.Proto == ICMPv6 {
		return p.Type >= 1 && p.Type <= 4
	}
	return p.Proto == ICMP && (p.Type == 3 || p.Type == 4 || p.Type == 5 || p.Type == 11 || p.Type == 12)
}

// quote reads the packet that an ICMP error answers.
func (p *Packet) quote() {
	if !p.Error() {
		return
	}
	b, q := p.Payload, &p.Quoted
	switch {
	case p.Proto == ICMP && len(b) >= 20 && b[0]>>4 == 4:
		head := int(b[0]&15) * 4
		q.Src, q.Dst = V4(binary.BigEndian.Uint32(b[12:])), V4(binary.BigEndian.Uint32(b[16:]))
		q.Proto = b[9]
		b = b[min(max(head, 20), len(b)):]
	case p.Proto == ICMPv6 && len(b) >= 40 && b[0]>>4 == 6:
		copy(q.Src[:], b[8:])
		copy(q.Dst[:], b[24:])
		q.Proto = b[6]
		b = b[40:]
	default:
		return
	}
	if len(b) >= 4 && (q.Proto == TCP || q.Proto == UDP) {
		q.DstPort = binary.BigEndian.Uint16(b[2:])
	}
}
