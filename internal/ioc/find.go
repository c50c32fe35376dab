package ioc

import (
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/opencure/cure"
)

// Match is an observable at its place in a text.
type Match struct {
	cure.Observable
	Start, End int    // bytes of the text
	Port       uint16 // written behind the host ("198.51.100.7:8080"), outside the span; 0 if none
	Defanged   bool   // written so that nobody follows it: "hxxp", "[.]", "(at)"
}

// Find returns the observables of a running text from left to right, without
// overlap: the host inside a URL is not reported again (see [Companions]).
//
// What only looks like one is left out: version numbers, file and package
// names, templates ("{id}.example.org"), netmasks, digits inside longer
// digits, names under top-level domains that do not exist. "port 23" without a
// protocol is tcp/23; "host/path" without a scheme is http. A URL that was cut
// by the writer ("…") is reported as its host.
//
// Cost: linear, a small constant of memory, no allocation for a value that is
// written in canonical form. Such values share the text: clone what is to live
// longer. Any bytes may be given.
func Find(text string) iter.Seq[Match] {
	return func(yield func(Match) bool) {
		f := finder{s: text, yield: yield, wordy: -1}
		f.scan()
	}
}

// finder walks over a text from anchor to anchor: bytes that stand in
// observables and seldom elsewhere. Only there it looks left for the beginning
// of the word and reads forward.
type finder struct {
	s       string
	yield   func(Match) bool
	stopped bool
	done    int       // nothing left of it is looked at again
	wordy   int       // next " dot ", len(s) if none, -1 not looked for yet
	version int       // end of the last version number
	buf     [256]byte // the name being read
}

// The classes of anchors.
const (
	none = iota
	digit
	dot
	colon
	at
	opener // of a defanged sign
	wideLead
)

var anchors = func() (t [256]uint8) {
	for c := '0'; c <= '9'; c++ {
		t[c] = digit
	}
	t['.'], t[':'], t['@'] = dot, colon, at
	for _, c := range "[({<\\" {
		t[c] = opener
	}
	t[0xe3], t[0xef] = wideLead, wideLead
	return t
}()

func (f *finder) scan() {
	s := f.s
	for i := 0; i < len(s) && !f.stopped; {
		if f.wordy < i {
			f.wordy = len(s)
			if k := strings.Index(s[i:], " dot "); k >= 0 {
				f.wordy = i + k
			}
		}
		for i < f.wordy {
			if c := s[i]; anchors[c] == none {
				i++
			} else if c == 0xe3 && i+2 < len(s) && s[i+1] > 0x80 { // kana
				i += 3
			} else {
				break
			}
		}
		if i >= len(s) {
			return
		}
		next := f.anchor(i)
		i = max(next, i+1)
	}
}

// anchor looks at the anchor at i and returns where to go on.
func (f *finder) anchor(i int) int {
	s := f.s
	switch anchors[s[i]] {
	case digit:
		return f.token(i)
	case dot:
		if i == f.done || i+1 >= len(s) || !near[s[i-1]] || !near[s[i+1]] && s[i+1] != ']' {
			return i + 1
		}
		return f.token(i)
	case colon:
		return f.colon(i, 1)
	case at:
		return max(f.mail(i, 1, false), i+1)
	case none: // " dot "
		return f.token(i)
	}
	out, n, defanged := unmask(s, i)
	if n == 0 {
		return i + 1
	}
	switch out {
	case ".":
		if !defanged && !(alnum(s, i+n) && (wordByte[behind(s, i)] || i >= 3 && alnum(s, i-3))) {
			return i + n // the end of a sentence
		}
		if i > f.done && near[s[i-1]] {
			return f.token(i)
		}
		if i > f.done+1 && s[i-1] == ' ' && near[s[i-2]] { // "example [.] org"
			return f.token(i - 1)
		}
	case ":", "://":
		return f.colon(i, n)
	case "@":
		return max(f.mail(i, n, defanged), i+n)
	default:
		if len(out) == 1 && out[0] >= '0' && out[0] <= '9' {
			return f.token(i)
		}
	}
	return i + n
}

// near marks the bytes of words, those of other scripts included.
var near = func() (t [256]bool) {
	for c := range t {
		t[c] = wordByte[c] || c >= utf8.RuneSelf
	}
	return t
}()

// emit hands a match out.
func (f *finder) emit(m Match) {
	if !f.stopped && !f.yield(m) {
		f.stopped = true
	}
}
