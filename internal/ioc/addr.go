package ioc

import (
	"net/netip"
	"strconv"
	"strings"
)

// plainIPv4 reports whether s is an IPv4 address in canonical form.
func plainIPv4(s string) bool {
	if len(s) < 7 || len(s) > 15 {
		return false
	}
	dots, v, n := 0, 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			if n > 0 && v == 0 {
				return false // leading zero
			}
			v = v*10 + int(c-'0')
			n++
			if v > 255 {
				return false
			}
		case c == '.' && n > 0:
			dots++
			v, n = 0, 0
		default:
			return false
		}
	}
	return dots == 3 && n > 0
}

// parseAddr reads an address without port: in brackets, with a zone (which is
// cut: it means something on one host only), mapped into IPv6, or padded to
// three digits a group as some lists do. A lone leading zero is refused: it is
// octal to some readers.
func parseAddr(s string) (netip.Addr, bool) {
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		s = s[1 : len(s)-1]
	}
	if len(s) == 15 && s[3] == '.' && s[7] == '.' && s[11] == '.' {
		b := make([]byte, 0, 15)
		for g := range 4 {
			group := s[4*g : 4*g+3]
			group = strings.TrimLeft(group[:2], "0") + group[2:]
			b = append(append(b, group...), '.')
		}
		s = string(b[:len(b)-1])
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}, false
	}
	return a.WithZone("").Unmap(), true
}

// hostAddr reads the host of a URL where it is an address: in brackets, or
// when its last part is a number.
func hostAddr(s string) (netip.Addr, bool) {
	last := s[strings.LastIndexByte(s, '.')+1:]
	if !strings.HasPrefix(s, "[") && (last == "" || last[0] < '0' || last[0] > '9') {
		return netip.Addr{}, false
	}
	if a, ok := parseAddr(s); ok {
		return a, true
	}
	return looseIPv4(s)
}

// looseIPv4 reads the other forms that URL parsers take for an IPv4 address
// (WHATWG URL, section 3.5): one to four parts, decimal, octal or hexadecimal,
// the last one filling the rest. Attackers hide addresses that way.
func looseIPv4(s string) (netip.Addr, bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var v uint64
	for i, p := range parts {
		base := 10
		if strings.HasPrefix(p, "0x") {
			p, base = p[2:], 16
		} else if len(p) > 1 && p[0] == '0' {
			p, base = p[1:], 8
		}
		n, err := strconv.ParseUint(p, base, 32)
		if err != nil || i < len(parts)-1 && n > 255 {
			return netip.Addr{}, false
		}
		if i == len(parts)-1 {
			rest := 8 * (5 - len(parts))
			if n >= 1<<rest {
				return netip.Addr{}, false
			}
			v = v<<rest | n
		} else {
			v = v<<8 | n
		}
	}
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}), true
}

// cutPort splits "host:port" and "[v6]:port"; a bare IPv6 address has no port.
func cutPort(s string) (host, port string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.IndexByte(s[:i], ':') >= 0 && !strings.HasSuffix(s[:i], "]") {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}
