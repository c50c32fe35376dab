package feed

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// linkRaw is the link type of packets that begin with their IP header.
const linkRaw = 101

// AppendDatagram appends a datagram that was received as the packet it came
// in, with its [PacketHead]: a listener keeps the same records as a capture of
// its traffic holds. Checksums are left out. A payload has at most 65,507
// bytes, what is longer is cut.
func AppendDatagram(dst []byte, at time.Time, from, to netip.AddrPort, payload []byte) []byte {
	payload = payload[:min(len(payload), 65507)]
	udp := 8 + len(payload)
	src, dest := from.Addr().Unmap(), to.Addr().Unmap()
	var ip []byte
	if src.Is4() && dest.Is4() {
		ip = make([]byte, 20, 40)
		ip[0], ip[8], ip[9] = 0x45, 64, 17
		binary.BigEndian.PutUint16(ip[2:], uint16(20+udp))
		s, d := src.As4(), dest.As4()
		copy(ip[12:], s[:])
		copy(ip[16:], d[:])
	} else {
		ip = make([]byte, 40)
		ip[0], ip[6], ip[7] = 0x60, 17, 64
		binary.BigEndian.PutUint16(ip[4:], uint16(udp))
		s, d := src.As16(), dest.As16()
		copy(ip[8:], s[:])
		copy(ip[24:], d[:])
	}
	dst = binary.LittleEndian.AppendUint64(dst, uint64(at.UnixNano()))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(ip)+udp))
	dst = binary.LittleEndian.AppendUint32(dst, linkRaw)
	dst = append(dst, ip...)
	dst = binary.BigEndian.AppendUint16(dst, from.Port())
	dst = binary.BigEndian.AppendUint16(dst, to.Port())
	dst = binary.BigEndian.AppendUint16(dst, uint16(udp))
	dst = append(dst, 0, 0)
	return append(dst, payload...)
}
