package ioc

import (
	"strings"

	"github.com/opencure/cure"
)

// portNumber reads the number s[w:e] as a port where the text says so:
// "23/tcp", "TCP/23", "TCP 23番", "port 23", "ポート23", "23番ポート", and the
// numbers that follow in a list. Ranges are not taken apart.
func (f *finder) portNumber(w, e int, n string) int {
	if proto, end := f.protocolAfter(e); proto != "" {
		f.emitPort(proto, n, w, end)
		return end
	}
	start, proto := f.protocolBefore(w)
	if proto == "" {
		return e
	}
	if f.rangeAt(e) || f.rangeBefore(w) {
		return e
	}
	f.emitPort(proto, n, min(start, w), e)
	for {
		p := f.listSeparator(e)
		var d [5]byte
		end, k := readDigits(f.s, p, d[:])
		if p == e || k == 0 || k > 5 || d[0] == '0' || end < len(f.s) && near[f.s[end]] && !cjkAt(f.s, end) || f.rangeAt(end) {
			return e
		}
		if end < len(f.s) && f.s[end] == '.' && end+1 < len(f.s) && wordByte[f.s[end+1]] {
			return e
		}
		p2, end2 := f.protocolAfter(end)
		if p2 == "" {
			p2, end2 = proto, end
		}
		f.emitPort(p2, string(d[:k]), p, end2)
		e = end2
	}
}

func (f *finder) emitPort(proto, n string, start, end int) {
	o := cure.Observable{Kind: cure.KindPort, Value: proto + "/" + n}
	if o.Check() == nil {
		f.emit(Match{Observable: o, Start: start, End: end})
	}
}

// protocolAfter reads "/tcp" at e.
func (f *finder) protocolAfter(e int) (proto string, end int) {
	c, n := sign(f.s, e)
	if n == 0 || c != '/' {
		return "", e
	}
	return protocolAt(f.s, e+n)
}

// protocolAt reads tcp, udp or sctp as a whole word at i.
func protocolAt(s string, i int) (proto string, end int) {
	for _, p := range []string{"tcp", "udp", "sctp"} {
		if end := literal(s, i, p); end > 0 && (end >= len(s) || !wordByte[s[end]]) {
			return p, end
		}
	}
	return "", i
}

// protocolBefore reads what names the number at w a port: "tcp/", "UDP port ",
// "ポート". Without a protocol it is tcp. proto is "" where nothing does.
func (f *finder) protocolBefore(w int) (start int, proto string) {
	s := f.s
	if k := w - 1; k >= f.done+3 && (s[k] == '/' || s[k] == ':') || w >= f.done+6 && strings.HasSuffix(s[:w], "／") {
		for k > 0 && (s[k] == '/' || s[k] == ':' || s[k] >= 0x80) && w-k < 3 {
			k--
		}
		if p, b := protocolEnding(s, f.done, k+1); p != "" {
			return b, p
		}
		if s[w-1] == '/' {
			return 0, ""
		}
	}
	at := w
	numbered := strings.HasPrefix(s[f.numberEnd(w):], "番")
	for at > f.done && w-at < 12 && strings.IndexByte(" :#=", s[at-1]) >= 0 {
		at--
	}
	for _, glue := range []string{"：", "番号は", "番号", "は"} {
		if strings.HasSuffix(s[f.done:at], glue) {
			at -= len(glue)
		}
	}
	begin := at
	for _, word := range []string{"ports", "port", "ポート", "ﾎﾟｰﾄ"} {
		if at-len(word) >= f.done && strings.EqualFold(s[at-len(word):at], word) {
			begin = at - len(word)
			break
		}
	}
	if begin == at && !numbered || begin < at && insideWord(s, begin) {
		return 0, ""
	}
	k := begin
	for k > f.done && begin-k < 4 && (s[k-1] == ' ' || s[k-1] == '/') {
		k--
	}
	if p, _ := protocolEnding(s, f.done, k); p != "" {
		return w, p
	}
	if begin == at && !strings.HasPrefix(s[f.numberEnd(w):], "番ポート") {
		return 0, ""
	}
	if f.numberEnd(w)-w == 1 && s[w] < '7' {
		return 0, "" // "port 2" is one of a switch
	}
	return w, "tcp"
}

// insideWord reports whether the ASCII word at begin goes on to the left.
func insideWord(s string, begin int) bool {
	return begin > 0 && wordByte[s[begin-1]] && wordByte[s[begin]]
}

func (f *finder) numberEnd(w int) int {
	var d [5]byte
	e, _ := readDigits(f.s, w, d[:])
	return e
}

// protocolEnding reads a protocol that ends at e.
func protocolEnding(s string, low, e int) (proto string, start int) {
	for _, p := range []string{"tcp", "udp", "sctp"} {
		for _, size := range []int{len(p), 3 * len(p)} {
			if b := e - size; b >= low && literal(s, b, p) == e && !insideWord(s, b) {
				return p, b
			}
		}
	}
	return "", e
}

// gluedPort reads "TCP445".
func (f *finder) gluedPort(w, e int) int {
	for _, p := range []string{"tcp", "udp"} {
		end := literal(f.s, w, p)
		if end < 0 || f.s[w] >= 'a' && f.s[w] <= 'z' {
			continue
		}
		var d [5]byte
		if last, n := readDigits(f.s, end, d[:]); last == e && n > 0 && n <= 5 && d[0] != '0' {
			f.emitPort(p, string(d[:n]), w, e)
		}
	}
	return e
}

var rangeSigns = []string{"-", "–", "—", "~", "～", "〜", "－", "から", " - ", " – ", " to ", " through "}

// rangeBefore reports whether the number at w ends a range.
func (f *finder) rangeBefore(w int) bool {
	for _, sep := range rangeSigns {
		if b := w - len(sep); b > 0 && f.s[b:w] == sep && near[f.s[b-1]] && alnum(f.s, b-1) {
			return true
		}
	}
	return false
}

// rangeAt reports whether a range goes on at e: "8000-8100", "8000～8100".
func (f *finder) rangeAt(e int) bool {
	for _, sep := range rangeSigns {
		if strings.HasPrefix(f.s[e:], sep) {
			c, n := sign(f.s, e+len(sep))
			if n > 0 && c >= '0' && c <= '9' {
				return true
			}
		}
	}
	return false
}

// listSeparator returns the end of what joins two numbers of a list at e, e if
// nothing does.
func (f *finder) listSeparator(e int) int {
	for _, sep := range []string{", and ", ", or ", " and ", " or ", ", ", ",", "、", "，", "・", "および", "及び", "と", "または", "/", " / "} {
		if strings.HasPrefix(f.s[e:], sep) {
			return e + len(sep)
		}
	}
	return e
}

func cjkAt(s string, i int) bool { return s[i] >= 0xe3 }
