package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Terms cuts what somebody looks for into folded terms: words, and phrases that
// stand in double quotes. Japanese needs no spaces; what stands together is one
// term.
func Terms(query string) []string {
	var terms []string
	for i, part := range strings.Split(query, `"`) {
		part = Fold(part)
		if i%2 == 1 && part != "" {
			terms = append(terms, part)
			continue
		}
		terms = append(terms, strings.Fields(part)...)
	}
	return terms
}

// Count counts the places of a term in a text, both folded, up to max, and
// returns where the first is, -1 for none. A term of letters is found at the
// beginning of a word, so "mirai" finds "mirais" and not "samirai"; of scripts
// that do not part words it is found anywhere. Cost: linear.
func Count(text, term string, max int) (n, first int) {
	first = -1
	if term == "" {
		return 0, first
	}
	head, _ := utf8.DecodeRuneInString(term)
	for at := 0; n < max; {
		i := strings.Index(text[at:], term)
		if i < 0 {
			break
		}
		at += i
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		if at == 0 || !joins(before) || !joins(head) {
			if n++; first < 0 {
				first = at
			}
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return n, first
}

// joins reports whether a character is of a script that parts its words.
func joins(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r)) && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) && r != 'ー'
}

// Around returns about n bytes of a text around a place, cut between
// characters.
func Around(text string, at, n int) string {
	from, to := max(at-n/3, 0), min(at+n, len(text))
	for 0 < from && from < len(text) && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	return text[from:to]
}
