package ioc

import (
	"strings"
	"unicode/utf8"
)

// unmask reads the sign at s[i:] where it is a spelling of '.', ':', '/', '@'
// (or of any ASCII character) other than the plain one: defanged ("[.]",
// "(dot)", "[://]", "\.", half brackets), full-width or ideographic. It returns
// what the sign stands for and its length in bytes. Characters that are not
// seen (zero-width space, soft hyphen) stand for "". n is 0 where s[i:] is no
// such sign. It looks at most 24 bytes ahead.
func unmask(s string, i int) (out string, n int, defanged bool) {
	switch c := s[i]; c {
	case '[', '(', '{', '<':
		out, n = bracketed(s, i)
		return out, n, n > 0
	case '\\':
		if strings.HasPrefix(s[i+1:], ".") {
			return ".", 2, true
		}
		if strings.HasPrefix(s[i+1:], "/") { // JSON may escape its slashes
			return "/", 2, false
		}
		if strings.HasPrefix(s[i+1:], "_") { // Markdown escapes it
			return "_", 2, false
		}
		if i+1 < len(s) && (s[i+1] == '[' || s[i+1] == '(') { // Markdown escapes its brackets
			if out, n = bracketed(s, i+1); n > 0 {
				return out, n + 1, true
			}
		}
	case '.':
		if strings.HasPrefix(s[i+1:], "]") && i+2 < len(s) && wordByte[s[i+2]] {
			return ".", 2, true
		}
	case 0xef, 0xe3:
		r, n := wide(s, i)
		if n == 0 {
			if strings.HasPrefix(s[i:], "\ufeff") {
				return "", 3, false
			}
			return "", 0, false
		}
		if strings.IndexByte("[({<", r) >= 0 {
			if out, n := bracketed(s, i); n > 0 {
				return out, n, true
			}
		}
		return ascii[r-' ' : r-' '+1], n, false
	case 0xe2, 0xc2:
		return "", invisible(s, i), false
	}
	return "", 0, false
}

// ascii holds each printable ASCII character at its code minus that of ' '.
const ascii = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"

// wide reads a full-width ASCII character, an ideographic full stop or a
// Japanese bracket at s[i:] as its ASCII counterpart; n is 0 where none is.
func wide(s string, i int) (c byte, n int) {
	if i+2 >= len(s) {
		return 0, 0
	}
	b, d := s[i+1], s[i+2]
	switch {
	case s[i] == 0xef && b == 0xbc && d >= 0x81 && d <= 0xbf: // U+FF01 to U+FF3F
		return d - 0x81 + '!', 3
	case s[i] == 0xef && b == 0xbd && d >= 0x80 && d <= 0x9e: // U+FF40 to U+FF5E
		return d - 0x80 + '`', 3
	case s[i] == 0xef && b == 0xbd && d == 0xa1: // half-width ideographic full stop
		return '.', 3
	case s[i] == 0xe3 && b == 0x80:
		switch d {
		case 0x82: // 。
			return '.', 3
		case 0x90, 0x94: // 【 〔
			return '[', 3
		case 0x91, 0x95: // 】 〕
			return ']', 3
		}
	}
	return 0, 0
}

// invisible returns the length of the character at s[i:] that writers and
// layout programs put into addresses without anyone seeing it, else 0.
func invisible(s string, i int) int {
	switch r, n := utf8.DecodeRuneInString(s[i:]); r {
	case '\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return n
	}
	return 0
}

// inside are the spellings that stand between brackets.
var inside = []struct{ word, out string }{
	{"://", "://"},
	{".", "."},
	{":", ":"},
	{"//", "//"},
	{"/", "/"},
	{"@", "@"},
	{"dot", "."},
	{"d0t", "."},
	{"point", "."},
	{"punkt", "."},
	{"ドット", "."},
	{"at", "@"},
	{"アット", "@"},
	{"アットマーク", "@"},
}

// bracketed reads "[.]" and its relatives at s[i:], with any kind of bracket,
// any width and up to one space inside; and the half form "[.com".
func bracketed(s string, i int) (out string, n int) {
	_, j := sign(s, i)
	j += i
	if j < len(s) && s[j] == ' ' {
		j++
	}
	if j >= len(s) || s[j] < utf8.RuneSelf && strings.IndexByte(".:/@dpaDPA", s[j]) < 0 {
		return "", 0 // the first letters of inside
	}
	for _, in := range inside {
		k := literal(s, j, in.word)
		if k < 0 {
			continue
		}
		end := k
		if end < len(s) && s[end] == ' ' {
			end++
		}
		if end < len(s) && s[end] == '\\' {
			end++
		}
		if c, m := sign(s, end); m > 0 && strings.IndexByte("])}>", c) >= 0 {
			return in.out, end + m - i
		}
		if in.word == "." && s[i] == '[' && k == i+2 && k < len(s) && wordByte[s[k]] {
			return ".", 2
		}
	}
	return "", 0
}

// literal returns the offset behind word at s[j:], in any case and width, or
// -1.
func literal(s string, j int, word string) int {
	for k := 0; k < len(word); {
		if word[k] >= utf8.RuneSelf {
			if strings.HasPrefix(s[j:], word[k:]) {
				return j + len(word) - k
			}
			return -1
		}
		c, n := sign(s, j)
		if n == 0 || lower(c) != word[k] {
			return -1
		}
		j += n
		k++
	}
	return j
}

// sign reads one character of ASCII, full-width ASCII or Japanese bracket.
func sign(s string, i int) (c byte, n int) {
	if i >= len(s) {
		return 0, 0
	}
	if s[i] < utf8.RuneSelf {
		return s[i], 1
	}
	return wide(s, i)
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// wordByte marks the ASCII bytes of labels.
var wordByte = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= '0' && c <= '9' || lower(byte(c)) >= 'a' && lower(byte(c)) <= 'z' || c == '-' || c == '_'
	}
	return t
}()

// refang writes s as it would stand without defanging and wide characters.
func refang(s string) string {
	if !masked(s) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if out, n, ok := spacedDot(s, i); ok {
			b, i = append(b, out...), i+n
			continue
		}
		out, n, _ := unmask(s, i)
		if n == 0 {
			b, i = append(b, s[i]), i+1
			continue
		}
		b, i = append(b, out...), i+n
	}
	return string(b)
}

// masked reports whether s holds a byte with which a masked sign begins.
func masked(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf, c == '[', c == '(', c == '{', c == '<', c == '\\', c == ' ', c == ']':
			return true
		}
	}
	return false
}

// spacedDot reads " dot ", " [.] " and " (dot) ": a dot with a space on both
// sides.
func spacedDot(s string, i int) (out string, n int, ok bool) {
	if s[i] != ' ' || i+3 >= len(s) {
		return "", 0, false
	}
	end := literal(s, i+1, "dot")
	if end < 0 {
		out, n, defanged := unmask(s, i+1)
		if !defanged || out != "." {
			return "", 0, false
		}
		end = i + 1 + n
	}
	if end < len(s) && s[end] == ' ' {
		return ".", end + 1 - i, true
	}
	return "", 0, false
}
