package sensor

import (
	"encoding/binary"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// soOriginalDst asks the connection tracking of Linux (SO_ORIGINAL_DST and
// IP6T_SO_ORIGINAL_DST have one number).
const soOriginalDst = 80

// meant is the address that a connection was made to, before the machine
// redirected it to ours.
func meant(c net.Conn) netip.AddrPort {
	local := peer(c.LocalAddr())
	raw, ok := c.(syscall.Conn)
	if !ok {
		return local
	}
	ctl, err := raw.SyscallConn()
	if err != nil {
		return local
	}
	to := local
	_ = ctl.Control(func(fd uintptr) { // a closed connection has no other address
		if local.Addr().Is4() {
			// The answer is a sockaddr_in, as long as what this call reads.
			if m, err := unix.GetsockoptIPv6Mreq(int(fd), unix.SOL_IP, soOriginalDst); err == nil {
				b := m.Multiaddr
				to = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), binary.BigEndian.Uint16(b[2:4]))
			}
			return
		}
		if m, err := unix.GetsockoptIPv6MTUInfo(int(fd), unix.SOL_IPV6, soOriginalDst); err == nil {
			port := binary.NativeEndian.AppendUint16(nil, m.Addr.Port)
			to = netip.AddrPortFrom(netip.AddrFrom16(m.Addr.Addr), binary.BigEndian.Uint16(port))
		}
	})
	if !to.IsValid() || to.Port() == 0 {
		return local
	}
	return to
}
