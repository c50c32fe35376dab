package ioc

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/opencure/cure"
)

// international maps names outside ASCII as browsers do (UTS 46,
// non-transitional), but does not insist on letters, digits and hyphens only:
// hosts with '_' exist.
var international = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false))

func readDomain(s string) (cure.Observable, bool) {
	s = refang(s)
	if host, port, ok := cutPort(s); ok && digits(port) {
		s = host
	}
	s = strings.TrimPrefix(strings.TrimPrefix(s, "*"), ".")
	s = strings.TrimSuffix(s, ".")
	if name, ok := asciiName(s); ok {
		return cure.Observable{Kind: cure.KindDomain, Value: name}, true
	}
	return cure.Observable{}, false
}

// asciiName returns a name in lower case and Punycode.
func asciiName(s string) (string, bool) {
	for i := range len(s) {
		if s[i] >= 0x80 {
			name, err := international.ToASCII(s)
			return strings.ToLower(name), err == nil
		}
	}
	return strings.ToLower(s), true
}

// privateTLDs are top-level names that are not delegated but are seen: the
// reserved ones (RFC 2606, RFC 7686) and those of overlay networks and
// alternative roots that malware uses.
var privateTLDs = map[string]bool{
	"example": true, "test": true, "invalid": true,
	"onion": true, "i2p": true, "loki": true,
	"bit": true, "lib": true, "emc": true, "coin": true, "bazar": true,
	"libre": true, "chan": true, "geek": true, "pirate": true,
}

// knownTLD reports whether a lower-case last label is delegated or one of
// the private ones.
func knownTLD(tld string) bool {
	if privateTLDs[tld] {
		return true
	}
	_, icann := publicsuffix.PublicSuffix(tld)
	return icann
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
