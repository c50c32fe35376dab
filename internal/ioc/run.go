package ioc

import (
	"unicode"
	"unicode/utf8"
)

// A run is a sequence of labels with dots between them, in any spelling.
type run struct {
	start, end int
	name       []byte // as it is meant: lower case, plain dots
	labels     int
	numeric    bool // all labels are numbers
	plain      bool // ASCII and plain dots: name is the text but for case
	lower      bool // plain and no upper case
	ascii      bool
	defanged   bool
	tooLong    bool
	dots       dotStyle
	firstDot   int // end of the first dot in the text
}

type dotStyle uint8

// How a dot is written. Dots in brackets go with all but the ideographic full
// stop; of the others a name has one style, so that the end of a sentence is
// not taken for a part of the name beside it.
const (
	noDot dotStyle = iota
	bareDot
	bracketDot
	wideDot        // ．
	ideographicDot // 。
	wordyDot       // " dot "
)

func (d dotStyle) mixes(e dotStyle) bool {
	return d == noDot || d == e ||
		d == bracketDot && e != ideographicDot || e == bracketDot && d != ideographicDot
}

// wordStart returns where the word that ends at i begins.
func (f *finder) wordStart(i int) int {
	s, low, end := f.s, max(f.done, i-len(f.buf)), i
	for i > low {
		c := s[i-1]
		if wordByte[c] {
			i--
			continue
		}
		if c < utf8.RuneSelf {
			break
		}
		if i-low >= 3 {
			if c, n := wide(s, i-3); n == 3 && wordByte[c] {
				i -= 3
				continue
			}
		}
		r, n := utf8.DecodeLastRuneInString(s[low:i])
		if cjk(r) {
			if i < end || end < len(s) && alnum(s, end) {
				break // "サーバーexample.org"
			}
			return f.cjkStart(i, low)
		}
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && invisible(s, i-n) == 0 {
			break
		}
		i -= n
	}
	return i
}

// cjkStart returns where a label of a script without blanks begins that ends
// at i. Nothing shows where the sentence before it ends, so only what follows
// a particle or a boundary is taken; ASCII letters before it are none.
func (f *finder) cjkStart(i, low int) int {
	for j := i; j > low; {
		r, n := utf8.DecodeLastRuneInString(f.s[low:j])
		switch {
		case r == 'は', r == 'を', r == 'が':
			return j
		case r < utf8.RuneSelf && wordByte[byte(r)]:
			return i
		case !cjk(r):
			return j
		}
		j -= n
	}
	return low
}

// cjk reports whether r belongs to a script that is written without blanks or
// glues particles to words.
func cjk(r rune) bool {
	return r >= 0x3040 && r < 0xa4d0 || r >= 0xac00 && r < 0xd7b0 || r >= 0xf900 && r < 0xfb00 ||
		r >= 0xff66 && r < 0xffdd || r >= 0x20000 && r < 0x32000 || r >= 0x0e00 && r < 0x1000 || r == '々'
}

// run reads a run of labels at w.
func (f *finder) run(w int) run {
	s := f.s
	r := run{start: w, end: w, name: f.buf[:0], numeric: true, plain: true, lower: true, ascii: true}
	for p := w; ; {
		q := f.label(&r, p)
		if q == p {
			return r
		}
		r.end = q
		r.labels++
		if q >= len(s) || !mayBeDot[s[q]] {
			return r
		}
		style, n := f.dotAt(q)
		if n == 0 || !f.labelFollows(q+n, style, r.ascii) {
			return r
		}
		if !r.dots.mixes(style) {
			if r.dots == ideographicDot { // that was the end of a sentence
				return run{start: w, end: r.firstDot}
			}
			return r
		}
		if r.dots == noDot {
			r.firstDot = q + n
		}
		if r.dots == noDot || r.dots == bracketDot {
			r.dots = style
		}
		r.plain = r.plain && style == bareDot && n == 1
		r.defanged = r.defanged || style == bracketDot || style == wordyDot
		if len(r.name) < len(f.buf) {
			r.name = append(r.name, '.')
		}
		p = q + n
	}
}

var mayBeDot = [256]bool{'.': true, '[': true, '(': true, '{': true, '<': true, '\\': true, ' ': true, 0xe3: true, 0xef: true}

