package textclass

// Token is one word of a text in masked form. The text of what is masked is
// not kept: a token is its hash.
type Token struct {
	Hash       uint64
	Start, End int32 // bytes of the text
}

// The masked tokens. Their hashes are of texts that no word can have.
var (
	tokenCVE     = hashString("\x00cve")
	tokenURL     = hashString("\x00url")
	tokenVersion = hashString("\x00version")
	tokenNumber  = hashString("\x00number")
	tokenHex     = hashString("\x00hex")
)

// extensionSalt makes the token of a file extension another one than that of
// the same word.
const extensionSalt = 0x9e3779b97f4a7c15

// byte classes of the tokeniser.
const (
	other byte = iota
	letter
	digit
	joiner // stands inside a chunk: . - _ / \ : '
)

var classes = func() (t [256]byte) {
	for c := range t {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c >= 0x80:
			t[c] = letter
		case '0' <= c && c <= '9':
			t[c] = digit
		}
	}
	for _, c := range []byte(`.-_/\:'`) {
		t[c] = joiner
	}
	return t
}()

// Tokenize appends the tokens of text to dst: lower case, cut at everything
// that is neither letter nor digit; CVE ids, URLs, versions, numbers and long
// hexadecimal runs become one token each, "name.php" gives the words of the
// name and a token of the extension. One pass over the bytes, no allocation
// but growing dst. Bytes from 0x80 on count as letters.
func Tokenize(dst []Token, text string) []Token {
	for i := 0; i < len(text); {
		if c := classes[text[i]]; c != letter && c != digit {
			i++
			continue
		}
		end := i + 1
		for end < len(text) && classes[text[end]] != other {
			end++
		}
		if isURL(text[i:end]) {
			for end < len(text) && text[end] > ' ' && text[end] != '"' && text[end] != ')' && text[end] != '>' && text[end] != '<' {
				end++
			}
			dst = append(dst, Token{tokenURL, int32(i), int32(end)})
			i = end
			continue
		}
		dst = chunk(dst, text, i, end)
		i = end
	}
	return dst
}

func isURL(s string) bool {
	for _, scheme := range [...]string{"http://", "https://", "ftp://"} {
		if len(s) >= len(scheme) && equalFold(s[:len(scheme)], scheme) {
			return true
		}
	}
	return false
}

// equalFold compares with a lower-case ASCII text.
func equalFold(s, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// chunk appends the tokens of a run of letters, digits and joiners.
func chunk(dst []Token, text string, start, end int) []Token {
	for end > start && classes[text[end-1]] == joiner {
		end--
	}
	s := text[start:end]
	switch {
	case isCVE(s):
		return append(dst, Token{tokenCVE, int32(start), int32(end)})
	case isVersion(s):
		return append(dst, Token{tokenVersion, int32(start), int32(end)})
	}
	ext := extension(s)
	word := start
	for i := start; i <= end; i++ {
		if i < end && classes[text[i]] != joiner {
			continue
		}
		if i > word {
			t := wordToken(text[word:i])
			if end-word == ext {
				t ^= extensionSalt
			}
			if i-word > 1 || text[i-1] != 's' || word == start || text[word-1] != '\'' {
				dst = append(dst, Token{t, int32(word), int32(i)})
			}
		}
		word = i + 1
	}
	return dst
}

// extension returns the length of the file extension of s, 0 for none.
func extension(s string) int {
	for i := len(s) - 1; i > 0 && len(s)-i <= 6; i-- {
		if s[i] == '.' && classes[s[i-1]] != joiner {
			return len(s) - i - 1
		}
		if classes[s[i]] != letter && classes[s[i]] != digit {
			return 0
		}
	}
	return 0
}

func isCVE(s string) bool {
	if len(s) < 11 || !equalFold(s[:4], "cve-") || s[8] != '-' {
		return false
	}
	for i := 4; i < len(s); i++ {
		if classes[s[i]] != digit && i != 8 {
			return false
		}
	}
	return true
}

// isVersion reports whether s is like 1.2, v2.0.1-rc1 or 7.x.
func isVersion(s string) bool {
	if (s[0] == 'v' || s[0] == 'V') && len(s) > 1 {
		s = s[1:]
	}
	if classes[s[0]] != digit {
		return false
	}
	dots, letters := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '.':
			dots++
		case classes[c] == letter:
			letters++
		case c == '/' || c == '\\' || c == ':' || c == '\'':
			return false
		}
	}
	return dots > 0 && letters < 8
}

// wordToken hashes a run of letters and digits in lower case.
func wordToken(s string) uint64 {
	digits, hex := 0, 0
	for i := range len(s) {
		switch c := s[i] | 0x20; {
		case classes[s[i]] == digit:
			digits++
		case 'a' <= c && c <= 'f':
			hex++
		}
	}
	switch {
	case digits == len(s):
		return tokenNumber
	case digits > 0 && (digits+hex == len(s) && len(s) >= 8 || s[0] == '0' && s[1]|0x20 == 'x'):
		return tokenHex
	}
	return hashString(s)
}

// hashString is FNV-1a of the lower-case bytes, with a finaliser that spreads
// it over all bits (MurmurHash3's).
func hashString(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		h = (h ^ uint64(c)) * 1099511628211
	}
	return mix(h)
}

func mix(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
