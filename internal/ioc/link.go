package ioc

import (
	"strings"
	"unicode"
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
	asWritten := g.clean && g.end > e && host == p && e == r.end && r.plain && r.lower && r.labels > 1 && s[i:p] == "://" && s[w:i] == schemes[scheme]
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
	a, isAddr := parseAddr(name)
	if !isAddr && (r.labels > 1 && r.numeric || strings.HasPrefix(name, "0x") || digits(name) && len(name) >= 8) {
		a, isAddr = looseIPv4(name)
	}
	switch {
	case isAddr:
		return cure.Observable{Kind: cure.KindIP, Value: a.String()}, r
	case r.labels > 1 && isName(name) && !f.template(&r):
		return cure.Observable{Kind: cure.KindDomain, Value: name}, r
	}
	return cure.Observable{}, r
}

// spelling is how a URL is written, by its "://" or its host.
type spelling struct {
	wide bool // full width
	back bool // with backslashes
}

// tail is the path, query and fragment of a URL in running text.
type tail struct {
	end      int
	cut      bool // the writer left the end away
	defanged bool
	clean    bool // nothing in it has to be escaped or cut off
}

// path reads what follows the authority that ends at e, of a URL that begins
// at start. It ends at blanks, quotes, angle brackets, unpaired brackets and
// scripts without blanks; full-width characters belong to it where the whole
// URL is written so. Punctuation at the end is the sentence's.
func (f *finder) path(start, e int, as spelling) tail {
	s := f.s
	g := tail{end: e, clean: true}
	if e >= len(s) || !(s[e] == '/' || s[e] == '?' || s[e] == '#' || s[e] == '\\' && as.back || f.slash(e, as.wide) > 0) {
		return g
	}
	before := byte('\n')
	if start > 0 {
		before = s[start-1]
	}
	p := e
	var open [3]int
	for p < len(s) {
		n := f.pathByte(&g, p, before, as, &open)
		if n == 0 {
			break
		}
		p += n
	}
	stop := p
	for p > e && strings.IndexByte(".,;:!?'*", s[p-1]) >= 0 || p > e && s[p-1] == '_' && before == '_' {
		p--
	}
	g.end = p
	g.cut = g.cut || strings.HasPrefix(s[p:stop], "...")
	return g
}

const brackets = "([{)]}"

// pathByte returns the length of the character at p if it belongs to the path.
func (f *finder) pathByte(g *tail, p int, before byte, as spelling, open *[3]int) int {
	s := f.s
	c := s[p]
	if pathSafe[c] {
		if c == 'h' && glued(s, p) {
			return 0
		}
		return 1
	}
	switch {
	case c >= utf8.RuneSelf:
		g.clean = false
		return f.pathRune(g, p, as.wide)
	case c == '[' || c == '\\':
		if out, n, defanged := unmask(s, p); n > 0 {
			g.clean, g.defanged = false, g.defanged || defanged && out != ""
			return n
		}
		if c == '\\' {
			g.clean = false
			return b2i(as.back)
		}
	case c == ',' || c == ';':
		cell := before == '\n' || before == c || before == '"'
		if cell || p+1 < len(s) && s[p+1] <= ' ' || schemeAhead(s, p+1) {
			return 0
		}
		return 1
	case c == '\'':
		if before == c {
			return 0
		}
		return 1
	case c == '&':
		for _, entity := range []string{"&quot;", "&lt;", "&gt;", "&#39;", "&#34;", "&nbsp;"} {
			if strings.HasPrefix(s[p:], entity) {
				return 0
			}
		}
		return 1
	case c == '%' || c == '#' || c == '^':
		g.clean = false
		return 1
	}
	k := strings.IndexByte(brackets, c)
	if k < 0 {
		return 0
	}
	g.clean = g.clean && c != '{' && c != '}'
	if k < 3 {
		open[k]++
		return 1
	}
	if open[k-3] == 0 {
		return 0
	}
	open[k-3]--
	return 1
}

func (f *finder) pathRune(g *tail, p int, wideToo bool) int {
	s := f.s
	if c, n := wide(s, p); n > 0 {
		if wideToo && s[p] == 0xef && s[p+1] != 0xbd || wideToo && n > 0 && wordByte[c] {
			if strings.IndexByte("()[]<>!,;{}\"'", c) < 0 {
				return n
			}
		}
		return 0
	}
	if n := invisible(s, p); n > 0 {
		return n
	}
	r, n := utf8.DecodeRuneInString(s[p:])
	if r == '…' {
		g.cut = true
	}
	if cjk(r) || !unicode.IsLetter(r) && !unicode.IsMark(r) {
		return 0
	}
	return n
}

// pathSafe marks the bytes that are part of a path wherever they stand.
var pathSafe = func() (t [256]bool) {
	for c := range t {
		t[c] = wordByte[c] || strings.IndexByte("/.?=+~!*@:$", byte(c)) >= 0
	}
	return t
}()

// glued reports whether another URL begins at p, stuck to the end of a word.
func glued(s string, p int) bool {
	return p > 0 && wordByte[s[p-1]] && schemeAhead(s, p)
}

func schemeAhead(s string, p int) bool {
	rest := s[p:min(len(s), p+8)]
	return strings.HasPrefix(rest, "http://") || strings.HasPrefix(rest, "https://") ||
		strings.HasPrefix(rest, "hxxp://") || strings.HasPrefix(rest, "hxxps://")
}