// dotAt reads a dot at s[q:]; n is 0 if there is none.
func (f *finder) dotAt(q int) (style dotStyle, n int) {
	s := f.s
	if s[q] == '.' {
		if _, n, _ = unmask(s, q); n > 0 { // ".]"
			return bracketDot, n
		}
		return bareDot, 1
	}
	if s[q] == ' ' {
		if q == f.wordy {
			return wordyDot, len(" dot ")
		}
		if q+1 < len(s) && mayBeDot[s[q+1]] || q+4 < len(s) && s[q+1:q+5] == "dot " {
			if _, n, ok := spacedDot(s, q); ok {
				if s[q+1] == 'd' {
					return wordyDot, n
				}
				return bracketDot, n
			}
		}
		return noDot, 0
	}
	out, n, defanged := unmask(s, q)
	switch {
	case n == 0 || out != ".":
		return noDot, 0
	case defanged:
		return bracketDot, n
	case s[q] == 0xef && s[q+1] == 0xbc:
		return wideDot, n
	}
	return ideographicDot, n
}

// labelFollows reports whether a label begins at i, behind a dot. Of scripts
// without blanks only labels behind labels of their own are taken.
func (f *finder) labelFollows(i int, style dotStyle, ascii bool) bool {
	s := f.s
	if i >= len(s) {
		return false
	}
	if wordByte[s[i]] {
		return true
	}
	if s[i] < utf8.RuneSelf {
		return false
	}
	if c, n := wide(s, i); n > 0 {
		return wordByte[c]
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	if cjk(r) {
		return !ascii && style != ideographicDot && style != wordyDot
	}
	return unicode.IsLetter(r)
}

// label reads one label at p into r.name and returns its end. An IPv4 address
// ends before "-": what follows is the end of a range.
func (f *finder) label(r *run, p int) int {
	s, number, begin := f.s, true, p
	latin := false // an ASCII letter was read
	for p < len(s) {
		c := s[p]
		if wordByte[c] {
			if c < '0' || c > '9' {
				if (c == '-' || c == '_') && r.labels == 3 && r.numeric && number && p > begin && f.rangeFollows(p) {
					break
				}
				number = false
				latin = latin || c != '-'
				r.lower = r.lower && c == lower(c)
			}
			p++
			f.put(r, lower(c))
			continue
		}
		if c < utf8.RuneSelf {
			break
		}
		n := 0
		if c, n = wide(s, p); n > 0 {
			if !wordByte[c] || c == '-' && p == begin {
				break
			}
			number = number && c >= '0' && c <= '9'
			f.put(r, lower(c))
		} else if n = invisible(s, p); n > 0 {
			if p == begin || p+n >= len(s) || !wordByte[s[p+n]] && (!mayBeDot[s[p+n]] || s[p+n] == ' ') {
				break
			}
		} else {
			var ru rune
			ru, n = utf8.DecodeRuneInString(s[p:])
			if cjk(ru) && latin || !cjk(ru) && !unicode.IsLetter(ru) && !unicode.IsMark(ru) {
				break
			}
			if cjk(ru) && number && p > begin && !f.domainAhead(p) {
				break
			}
			number, r.ascii = false, false
			for k := range n {
				f.put(r, s[p+k])
			}
		}
		r.plain = false
		p += n
	}
	r.numeric = r.numeric && number
	return p
}

// domainAhead reports whether the letters of a script without blanks at p end
// at a dot: then the digits before them may belong to the label.
func (f *finder) domainAhead(p int) bool {
	for k := 0; k < 20 && p < len(f.s); k++ {
		r, n := utf8.DecodeRuneInString(f.s[p:])
		if !cjk(r) {
			return r == '.'
		}
		p += n
	}
	return false
}

func (f *finder) rangeFollows(p int) bool {
	return p+1 >= len(f.s) || !wordByte[f.s[p+1]] || f.s[p+1] >= '0' && f.s[p+1] <= '9'
}

func (f *finder) put(r *run, c byte) {
	if len(r.name) == len(f.buf) {
		r.tooLong = true
		return
	}
	r.name = append(r.name, c)
}
