package ioc

import (
	"strings"
	"unicode/utf8"

	"github.com/opencure/cure"
)

// colon reads what has a colon (of n bytes) at i: a URL or an IPv6 address.
func (f *finder) colon(i, n int) int {
	if k := schemeSeparator(f.s, i); k > 0 {
		f.done = max(f.link(i, i+k), f.done)
		return f.done
	}
	if next := f.ipv6(i); next > 0 {
		return next
	}
	return i + n
}

// link reads a URL whose "://" is s[i:p] and returns where to go on.
func (f *finder) link(i, p int) int {
	s := f.s
	w, scheme := f.scheme(i)
	if scheme == "" {
		return p
	}
	m := Match{Start: w, Defanged: schemes[scheme] != scheme || strings.ContainsAny(s[i:p], "[({<")}
	host := p
	for k := p; k < len(s) && k-p < 256 && userByte[s[k]]; k++ {
		if s[k] == '@' {
			host = k + 1
		}
	}
	o, r := f.linkHost(host)
	if o.IsZero() {
		return p
	}
	m.Defanged = m.Defanged || r.defanged
	port, e := f.port(r.end)
	g := f.path(w, e, spelling{wide: s[i] == 0xef || s[p-1] >= utf8.RuneSelf, back: s[p-1] == '\\'})
	m.Defanged = m.Defanged || g.defanged
	m.End = g.end
	asWritten := g.clean && g.end > e && s[e] == '/' && host == p && e == r.end && r.plain && r.lower && r.labels > 1 && s[i:p] == "://" && s[w:i] == schemes[scheme]
	switch n := g.end - w; {
	case asWritten && !g.cut && n <= cure.MaxValue:
		m.Observable = cure.Observable{Kind: cure.KindURL, Value: s[w:g.end]}
	case !g.cut && n <= 2*cure.MaxValue:
		if u, ok := readURL(s[w:g.end]); ok && u.Check() == nil {
			m.Observable = u
		}
	}
	if m.IsZero() { // the host is all that is sure
		m = Match{Observable: o, Start: host, End: r.end, Port: port, Defanged: m.Defanged}
	}
	f.emit(m)
	return g.end
}

// userByte marks what may stand before the '@' of a URL.
var userByte = func() (t [256]bool) {
	for c := byte('!'); c < 0x7f; c++ {
		t[c] = strings.IndexByte("/?#<>\"'`\\[](){},", c) < 0
	}
	return t
}()

// scheme reads the scheme that ends at i, as it is spelled but lower case: ""
// if none is known. Words may be glued to the front of the frequent ones.
func (f *finder) scheme(i int) (start int, spelled string) {
	s, w := f.s, i
	var word [16]byte
	n := len(word)
	for n > 0 && w > f.done {
		c, k := s[w-1], 1
		if c >= utf8.RuneSelf {
			if w-3 < f.done {
				break
			}
			c, k = wide(s, w-3)
		}
		if k == 0 || !wordByte[c] && c != '*' && c != '+' {
			break
		}
		n, w = n-1, w-k
		word[n] = lower(c)
	}
	got := string(word[n:])
	if _, ok := schemes[got]; ok {
		return w, got
	}
	for _, known := range []string{"https", "http", "hxxps", "hxxp"} {
		if strings.HasSuffix(got, known) && w+len(got) == i {
			return i - len(known), known
		}
	}
	return i, ""
}

// linkHost reads the host of a URL at p; the observable is zero if there is
// none that can be reported.
func (f *finder) linkHost(p int) (cure.Observable, run) {
	s := f.s
	if p < len(s) && s[p] == '[' {
		end := strings.IndexByte(s[p:min(len(s), p+64)], ']')
		if end > 0 && p+end+1 < len(s) && strings.HasPrefix(s[p+end-1:], ":]") { // "[2001[:]db8::1]"
			end = strings.LastIndexByte(s[p:min(len(s), p+80)], ']')
		}
		if end > 0 {
			if a, ok := parseAddr(refang(s[p : p+end+1])); ok && a.Is6() {
				return cure.Observable{Kind: cure.KindIP, Value: a.String()}, run{start: p, end: p + end + 1, labels: 1}
			}
		}
		return cure.Observable{}, run{}
	}
	r := f.run(p)
	if r.labels == 0 || r.tooLong || r.dots == wordyDot {
		return cure.Observable{}, r
	}
	name, ok := f.nameOf(&r)
	if !ok {
		return cure.Observable{}, r
	}
	if a, ok := hostAddr(name); ok && (r.labels > 1 || strings.HasPrefix(name, "0x") || len(name) >= 8) {
		return cure.Observable{Kind: cure.KindIP, Value: a.String()}, r
	}
	if known, _ := isName(name); known && r.labels > 1 && !f.template(&r) {
		return cure.Observable{Kind: cure.KindDomain, Value: name}, r
	}
	return cure.Observable{}, r
}
