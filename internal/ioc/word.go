package ioc

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/opencure/cure"
)

// words reads what stands in the words of s[w:end], which are no host:
// hashes, CVE numbers, techniques, AS numbers, ports. It returns where to go
// on, which may be behind end.
func (f *finder) words(w, end int) int {
	s := f.s
	for p := w; p < end; {
		if !alnum(s, p) {
			p += width(s, p)
			continue
		}
		e := p
		for e < end && alnum(s, e) {
			e += width(s, e)
		}
		if next := f.oneWord(p, e); next > e {
			if next >= end {
				return next
			}
			e = next
		}
		p = e
	}
	return end
}

// alnum reports whether a letter or digit, wide ones too, is at s[p:].
func alnum(s string, p int) bool {
	c, n := sign(s, p)
	return n > 0 && wordByte[c] && c != '-' && c != '_'
}

func width(s string, p int) int {
	if s[p] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(s[p:])
	return n
}

// oneWord reads the word s[w:e] of letters and digits; it returns e or, where
// what it found goes on, the end of that.
func (f *finder) oneWord(w, e int) int {
	s := f.s
	if e-w >= 32 || e < len(s) && (s[e] == '\n' || s[e] == '\r') && e-w >= 16 {
		return f.hash(w, e)
	}
	if next := f.cve(w, e); next > 0 {
		return next
	}
	switch c := s[w]; {
	case c == 'T' && e-w == 5 && digits(s[w+1:e]) && !wordByte[behind(s, w)]:
		f.emit(Match{Observable: cure.Observable{Kind: cure.KindTag, Value: "attack:t" + s[w+1:e]}, Start: w, End: e})
		return e
	case c == 'A' && e-w > 3 && e-w <= 13 && s[w+1] == 'S':
		f.asn(w, e, s[w+2+b2i(s[w+2] == 'N'):e])
		return e
	}
	var d [10]byte
	end, n := readDigits(s, w, d[:])
	if end == e && n <= len(d) {
		return f.number(w, e, string(d[:n]))
	}
	if n == 0 {
		return f.gluedPort(w, e)
	}
	return e
}

// asn hands out the number of an autonomous system; single digits are seldom
// meant so.
func (f *finder) asn(w, e int, number string) {
	if len(number) < 2 || !digits(number) || number[0] == '0' {
		return
	}
	if o, ok := readASN(number); ok && o.Check() == nil {
		f.emit(Match{Observable: o, Start: w, End: e})
	}
}

// behind returns the byte before w, a blank at the beginning.
func behind(s string, w int) byte {
	if w == 0 {
		return ' '
	}
	return s[w-1]
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// cve reads a CVE number of which s[w:e] is the first part that holds digits.
func (f *finder) cve(w, e int) int {
	s := f.s
	start := -1
	if e-w >= 3 && e-w <= 7+6 && literal(s, w, "cve") > 0 {
		start = w
	} else if n := e - w; n == 4 || n == 12 {
		for k := w - 2; k >= f.done && k >= w-8 && start < 0; k-- { // "CVE 2021", "CVE–2021"
			if lower(s[k]) == 'e' && k >= f.done+2 && literal(s, k-2, "cve") == k+1 {
				start = k - 2
			}
		}
	}
	if start < 0 || start > 0 && alnum(s, start-1) && s[start-1] < utf8.RuneSelf {
		return 0
	}
	value, end := cveAt(s, start)
	if end < e || end < len(s) && s[end] < utf8.RuneSelf && alnum(s, end) {
		return 0
	}
	o := cure.Observable{Kind: cure.KindCVE, Value: value}
	if o.Check() != nil {
		return 0
	}
	f.emit(Match{Observable: o, Start: start, End: end})
	return end
}

// hash reads hexadecimal digits of the length of a hash, or two pieces of one
// hash with a line break between them. A label before it says where it is not
// the hash of a file but a fingerprint.
func (f *finder) hash(w, e int) int {
	s := f.s
	if !mixedHex(s[w:e]) {
		return e
	}
	text := s[w:e]
	if !hashLength(e - w) {
		joined, end := f.wrapped(w, e)
		if scheme := f.labelBefore(w); len(text) == 62 && scheme == "jarm" {
			joined, end = text, e
		} else if end == 0 {
			return e
		}
		text, e = joined, end
	}
	o := cure.Observable{Kind: cure.KindHash, Value: strings.ToLower(text)}
	if scheme := f.labelBefore(w); labelled[scheme] {
		o = cure.Observable{Kind: cure.KindFingerprint, Value: scheme + ":" + o.Value}
	}
	if o.Check() == nil {
		f.emit(Match{Observable: o, Start: w, End: e})
	}
	return e
}

// labelled are the fingerprints that look like hashes of files.
var labelled = set("hassh hasshserver ja3 ja3s jarm imphash")

// mixedHex reports whether s is hexadecimal and not only decimal: a hash
// without any letter is one in millions, long numbers are not.
func mixedHex(s string) bool {
	letters, first := 0, s[0]
	same := true
	for i := range len(s) {
		if !isHex(s[i]) {
			return false
		}
		letters += b2i(s[i] > '9')
		same = same && s[i] == first
	}
	return letters > 0 && !same
}

// wrapped joins s[w:e] with the hexadecimal word on the next line where the
// two make a hash and neither is one.
func (f *finder) wrapped(w, e int) (joined string, end int) {
	s, p := f.s, e
	for p < len(s) && p-e < 16 && (s[p] == '\n' || s[p] == '\r' || s[p] == ' ') {
		p++
	}
	if p == e || !strings.Contains(s[e:p], "\n") {
		return "", 0
	}
	q := p
	for q < len(s) && q-p <= 128 && isHex(s[q]) {
		q++
	}
	if q < len(s) && near[s[q]] || q-p < 4 || hashLength(q-p) || !hashLength(e-w+q-p) {
		return "", 0
	}
	return s[w:e] + s[p:q], q
}

// labelBefore returns the word that labels what begins at w: "JA3: ", "imphash=".
func (f *finder) labelBefore(w int) string {
	s := f.s
	e := w
	for e > 0 && w-e < 4 && strings.IndexByte(" :=|\t\"", s[e-1]) >= 0 {
		e--
	}
	b := e
	for b > 0 && e-b < 12 && alnum(s, b-1) {
		b--
	}
	return strings.ToLower(s[b:e])
}

// number reads a number that is a port or an AS number by what is around it.
func (f *finder) number(w, e int, n string) int {
	s := f.s
	if c := behind(s, w); c == ' ' && w >= 3 {
		if word, start := f.wordBefore(w); word == "AS" || word == "ASN" {
			f.asn(start, e, n)
			return e
		}
	}
	if len(n) > 5 {
		return e
	}
	if v, err := strconv.ParseUint(n, 10, 16); err != nil || v == 0 || n[0] == '0' {
		return e
	}
	return f.portNumber(w, e, n)
}
