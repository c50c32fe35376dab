package cure

import (
	"unicode"
	"unicode/utf8"
)

// CheckName returns nil for a name that people may give to a thing of theirs (a
// kept search, a ticket, a key, a tag), else an Invalid error that says which
// sign is in the way: control characters, those that turn the reading direction
// (UAX #9) and others that nobody sees make a name look like another one, or
// like what is not there. The two joiners that scripts need stay. Names that are
// in the log were checked when they were given.
func CheckName(what, name string) error {
	if !utf8.ValidString(name) {
		return Errorf(Invalid, "%s is not UTF-8", what)
	}
	at := 0
	for _, r := range name {
		at++
		switch {
		case r == '\u200c', r == '\u200d': // ZWNJ, ZWJ
		case unicode.IsControl(r):
			return Errorf(Invalid, "%s has a control character (U+%04X, character %d): leave it out", what, r, at)
		case unicode.Is(unicode.Bidi_Control, r):
			return Errorf(Invalid, "%s has a character that turns the reading direction (U+%04X, character %d): leave it out", what, r, at)
		case unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co):
			return Errorf(Invalid, "%s has a character that nobody sees (U+%04X, character %d): leave it out", what, r, at)
		}
	}
	return nil
}
