package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Printable returns s in a form that cannot steer a terminal, forge a log line
// or turn the reading direction: control characters, line separators, format
// and bidi characters, private-use characters and bytes that are not UTF-8 are
// written as escapes (\n, \x1b, \u202e). What is longer than columns is cut and
// ends in "…"; 0 means no limit. The result is for eyes, not for parsing back.
func Printable(s string, columns int) string {
	if plain(s) && (columns <= 0 || len(s) <= columns) {
		return s
	}
	var b strings.Builder
	used, cut := 0, 0 // columns written; length of b that leaves room for "…"
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		piece := s[i : i+n]
		if r == utf8.RuneError && n == 1 {
			piece = fmt.Sprintf(`\x%02x`, s[i])
		} else if !visible(r) {
			piece = escape(r)
		}
		w := Width(piece)
		if columns > 0 && used+w > columns {
			return b.String()[:cut] + "…"
		}
		b.WriteString(piece)
		used += w
		if used < columns {
			cut = b.Len()
		}
		i += n
	}
	return b.String()
}

// Width returns the columns that s takes in a terminal: 2 for wide and
// full-width characters, 0 for combining and format characters, 1 for the
// rest, ambiguous ones included. s should be [Printable].
func Width(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case r < 0x300: // the cheap and common case
			n++
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		default:
			n++
			if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
				n++
			}
		}
	}
	return n
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// visible reports whether r may be written as it is. unicode.IsPrint leaves
// out every kind of space but ' ', format, private-use and unassigned ones.
func visible(r rune) bool { return unicode.IsPrint(r) || r == '\u3000' }

func escape(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}
