package cure

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The checks of the kind table: each says whether a value is in canonical
// form. They accept no more than one spelling of a thing.

func checkIP(v string) error {
	a, err := netip.ParseAddr(v)
	if err != nil {
		return errors.New("not an IP address")
	}
	var text [48]byte
	if a.Zone() != "" || a.Is4In6() || string(a.AppendTo(text[:0])) != v {
		return errors.New("not in canonical form")
	}
	return nil
}

func checkCIDR(v string) error {
	p, err := netip.ParsePrefix(v)
	if err != nil {
		return errors.New("not a CIDR prefix")
	}
	if p.Addr().Is4In6() || p.Masked() != p || p.String() != v {
		return errors.New("not in canonical form")
	}
	return nil
}

// checkDomain wants at least two labels of letters, digits, '-' and '_' (hosts
// with '_' exist in malware traffic) and a last label that is not a number.
func checkDomain(v string) error {
	if len(v) > 253 {
		return errors.New("longer than 253 bytes")
	}
	labels, start := 0, 0
	for i := 0; i <= len(v); i++ {
		if i < len(v) && v[i] != '.' {
			if c := v[i]; !lowerAlnum(c) && c != '-' && c != '_' {
				return errors.New("character outside a-z, 0-9, '-', '_'")
			}
			continue
		}
		if n := i - start; n == 0 || n > 63 {
			return errors.New("label of a wrong length")
		}
		if v[start] == '-' || v[i-1] == '-' {
			return errors.New("label begins or ends with '-'")
		}
		labels++
		if i < len(v) {
			start = i + 1
		}
	}
	if labels < 2 {
		return errors.New("single label")
	}
	if isDigits(v[start:]) {
		return errors.New("last label is a number")
	}
	return nil
}

func checkHash(v string) error {
	switch len(v) {
	case 32, 40, 64, 128:
	default:
		return errors.New("not the length of MD5, SHA-1, SHA-256 or SHA-512")
	}
	for i := range len(v) {
		if c := v[i]; c < '0' || c > '9' && c < 'a' || c > 'f' {
			return errors.New("not lower-case hex")
		}
	}
	return nil
}

func checkEmail(v string) error {
	at := strings.LastIndexByte(v, '@')
	if at < 1 || at > 64 {
		return errors.New("no local part of 1 to 64 bytes")
	}
	for i := range at {
		if c := v[i]; c <= ' ' || c >= 0x7f || c >= 'A' && c <= 'Z' || strings.IndexByte(`@<>()[]\,;:"`, c) >= 0 {
			return errors.New("local part has an upper-case or special character")
		}
	}
	return checkDomain(v[at+1:])
}

func checkURL(v string) error {
	colon := strings.Index(v, "://")
	if colon < 1 {
		return errors.New("no scheme")
	}
	for i := range len(v) {
		if c := v[i]; c <= ' ' || c >= 0x7f || c == '#' || c == '<' || c == '>' || c == '"' {
			return errors.New("character that has to be escaped")
		}
	}
	u, err := url.Parse(v)
	if err != nil {
		return errors.New("not a URL")
	}
	if u.Host == "" || u.Host != strings.ToLower(u.Host) || v[:colon] != strings.ToLower(v[:colon]) {
		return errors.New("scheme or host not in canonical form")
	}
	if !strings.HasPrefix(u.Path, "/") {
		return errors.New("no path")
	}
	return nil
}

func checkCVE(v string) error {
	if len(v) < 13 || len(v) > 16 || v[:4] != "CVE-" || v[8] != '-' || !isDigits(v[4:8]) || !isDigits(v[9:]) {
		return errors.New("want CVE-YYYY-NNNN")
	}
	return nil
}

// checkTag wants folded text of at most 256 bytes: no upper case, no control
// character, single spaces inside.
func checkTag(v string) error {
	if len(v) > 256 || !utf8.ValidString(v) {
		return errors.New("longer than 256 bytes or not UTF-8")
	}
	last := ' '
	for _, r := range v {
		switch {
		case r == ' ' && last == ' ':
			return errors.New("space at the edge or doubled")
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r != ' ' && unicode.IsSpace(r):
			return errors.New("control character")
		case unicode.ToLower(r) != r:
			return errors.New("upper-case letter")
		}
		last = r
	}
	if last == ' ' {
		return errors.New("space at the edge or doubled")
	}
	return nil
}

func checkPort(v string) error {
	proto, num, ok := strings.Cut(v, "/")
	if !ok || proto != "tcp" && proto != "udp" && proto != "sctp" {
		return errors.New("want tcp/, udp/ or sctp/ and a number")
	}
	if _, err := strconv.ParseUint(num, 10, 16); err != nil || num[0] == '0' && num != "0" {
		return errors.New("port is not a number from 0 to 65535")
	}
	return nil
}

func checkFingerprint(v string) error {
	scheme, val, ok := strings.Cut(v, ":")
	if !ok || scheme == "" || val == "" || len(v) > 256 {
		return errors.New("want scheme:value of at most 256 bytes")
	}
	for i := range len(scheme) {
		if !lowerAlnum(scheme[i]) && scheme[i] != '-' {
			return errors.New("scheme is not a-z, 0-9, '-'")
		}
	}
	for i := range len(val) {
		if val[i] <= ' ' || val[i] >= 0x7f {
			return errors.New("value is not printable ASCII")
		}
	}
	return nil
}

func checkASN(v string) error {
	num, ok := strings.CutPrefix(v, "AS")
	if _, err := strconv.ParseUint(num, 10, 32); !ok || err != nil || num[0] == '0' {
		return errors.New("want AS and a number")
	}
	return nil
}

func lowerAlnum(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
