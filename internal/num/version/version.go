// Package version answers "is this version one of those?" by the rules of the
// ecosystem that the version is from: 1.10 is above 1.9 everywhere, 1.0~rc1
// below 1.0 in Debian, 1.0rc1 below 1.0 in Python, 2:1.0 above 9.0 in Debian
// and RPM.
//
// In go the type of a package URL (npm, pypi, deb, rpm, golang, …), versions
// as their publishers write them, and a [Range]; out comes yes, no, or an error
// where nobody can say. The comparing itself is that of osv-scalibr, which is
// tested against the tools of each ecosystem. Pure functions, safe for
// concurrent use; a comparison costs about a microsecond and some allocations.
// Versions of more than [MaxVersion] bytes are refused, because some rules cost
// the square of the length.
package version

import (
	"regexp"
	"strings"

	"github.com/google/osv-scalibr/semantic"

	"github.com/opencure/cure"
)

// MaxVersion is the longest version that is compared, in bytes.
const MaxVersion = 128

// ecosystems are the names of OSV for types of package URLs.
var ecosystems = map[string]string{
	"alpine": "Alpine", "apk": "Alpine", "bitnami": "Bitnami", "cargo": "crates.io", "composer": "Packagist",
	"conan": "ConanCenter", "cran": "CRAN", "deb": "Debian", "gem": "RubyGems", "golang": "Go", "hackage": "Hackage",
	"hex": "Hex", "maven": "Maven", "npm": "npm", "nuget": "NuGet", "pub": "Pub", "pypi": "PyPI", "rpm": "Red Hat",
	"swift": "SwiftURL",
}

// Compare returns -1, 0 or 1 as a is below, equal to or above b by the rules
// of a type of package URL. A type without rules of its own (cpe, generic) is
// compared as most people read versions. Invalid: one of them is no version.
func Compare(kind, a, b string) (int, error) {
	for _, v := range [...]string{a, b} {
		if !Valid(v) {
			return 0, cure.Errorf(cure.Invalid, "%.40q is no version that can be compared", v)
		}
	}
	ecosystem, ok := ecosystems[kind]
	if !ok {
		ecosystem, a, b = "Debian", plain(a), plain(b)
	}
	v, err := semantic.Parse(a, ecosystem)
	if err != nil {
		return 0, cure.Errorf(cure.Invalid, "read version %.40q: %w", a, err)
	}
	n, err := v.CompareStr(b)
	if err != nil {
		return 0, cure.Errorf(cure.Invalid, "read version %.40q: %w", b, err)
	}
	return n, nil
}

// Valid reports whether a text can be a version at all: one word with a digit
// that does not clash with how a [Range] is written.
func Valid(v string) bool {
	if v == "" || len(v) > MaxVersion || !strings.ContainsAny(v, "0123456789") {
		return false
	}
	return !strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("|,;[]<>=*", r) })
}

// early is what stands before a version that is not out yet.
var early = regexp.MustCompile(`(?i)[-_.]?(alpha|beta|pre|preview|rc|dev|snapshot)`)

// plain writes a version of no known ecosystem so that the rules of Debian,
// letters after digits are later, fit: 1.1.1k is above 1.1.1, 1.0-rc1 below
// 1.0.
func plain(v string) string {
	v = early.ReplaceAllString(strings.TrimPrefix(strings.TrimPrefix(v, "v"), "V"), "~$1")
	return strings.NewReplacer("_", ".", ":", ".").Replace(v)
}
