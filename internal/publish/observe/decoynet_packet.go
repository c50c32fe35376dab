package observe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/opencure/cure/internal/publish/packet"
)

// packet reads one packet of the decoy segment: one that begins something, or
// names whom it is for. ok is false for all others; nothing is reassembled. What
// is no own address is not a decoy, so own: must name the segment.
func (d *decoynet) packet(raw []byte) (a activity, ok bool, err error) {
	p := &d.p
	switch err := p.Decode(raw); {
	case errors.Is(err, packet.ErrNotIP):
		return a, false, nil
	case err != nil:
		return a, false, err
	}
	f := flow{log: "packet", time: p.Time, src: p.Src.Netip(), dst: p.Dst.Netip(), port: uint64(p.DstPort), proto: "tcp"}
	command := ""
	switch {
	case p.Fragment || f.dst.IsMulticast() || p.Proto == packet.UDP && answers(p):
		return a, false, nil
	case p.Proto == packet.TCP && p.Flags&(packet.SYN|packet.ACK|packet.RST) == packet.SYN:
	case p.Proto == packet.TCP && len(p.Payload) > 0:
		if f.name = tlsName(p.Payload); f.name == "" {
			if f.name, command = httpRequest(p.Payload); f.name == "" {
				return a, false, nil
			}
		}
	case p.Proto == packet.UDP && p.DstPort == 53:
		f.proto, f.question, f.name = "udp", true, queryName(p.Payload)
	default:
		return a, false, nil
	}
	if !d.own.Address(f.src) && !d.own.Address(f.dst) {
		return a, false, errNobodyOwn
	}
	a = f.activity(d.own)
	a.command = command
	return a, a.host != "" && (a.dstName != "" || a.dst != ""), nil
}

// tlsName returns the name that a client asks a TLS server for (RFC 8446,
// 4.1.2; RFC 6066, 3), "" when the bytes do not begin with a ClientHello that
// has one.
func tlsName(b []byte) string {
	const record, hello = 5, 4
	if len(b) < record+hello+34 || b[0] != 22 || b[1] != 3 || b[record] != 1 {
		return ""
	}
	b = b[record+hello+34:]               // version and random
	for _, size := range []int{1, 2, 1} { // session, ciphers, compression
		n := 0
		for i := range min(size, len(b)) {
			n = n<<8 | int(b[i])
		}
		if size+n > len(b) {
			return ""
		}
		b = b[size+n:]
	}
	if len(b) < 2 {
		return ""
	}
	for b = b[2:]; len(b) >= 4; {
		kind, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if n > len(b)-4 {
			return ""
		}
		if e := b[4 : 4+n]; kind == 0 && n > 5 && e[2] == 0 && int(binary.BigEndian.Uint16(e[3:])) == n-5 {
			return strings.ToValidUTF8(string(e[5:]), "")
		}
		b = b[4+n:]
	}
	return ""
}

// httpRequest returns the host and the first line of a request of HTTP/1, ""
// when the bytes do not begin with one.
func httpRequest(b []byte) (host, line string) {
	first, rest, ok := bytes.Cut(b, []byte("\r\n"))
	if !ok || len(first) > maxShownCommand || !bytes.HasSuffix(first[:max(0, len(first)-1)], []byte(" HTTP/1.")) {
		return "", ""
	}
	for len(rest) > 0 {
		var field []byte
		if field, rest, ok = bytes.Cut(rest, []byte("\r\n")); !ok || len(field) == 0 {
			return "", ""
		}
		if name, value, ok := bytes.Cut(field, []byte{':'}); ok && strings.EqualFold(string(name), "host") {
			method, path, _ := strings.Cut(string(first), " ")
			path, _, _ = strings.Cut(path, " ")
			return hostPart(strings.TrimSpace(string(value))), strings.ToValidUTF8(method+" "+cutQuery(path), "\uFFFD")
		}
	}
	return "", ""
}
