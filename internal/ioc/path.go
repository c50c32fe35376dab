package ioc

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

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
		cell := before == c || c == ',' && (before == '\n' || before == '"')
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
		if strings.HasPrefix(s[p:], "&amp;") {
			g.clean = false
			return len("&amp;")
		}
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
	return p > 0 && wordByte[s[p-1]] && (p < 3 || s[p-3] != '%') && schemeAhead(s, p)
}

func schemeAhead(s string, p int) bool {
	rest := s[p:min(len(s), p+8)]
	return strings.HasPrefix(rest, "http://") || strings.HasPrefix(rest, "https://") ||
		strings.HasPrefix(rest, "hxxp://") || strings.HasPrefix(rest, "hxxps://")
}
