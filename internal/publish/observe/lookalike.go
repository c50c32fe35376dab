package observe

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// minAlike is the shortest name that others are compared with, in bytes:
// shorter ones are like half of all names.
const minAlike = 5

// confusable letters look alike on a screen. The first of a pair is written
// as the second before names are compared.
var confusable = strings.NewReplacer(
	"0", "o", "1", "l", "i", "l", "5", "s", "rn", "m", "vv", "w", "-", "", "_", "",
	"а", "a", "е", "e", "о", "o", "р", "p", "с", "c", "х", "x", "у", "y", "і", "l", "ı", "l", "ο", "o", "α", "a", "ν", "v", // Cyrillic, Turkish, Greek
)

// lookAlike returns which of the own domains a domain pretends to be, "" for
// none. A domain does when its registered name, under whatever suffix, is
// written like an own one, differs in one letter, or has it as a word of its
// own (hinata-denki for hinata). The cost is the names' length squared.
func lookAlike(domain string, own []string) string {
	name := registered(domain)
	for _, o := range own {
		if domain == o || strings.HasSuffix(domain, "."+o) {
			return ""
		}
	}
	for _, o := range own {
		theirs := registered(o)
		if len(theirs) < minAlike || name == "" {
			continue
		}
		for word := range strings.SplitSeq(name, "-") {
			if word == theirs {
				return o
			}
		}
		a, b := confusable.Replace(name), confusable.Replace(theirs)
		if a == b || oneEdit(a, b) {
			return o
		}
	}
	return ""
}

// registered returns the label that somebody registered, as people read it.
func registered(domain string) string {
	if len(domain) > 253 {
		return ""
	}
	site, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		return ""
	}
	label, _, _ := strings.Cut(site, ".")
	if u, err := idna.Punycode.ToUnicode(label); err == nil {
		label = u
	}
	return strings.ToLower(label)
}

// oneEdit reports whether one letter more, less, other or two swapped make one
// text the other.
func oneEdit(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(y)-len(x) > 1 {
		return false
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	same := func(p, q []rune) bool { return string(p) == string(q) }
	switch {
	case len(x) < len(y):
		return same(x[i:], y[i+1:])
	case i == len(x):
		return true
	case same(x[i+1:], y[i+1:]):
		return true
	}
	return i+1 < len(x) && x[i] == y[i+1] && x[i+1] == y[i] && same(x[i+2:], y[i+2:])
}
