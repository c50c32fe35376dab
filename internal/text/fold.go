package text

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns the form of s under which words are stored and compared: NFKC
// (half-width kana and full-width Latin become the ordinary ones), lower case,
// the long-vowel mark at the end of a katakana word dropped where Japanese
// writers disagree about it (サーバー and サーバ), control and format
// characters and broken UTF-8 removed, one space between words and none around.
// Fold(Fold(s)) == Fold(s). A string that is folded already comes back as it
// is, without allocation.
func Fold(s string) string {
	if folded(s) {
		return s
	}
	// Lower case may open a composition that NFKC closes, and the other way
	// round; two rounds reach the fixed point (held by a fuzz test).
	for range 2 {
		s = lower(norm.NFKC.String(strings.ToValidUTF8(s, "")))
	}
	return dropLongVowels(norm.NFKC.String(s))
}

// folded reports whether s is plain ASCII that Fold would not change.
func folded(s string) bool {
	last := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= 0x7f || c >= 'A' && c <= 'Z' || c == ' ' && last == ' ' {
			return false
		}
		last = c
	}
	return s == "" || last != ' '
}

// lower maps to lower case, drops what cannot be seen and joins white space.
func lower(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			continue
		case r == 'ς':
			r = 'σ'
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

const longVowel = "ー"

// dropLongVowels removes the mark at the end of katakana words of three or
// more sounds before it (JIS Z 8301: サーバ, but キー and カバー keep theirs).
// Small vowels and ya, yu, yo belong to the sound before them.
func dropLongVowels(s string) string {
	if !strings.Contains(s, longVowel) {
		return s
	}
	b := make([]byte, 0, len(s))
	sounds := 0
	trim := func() {
		for ; sounds > 3 && bytes.HasSuffix(b, []byte(longVowel)); sounds-- {
			b = b[:len(b)-len(longVowel)]
		}
		sounds = 0
	}
	for _, r := range s {
		switch {
		case unicode.Is(unicode.M, r):
			// It belongs to the sound before it, and would go to another one
			// were the mark between the two dropped.
		case !katakana(r):
			trim()
		case !strings.ContainsRune("ァィゥェォャュョヮ", r):
			sounds++
		}
		b = utf8.AppendRune(b, r)
	}
	trim()
	return string(b)
}

func katakana(r rune) bool { return r >= 'ァ' && r <= 'ヺ' || r == 'ー' }
