package netflow

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// what is a field that we read.
type what uint8

const (
	skip what = iota
	octets
	octetsBack
	proto
	flags
	srcPort
	dstPort
	src4
	dst4
	src6
	dst6
	firstUptime
	firstSeconds
	firstMillis
	firstFraction // NTP form
	firstAgo      // microseconds before the export
	boot          // milliseconds since 1970
	fields        // how many there are
)

// elements says what the information elements of IANA are; those of NetFlow 9
// have the same numbers.
var elements = map[uint16]what{
	1: octets, 85: octets, 231: octets, // delta, total, of who began
	232: octetsBack,
	4:   proto, 6: flags,
	7: srcPort, 180: srcPort, 182: srcPort,
	11: dstPort, 181: dstPort, 183: dstPort,
	8: src4, 12: dst4, 27: src6, 28: dst6,
	22: firstUptime, 150: firstSeconds, 152: firstMillis, 154: firstFraction, 156: firstFraction, 158: firstAgo,
	323: firstMillis, 160: boot,
}

// reversePEN is the enterprise number of the elements of the other direction
// (RFC 5103).
const reversePEN = 29305

// element returns what a field of a template is.
func element(id uint16, enterprise uint32) what {
	switch enterprise {
	case 0:
		return elements[id]
	case reversePEN:
		if elements[id] == octets {
			return octetsBack
		}
	}
	return skip
}

// record collects the times of a record, which need each other.
type record struct {
	*message
	first  time.Time
	up     uint32
	hasUp  bool
	booted time.Time
}

// take reads a field. One of a length that it cannot have is passed over.
func (r *record) take(f *Flow, w what, b []byte) {
	switch w {
	case octets:
		if n, ok := number(b); ok {
			f.Bytes = max(f.Bytes, n)
		}
	case octetsBack:
		if n, ok := number(b); ok {
			f.Back, f.Both = max(f.Back, n), true
		}
	case proto:
		if len(b) == 1 {
			f.Proto = b[0]
		}
	case flags:
		if len(b) == 1 || len(b) == 2 {
			f.Flags = b[len(b)-1]
		}
	case srcPort, dstPort:
		if n, ok := number(b); ok && n>>16 == 0 && n > 0 {
			if w == srcPort {
				f.SrcPort = uint16(n)
			} else {
				f.DstPort = uint16(n)
			}
		}
	case src4, src6:
		address(&f.Src, b)
	case dst4, dst6:
		address(&f.Dst, b)
	default:
		r.time(w, b)
	}
}

// address reads an address; the one of IPv6 that is zero beside one of IPv4 is
// none.
func address(dst *netip.Addr, b []byte) {
	if a, ok := netip.AddrFromSlice(b); ok && (!dst.IsValid() || dst.IsUnspecified()) {
		*dst = a.Unmap()
	}
}

func (r *record) time(w what, b []byte) {
	n, ok := number(b)
	if !ok {
		return
	}
	switch w {
	case firstUptime:
		r.up, r.hasUp = uint32(n), true
	case firstSeconds:
		r.first = time.Unix(int64(n&(1<<40-1)), 0)
	case firstMillis:
		r.first = time.UnixMilli(int64(n & (1<<52 - 1)))
	case firstFraction:
		const to1970 = 2208988800 // seconds from 1900
		r.first = time.Unix(int64(n>>32)-to1970, int64((n&(1<<32-1))*1e9>>32))
	case firstAgo:
		r.first = r.export.Add(-time.Duration(n&(1<<32-1)) * time.Microsecond)
	case boot:
		r.booted = time.UnixMilli(int64(n & (1<<52 - 1)))
	}
}

// start returns when the flow began.
func (r *record) start() time.Time {
	switch {
	case !r.first.IsZero():
		return r.first.UTC()
	case r.hasUp && !r.booted.IsZero():
		return r.booted.Add(time.Duration(r.up) * time.Millisecond).UTC()
	case r.hasUp && !r.ipfix:
		return r.since(r.up)
	}
	return r.export
}

// number reads an unsigned integer; shorter forms of one are usual (RFC 7011,
// 6.2).
func number(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > 8 {
		return 0, false
	}
	var wide [8]byte
	copy(wide[8-len(b):], b)
	return binary.BigEndian.Uint64(wide[:]), true
}
