package ioc

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/text"
)

// Canonical reads a value of a known kind in any usual spelling and returns
// the one observable it means: defanged, in upper case, full width, IDN, with
// a dot at the end, a port, brackets, "::ffff:", "sha256:", a default port.
//
// The kind of the result is another one where the value has its form there: a
// prefix of one host is an address, a CVE number given as tag is a CVE.
//
// The error is Invalid and says what was wrong. A lower-case value of the
// kinds ip, domain and hash that is canonical already costs no allocation.
func Canonical(kind cure.Kind, s string) (cure.Observable, error) {
	if plain(kind, s) {
		return cure.Observable{Kind: kind, Value: s}, nil
	}
	if !kind.Valid() {
		return cure.Observable{}, cure.Errorf(cure.Invalid, "read observable: unknown kind %d", kind)
	}
	if len(s) > 2*cure.MaxValue {
		return cure.Observable{}, cure.Errorf(cure.Invalid, "read %s: %d bytes, want at most %d", kind, len(s), cure.MaxValue)
	}
	o, ok := readers[kind](strings.TrimSpace(s))
	if !ok {
		return cure.Observable{}, cure.Errorf(cure.Invalid, "read %s: %s is none", kind, strconv.Quote(text.Printable(s, 80)))
	}
	if err := o.Check(); err != nil {
		return cure.Observable{}, err
	}
	return o, nil
}

// readers is the one table of readers: each takes a trimmed value in any
// spelling. They need not check what [cure.Observable.Check] does.
var readers = [...]func(string) (cure.Observable, bool){
	cure.KindIP:          readIP,
	cure.KindCIDR:        readCIDR,
	cure.KindDomain:      readDomain,
	cure.KindHash:        readHash,
	cure.KindEmail:       readEmail,
	cure.KindURL:         readURL,
	cure.KindCVE:         readCVE,
	cure.KindTag:         readTag,
	cure.KindPort:        readPort,
	cure.KindFingerprint: readFingerprint,
	cure.KindASN:         readASN,
}

// plain reports whether s is a canonical value of one of the three frequent
// kinds, in the spelling that nearly all records have.
func plain(kind cure.Kind, s string) bool {
	switch kind {
	case cure.KindIP:
		return plainIPv4(s)
	case cure.KindHash:
		for i := range len(s) {
			if !isHex(s[i]) || s[i] < 'a' && s[i] > '9' {
				return false
			}
		}
		return hashLength(len(s))
	case cure.KindDomain:
		for i := range len(s) {
			if c := s[i]; !wordByte[c] && c != '.' || c != lower(c) {
				return false
			}
		}
		return !strings.HasSuffix(s, ".") && cure.Observable{Kind: kind, Value: s}.Check() == nil
	}
	return false
}

func readIP(s string) (cure.Observable, bool) {
	s = refang(s)
	a, ok := parseAddr(s)
	if !ok {
		if host, _, cut := cutPort(s); cut {
			a, ok = parseAddr(host)
		}
	}
	if !ok {
		p, err := netip.ParsePrefix(s)
		if err != nil || !p.IsSingleIP() {
			return cure.Observable{}, false
		}
		a = p.Addr().Unmap()
	}
	return cure.Observable{Kind: cure.KindIP, Value: a.String()}, true
}

func readCIDR(s string) (cure.Observable, bool) {
	addr, mask, ok := strings.Cut(refang(s), "/")
	if !ok {
		return readIP(s)
	}
	a, ok := parseAddr(addr)
	if !ok {
		return cure.Observable{}, false
	}
	bits, err := strconv.Atoi(mask)
	if err != nil {
		if bits = maskBits(mask); bits < 0 || !a.Is4() {
			return cure.Observable{}, false
		}
	} else if a.Is4() && strings.Contains(addr, ":") {
		bits -= 96 // ::ffff:198.51.100.0/120
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return cure.Observable{}, false
	}
	if p.IsSingleIP() {
		return cure.Observable{Kind: cure.KindIP, Value: a.String()}, true
	}
	return cure.Observable{Kind: cure.KindCIDR, Value: p.String()}, true
}

// maskBits returns the length of a netmask (255.255.255.0), -1 if it is none.
func maskBits(mask string) int {
	a, err := netip.ParseAddr(mask)
	if err != nil || !a.Is4() {
		return -1
	}
	m := a.As4()
	v := uint32(m[0])<<24 | uint32(m[1])<<16 | uint32(m[2])<<8 | uint32(m[3])
	bits := 0
	for ; v&(1<<31) != 0; v <<= 1 {
		bits++
	}
	if v != 0 {
		return -1
	}
	return bits
}

