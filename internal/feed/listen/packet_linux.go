package listen

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"os"

	"golang.org/x/sys/unix"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
)

// Kinds of interfaces (linux/if_arp.h) and the link types of their packets.
var links = map[uint16]uint32{
	unix.ARPHRD_ETHER: 1, unix.ARPHRD_LOOPBACK: 1, unix.ARPHRD_NONE: 101, unix.ARPHRD_TUNNEL: 101,
}

// servePackets keeps the packets that an interface receives for the networks
// of the address, packet://eth0?net=192.0.2.0/24, and no others: what is for
// somebody is never looked at. Needs CAP_NET_RAW.
func (t *Intake) servePackets(ctx context.Context, u *url.URL) error {
	if t.cfg.Framing != feed.Packets {
		return cure.Errorf(cure.Invalid, "listen at %.200q: this publisher reads no packets; darknet does", u)
	}
	nets, err := networks(u.Query()["net"])
	if err != nil {
		return err
	}
	iface, err := net.InterfaceByName(u.Host)
	if err != nil {
		return cure.Errorf(cure.Invalid, "listen at %.200q: no interface of that name", u)
	}
	f, link, err := capture(iface)
	if err != nil {
		return err
	}
	t.cfg.Logger.Info("listens", "scheme", u.Scheme, "interface", iface.Name)
	raw, err := f.SyscallConn()
	if err != nil {
		return cure.Errorf(cure.Unavailable, "listen: %w", err)
	}
	next := func(buf []byte) (datagram, error) {
		for {
			n, wire, err := receivePacket(raw, buf)
			if err != nil {
				return datagram{}, err
			}
			if data := buf[:n]; wanted(data, link, nets) {
				return datagram{data: feed.AppendPacket(nil, t.cfg.Now(), wire, link, data)}, nil
			}
		}
	}
	return t.receive(ctx, f, next, func(d datagram) []byte { return d.data })
}

// capture opens an interface.
func capture(iface *net.Interface) (*os.File, uint32, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0) // nothing comes before it is bound
	switch {
	case errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES):
		return nil, 0, cure.Errorf(cure.Invalid, "reading packets of %s needs CAP_NET_RAW: start as root, with AmbientCapabilities=CAP_NET_RAW in the unit, or after setcap cap_net_raw+ep", iface.Name)
	case err != nil:
		return nil, 0, cure.Errorf(cure.Unavailable, "listen: %w", err)
	}
	f := os.NewFile(uintptr(fd), "packet:"+iface.Name)
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 32<<20) // as much as the system gives
	all := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL))
	at := unix.SockaddrLinklayer{Protocol: all, Ifindex: iface.Index}
	if err := unix.Bind(fd, &at); err != nil {
		return nil, 0, errors.Join(cure.Errorf(cure.Unavailable, "listen: %w", err), f.Close())
	}
	bound, err := unix.Getsockname(fd)
	ll, ok := bound.(*unix.SockaddrLinklayer)
	if err != nil || !ok {
		return nil, 0, errors.Join(cure.Errorf(cure.Unavailable, "listen: %w", err), f.Close())
	}
	link, ok := links[ll.Hatype]
	if !ok {
		return nil, 0, errors.Join(cure.Errorf(cure.Invalid, "listen: interface %s is of a kind that is not read (%d)", iface.Name, ll.Hatype), f.Close())
	}
	return f, link, nil
}

// receivePacket returns how much of a packet is in buf, and its length on the
// wire. What this machine sends is passed over.
func receivePacket(raw interface {
	Read(func(fd uintptr) bool) error
}, buf []byte,
) (n, wire int, err error) {
	for {
		var from unix.Sockaddr
		var got error
		err := raw.Read(func(fd uintptr) bool {
			wire, from, got = unix.Recvfrom(int(fd), buf, unix.MSG_TRUNC)
			return !errors.Is(got, unix.EAGAIN) && !errors.Is(got, unix.EINTR)
		})
		if err = errors.Join(err, got); err != nil {
			return 0, 0, err
		}
		if ll, ok := from.(*unix.SockaddrLinklayer); !ok || ll.Pkttype != unix.PACKET_OUTGOING {
			return min(wire, len(buf)), wire, nil
		}
	}
}

// networks reads the ranges of which packets are kept; there must be one.
func networks(texts []string) (nets []netip.Prefix, err error) {
	for _, s := range texts {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, cure.Errorf(cure.Invalid, "listen: net=%.80q is no range such as 192.0.2.0/24", s)
		}
		nets = append(nets, p.Masked())
	}
	if len(nets) == 0 {
		return nil, cure.Errorf(cure.Invalid, "listen: packet://INTERFACE needs ?net=RANGE: only packets to ranges that nobody uses are kept")
	}
	return nets, nil
}

// wanted reports whether a packet is for one of the networks.
func wanted(b []byte, link uint32, nets []netip.Prefix) bool {
	if link == 1 {
		at := 12
		for at+2 <= len(b) && (b[at] == 0x81 && b[at+1] == 0 || b[at] == 0x88 && b[at+1] == 0xa8) && at < 24 { // VLAN tags
			at += 4
		}
		if len(b) < at+2 {
			return false
		}
		b = b[at+2:]
	}
	var to netip.Addr
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		to = netip.AddrFrom4([4]byte(b[16:]))
	case len(b) >= 40 && b[0]>>4 == 6:
		to = netip.AddrFrom16([16]byte(b[24:]))
	default:
		return false
	}
	for _, p := range nets {
		if p.Contains(to) {
			return true
		}
	}
	return false
}
