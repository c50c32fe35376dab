package ioc

import (
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/text"
)

// fingerprints are the schemes of [cure.KindFingerprint]: a word "scheme:…" of
// any other scheme is a tag.
var fingerprints = map[string]bool{
	"hassh": true, "hasshserver": true, "ja3": true, "ja3s": true, "ja4": true, "ja4s": true, "ja4h": true, "ja4x": true,
	"ja4t": true, "ja4ssh": true, "jarm": true, "imphash": true, "ssdeep": true, "tlsh": true, "telfhash": true,
	"payload": true, "template": true, "banner": true, "ssh": true, "cert": true, "http": true,
}

// Classify guesses the kind of one word as a user types it in the search box,
// in any spelling [Canonical] reads. What is nothing else is a tag. The error
// is Invalid: nothing is left of the word, or it is too long.
//
// A name is a domain where its top-level domain is known (otherwise a tag:
// "exploit.java"), also where it may be the name of a file: who asks for
// "x.sh" gets the domain.
func Classify(s string) (cure.Observable, error) {
	s = strings.Trim(strings.TrimSpace(s), "\"'`,;")
	if plainIPv4(s) {
		return cure.Observable{Kind: cure.KindIP, Value: s}, nil
	}
	if len(s) <= 2*cure.MaxValue && s != "" {
		for _, kind := range guesses(s) {
			if o, err := Canonical(kind, s); err == nil && (o.Value == s || slices.Contains(guesses(o.Value), o.Kind)) {
				return o, nil // and its canonical form reads as the same
			}
		}
	}
	return Canonical(cure.KindTag, s)
}

// guesses returns the kinds that s may be, the surest first.
func guesses(s string) []cure.Kind {
	t := strings.ToLower(text.Fold(refang(s)))
	if scheme, _, ok := strings.Cut(t, ":"); ok && fingerprints[scheme] && !strings.HasPrefix(t[len(scheme):], "://") {
		return []cure.Kind{cure.KindFingerprint}
	}
	if word := strings.IndexByte(t, ':'); word > 0 && schemeSeparator(t, word) > 0 {
		return []cure.Kind{cure.KindURL}
	}
	if strings.HasPrefix(t, "cve") {
		return []cure.Kind{cure.KindCVE}
	}
	if strings.Contains(t, "@") {
		return []cure.Kind{cure.KindEmail}
	}
	if rest, ok := strings.CutPrefix(t, "as"); ok && digits(strings.TrimLeft(strings.TrimPrefix(rest, "n"), " -")) {
		return []cure.Kind{cure.KindASN}
	}
	kinds := []cure.Kind{cure.KindHash, cure.KindIP}
	if host, path, ok := strings.Cut(t, "/"); ok {
		kinds = append(kinds, cure.KindCIDR, cure.KindPort)
		if path != "" && namesHost(host) {
			kinds = append(kinds, cure.KindURL)
		}
		return kinds
	}
	if namesHost(t) {
		kinds = append(kinds, cure.KindDomain)
	}
	return kinds
}

// namesHost reports whether a folded word is an address or a name under a
// known top-level domain, with or without a port.
func namesHost(t string) bool {
	if host, port, ok := cutPort(t); ok && digits(port) {
		t = host
	}
	t = strings.TrimSuffix(t, ".")
	if _, ok := parseAddr(t); ok {
		return true
	}
	name, ok := asciiName(t)
	dot := strings.LastIndexByte(name, '.')
	return ok && dot >= 0 && knownTLD(name[dot+1:])
}