// readHash takes the digits with the algorithm before them or colons between
// the bytes.
func readHash(s string) (cure.Observable, bool) {
	s = strings.ToLower(refang(s))
	if i := strings.LastIndexAny(s, ":="); i >= 0 && hashLength(len(s)-i-1) && algorithms[strings.ReplaceAll(strings.TrimSpace(s[:i]), "-", "")] {
		s = s[i+1:]
	}
	if t := strings.ReplaceAll(s, ":", ""); len(s) == len(t)*3/2-1 {
		s = t
	}
	return cure.Observable{Kind: cure.KindHash, Value: s}, true
}

var algorithms = map[string]bool{"md5": true, "sha1": true, "sha256": true, "sha512": true}

func hashLength(n int) bool { return n == 32 || n == 40 || n == 64 || n == 128 }

func isHex(c byte) bool { return c >= '0' && c <= '9' || lower(c) >= 'a' && lower(c) <= 'f' }

func readEmail(s string) (cure.Observable, bool) {
	s = refang(s)
	if i := strings.LastIndexByte(s, '<'); i >= 0 { // Name <user@example.org>
		s, _, _ = strings.Cut(s[i+1:], ">")
	}
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s, _, _ = strings.Cut(s[7:], "?")
	}
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return cure.Observable{}, false
	}
	d, ok := readDomain(s[at+1:])
	return cure.Observable{Kind: cure.KindEmail, Value: strings.ToLower(s[:at]) + "@" + d.Value}, ok
}

// readCVE takes any dash, blank or nothing between the parts.
func readCVE(s string) (cure.Observable, bool) {
	v, end := cveAt(s, 0)
	return cure.Observable{Kind: cure.KindCVE, Value: v}, end == len(s) && end > 0
}

func readTag(s string) (cure.Observable, bool) {
	v := strings.TrimLeft(text.Fold(s), "# ")
	if o, ok := readCVE(v); ok {
		return o, true
	}
	if technique(v) {
		v = "attack:" + v
	}
	return cure.Observable{Kind: cure.KindTag, Value: v}, true
}

// technique reports whether a folded word is an ATT&CK technique number:
// t1110 or t1110.001.
func technique(s string) bool {
	if len(s) != 5 && len(s) != 9 || s[0] != 't' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if i == 5 && s[i] != '.' || i != 5 && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// readPort takes tcp/23, 23/tcp, tcp:23, 23-tcp and "23 TCP".
func readPort(s string) (cure.Observable, bool) {
	s = strings.ToLower(refang(s))
	i := strings.IndexAny(s, "/: -_")
	if i < 0 {
		return cure.Observable{}, false
	}
	proto, num := s[:i], s[i+1:]
	if isProtocol(num) {
		proto, num = num, proto
	}
	n, err := strconv.ParseUint(num, 10, 16)
	if err != nil || !isProtocol(proto) {
		return cure.Observable{}, false
	}
	return cure.Observable{Kind: cure.KindPort, Value: proto + "/" + strconv.FormatUint(n, 10)}, true
}

func isProtocol(s string) bool { return s == "tcp" || s == "udp" || s == "sctp" }

// readFingerprint takes scheme:value; hexadecimal values have no upper case.
func readFingerprint(s string) (cure.Observable, bool) {
	scheme, value, ok := strings.Cut(s, ":")
	if !ok {
		return cure.Observable{}, false
	}
	value = strings.TrimSpace(value)
	if strings.IndexFunc(value, func(r rune) bool { return r > 'f' || !isHex(byte(r)) }) < 0 {
		value = strings.ToLower(value)
	}
	return cure.Observable{Kind: cure.KindFingerprint, Value: strings.ToLower(strings.TrimSpace(scheme)) + ":" + value}, true
}

func readASN(s string) (cure.Observable, bool) {
	s = strings.ToUpper(refang(s))
	if t, ok := strings.CutPrefix(s, "AS"); ok {
		s = strings.TrimLeft(strings.TrimPrefix(t, "N"), " -:")
	}
	n, err := strconv.ParseUint(s, 10, 32)
	return cure.Observable{Kind: cure.KindASN, Value: "AS" + strconv.FormatUint(n, 10)}, err == nil
}
