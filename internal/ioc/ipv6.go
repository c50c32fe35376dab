package ioc

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"

	"github.com/opencure/cure"
)

// ipv6 reads an address around the colon at i. In text "::" and single digits
// around colons are seldom addresses, so the first group has to have four
// digits, or all eight be there, or an IPv4 address be mapped.
func (f *finder) ipv6(i int) int {
	s, w := f.s, i
	for w > f.done && i-w < 5 && isHex(s[w-1]) {
		w--
	}
	if i-w > 4 || w > 0 && (wordByte[s[w-1]] || s[w-1] == ':' || s[w-1] == '.') {
		return 0
	}
	var b [64]byte
	var ends [64]int // of the text up to each byte of b
	n, e, defanged := 0, w, false
	for e < len(s) && n < len(b) {
		if isHex(s[e]) || s[e] == ':' || s[e] == '.' {
			b[n], e = s[e], e+1
		} else {
			out, k, d := unmask(s, e)
			if out != ":" {
				break
			}
			b[n], e, defanged = ':', e+k, defanged || d
		}
		ends[n] = e
		n++
	}
	for n > 0 && (b[n-1] == '.' || b[n-1] == ':' && (n == 1 || b[n-2] != ':')) {
		n--
	}
	if !enough6(b[:n]) {
		return 0
	}
	e = ends[n-1]
	a, err := netip.ParseAddr(string(b[:n]))
	if e < len(s) && wordByte[s[e]] || err != nil || !a.Is6() || !plausible6(b[:n], a) {
		return 0
	}
	o := cure.Observable{Kind: cure.KindIP, Value: a.Unmap().String()}
	m := Match{Observable: o, Start: w, End: e, Defanged: defanged}
	if e < len(s) && s[e] == '/' {
		var d [3]byte
		if end, k := readDigits(s, e+1, d[:]); k > 0 && k <= 3 && (end == len(s) || !wordByte[s[end]]) {
			bits, err := strconv.Atoi(string(d[:k]))
			if p, perr := a.Prefix(bits); err == nil && perr == nil && bits < 128 && !a.Is4In6() {
				m.Observable, m.End = cure.Observable{Kind: cure.KindCIDR, Value: p.String()}, end
			}
		}
	} else if e < len(s) && s[e] == ']' && w > 0 && s[w-1] == '[' {
		m.Port, _ = f.port(e + 1)
	}
	f.emit(m)
	f.done = m.End
	return m.End
}

// enough6 says cheaply that b cannot be an address: most colons in text are
// those of times and keys.
func enough6(b []byte) bool {
	n := bytes.Count(b, []byte(":"))
	return len(b) >= 6 && (n >= 6 || n >= 2 && bytes.Contains(b, []byte("::")))
}

func plausible6(b []byte, a netip.Addr) bool {
	if a.Is4In6() {
		return true
	}
	groups := strings.Split(string(b), ":")
	if len(groups[0]) == 4 {
		return true
	}
	pairs := 0
	for _, g := range groups {
		if len(g) == 2 {
			pairs++
		}
	}
	return len(groups) == 8 && pairs < 8 && !strings.Contains(string(b), "::")
}
