package audit

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"
)

// Families of addresses in the kernel of Linux.
const (
	inet  = 2
	inet6 = 10
)

// address reads a sockaddr, which the kernel writes as it is in memory: the
// family in the byte order of the machine, port and address in that of the
// network.
func (e *Event) address(value string) {
	b, err := hex.DecodeString(value)
	if err != nil || len(b) < 8 {
		return
	}
	family := binary.LittleEndian.Uint16(b)
	if family > 0xff { // a machine of the other order
		family = binary.BigEndian.Uint16(b)
	}
	var a netip.Addr
	switch {
	case family == inet:
		a = netip.AddrFrom4([4]byte(b[4:8]))
	case family == inet6 && len(b) >= 24:
		a = netip.AddrFrom16([16]byte(b[8:24])).Unmap()
	default:
		return
	}
	e.keep("SOCKADDR.addr", a.String())
	e.keep("SOCKADDR.port", strconv.Itoa(int(binary.BigEndian.Uint16(b[2:]))))
}
