package ioc

import (
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/opencure/cure"
)

// ipv4 reads a run of numbers.
func (f *finder) ipv4(r *run) int {
	if r.labels != 4 {
		return r.end
	}
	o := cure.Observable{Kind: cure.KindIP}
	if text := f.s[r.start:r.end]; plainIPv4(text) {
		o.Value = text
	} else if a, ok := parseAddr(string(r.name)); ok {
		o.Value = a.String()
	} else {
		return r.end
	}
	if !r.defanged {
		if f.isVersion(r, o.Value) {
			f.version = r.end
			return r.end
		}
		if strings.HasPrefix(o.Value, "0.") || strings.HasPrefix(o.Value, "255.") || f.template(r) {
			return r.end
		}
	}
	return f.host(r, o)
}

// namedIPv4 reads "C2-198.51.100.7": an address with a cue before it.
func (f *finder) namedIPv4(r *run) int {
	if r.labels != 4 || !r.plain {
		return 0
	}
	cut := strings.LastIndexAny(string(r.name), "-_")
	if cut < 0 || !addressCues[strings.TrimRight(string(r.name[:cut]), "-_")] {
		return 0
	}
	rest := f.run(r.start + cut + 1)
	if !rest.numeric {
		return 0
	}
	return f.ipv4(&rest)
}

// domain reads a run as a name; it returns 0 where it is none.
func (f *finder) domain(r *run) int {
	if len(r.name) > 253 {
		return 0
	}
	name, ok := f.nameOf(r)
	if !ok {
		return 0
	}
	o := cure.Observable{Kind: cure.KindDomain, Value: name}
	if f.template(r) {
		return r.end
	}
	known, whole := isName(o.Value)
	if !known || r.dots == wordyDot && !wordyName(o.Value) {
		return 0
	}
	if !r.defanged && (whole || f.notName(r, o.Value)) {
		return 0
	}
	return f.host(r, o)
}

// nameOf returns the name of a run in canonical form, as a part of the text
// where it is written so.
func (f *finder) nameOf(r *run) (string, bool) {
	if r.lower && r.plain {
		return f.s[r.start:r.end], true
	}
	return asciiName(string(r.name))
}

// isName reports whether a lower-case name can be one: its top-level domain is
// known and there is no '_' in what is registered. whole says that it is a
// public suffix such as co.jp, under which others register theirs.
func isName(name string) (ok, whole bool) {
	last := strings.LastIndexByte(name, '.')
	if tld := name[last+1:]; !privateTLDs[tld] {
		suffix, icann := publicsuffix.PublicSuffix(name)
		if !icann && suffix == tld {
			return false, false
		}
		whole = icann && len(suffix) == len(name)
	}
	second := strings.LastIndexByte(name[:max(last, 0)], '.') + 1
	if strings.IndexByte(name[second:], '_') >= 0 {
		return false, false
	}
	return cure.Observable{Kind: cure.KindDomain, Value: name}.Check() == nil, whole
}

// host hands out a host with what is written behind it: port, prefix length
// or path.
func (f *finder) host(r *run, o cure.Observable) int {
	s := f.s
	m := Match{Observable: o, Start: r.start, End: r.end, Defanged: r.defanged}
	port, e := f.port(r.end)
	n := f.slash(e, !r.plain)
	if n == 0 || r.dots == wordyDot {
		m.Port = port
		f.emit(m)
		return e
	}
	if o.Kind == cure.KindIP && e == r.end {
		if bits, end := f.prefixLength(e + n); end > 0 {
			if a, err := netip.ParseAddr(o.Value); err == nil && bits < 32 {
				m.Observable = cure.Observable{Kind: cure.KindCIDR, Value: netip.PrefixFrom(a, bits).Masked().String()}
				m.End = end
			}
			f.emit(m)
			return end
		}
	}
	g := f.path(r.start, e, spelling{wide: !r.plain})
	if g.end <= e+n || f.listFollows(e+n, g.end) {
		g.end = e
	} else if !g.cut && g.end-r.start <= 2*cure.MaxValue {
		if u, ok := readURL(s[r.start:g.end]); ok && u.Check() == nil {
			f.emit(Match{Observable: u, Start: r.start, End: g.end, Defanged: r.defanged || g.defanged})
			return g.end
		}
	}
	m.Port = port
	f.emit(m)
	return g.end
}

// port reads ":8080" at i; end is i where there is none.
func (f *finder) port(i int) (port uint16, end int) {
	s := f.s
	if i >= len(s) || s[i] != ':' && s[i] != '[' && s[i] != 0xef {
		return 0, i
	}
	n := 1
	if s[i] != ':' {
		var out string
		if out, n, _ = unmask(s, i); out != ":" {
			return 0, i
		}
	}
	var d [5]byte
	end, k := readDigits(s, i+n, d[:])
	if k == 0 || k > 5 || end < len(s) && (wordByte[s[end]] || s[end] == ':') {
		return 0, i
	}
	v, err := strconv.ParseUint(string(d[:k]), 10, 16)
	if err != nil || v == 0 {
		return 0, i
	}
	return uint16(v), end
}

// slash returns the length of a slash at i. A wide one belongs to a wide host
// only: elsewhere it stands between two things.
func (f *finder) slash(i int, wideToo bool) int {
	s := f.s
	if i >= len(s) {
		return 0
	}
	switch {
	case s[i] == '/':
		return 1
	case s[i] == '[', s[i] == '\\', wideToo && s[i] == 0xef:
		if out, n, _ := unmask(s, i); out == "/" {
			return n
		}
	}
	return 0
}

// prefixLength reads "24" behind the slash of a prefix; end is 0 where it is
// none.
func (f *finder) prefixLength(i int) (bits, end int) {
	var d [2]byte
	end, n := readDigits(f.s, i, d[:])
	if n == 0 || n > 2 {
		return 0, 0
	}
	bits, err := strconv.Atoi(string(d[:n]))
	if err != nil || bits > 32 || bits == 0 || end < len(f.s) && (wordByte[f.s[end]] || f.s[end] == '/') {
		return 0, 0
	}
	if end+1 < len(f.s) && f.s[end] == '.' && wordByte[f.s[end+1]] {
		return 0, 0
	}
	return bits, end
}

// listFollows reports whether what stands behind a slash is not a path but the
// next thing of a list: "198.51.100.7/198.51.100.8", "198.51.100.7/tcp".
func (f *finder) listFollows(i, end int) bool {
	if end-i > 2*len(f.buf) {
		return false
	}
	path := strings.ToLower(refang(f.s[i:end]))
	if digits(path) || isProtocol(path) {
		return true
	}
	name, rest, _ := strings.Cut(path, "/")
	if rest != "" && !digits(rest) {
		return false
	}
	if _, ok := parseAddr(name); ok {
		return true
	}
	last := strings.LastIndexByte(name, '.')
	if last < 1 || fileSuffix(name[last+1:]) {
		return false
	}
	ok, _ := isName(name)
	return ok
}
