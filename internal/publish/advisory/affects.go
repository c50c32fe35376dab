package advisory

import (
	"cmp"
	"slices"
	"strings"

	"github.com/package-url/packageurl-go"

	"github.com/opencure/cure/internal/num/version"
	"github.com/opencure/cure/internal/publish/inventory"
)

// Affected says which versions of a package a vulnerability is in, in the
// names that inventories of assets use.
type Affected struct {
	Package string `json:"package"`           // type/namespace/name of the package URL, or cpe/vendor/product
	Release string `json:"release,omitempty"` // of a distribution, debian-11: said of no other
	Range   string `json:"range,omitempty"`   // as version.Range writes it; "": not said in a way that can be compared
}

// maxAffected bounds what one record can affect.
const maxAffected = 256

// affect takes over what is affected; spans of the same package and release
// are put together. known false: there are spans that cannot be read.
func (r *Record) affect(name, release string, spans version.Range, known bool) {
	name, release = strings.ToLower(bounded(name, maxField)), strings.ToLower(bounded(release, maxField))
	if name == "" || strings.ContainsFunc(name, func(c rune) bool { return c < ' ' }) {
		return
	}
	if !known || slices.ContainsFunc(spans, func(s version.Span) bool { return !s.Valid() }) {
		spans = nil
	}
	for i := range r.Affects {
		if a := &r.Affects[i]; a.Package == name && a.Release == release {
			switch said := spans.String(); {
			case a.Range == "" || said == "":
				a.Range = ""
			case !slices.Contains(strings.Split(a.Range, " || "), said) && len(a.Range)+len(said) < 4*maxField:
				a.Range += " || " + said
			}
			return
		}
	}
	if len(r.Affects) < maxAffected {
		r.Affects = append(r.Affects, Affected{name, release, spans.String()})
	}
}

// tidyAffects brings what a line of ours says within the limits.
func (r *Record) tidyAffects() {
	said := r.Affects
	r.Affects = nil
	for _, a := range said[:min(len(said), maxAffected)] {
		spans, err := version.ParseRange(a.Range)
		r.affect(a.Package, a.Release, spans, err == nil && spans != nil)
	}
}

// cpeName is how inventories name a product that has no package URL.
func cpeName(vendor, product string) string {
	clean := func(s string) string { return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), " ", "_") }
	vendor, product = clean(vendor), clean(product)
	if vendor == "" || product == "" || vendor == "n/a" || product == "n/a" || vendor == "*" || product == "*" {
		return ""
	}
	return inventory.Name("cpe", vendor, product)
}

// purlName names the package of a package URL.
func purlName(purl string) string {
	if purl == "" || len(purl) > 2048 {
		return ""
	}
	p, err := packageurl.FromString(purl)
	if err != nil {
		return ""
	}
	if p.Namespace != "" {
		return p.Type + "/" + p.Namespace + "/" + p.Name
	}
	return p.Type + "/" + p.Name
}

// Types of package URLs for ecosystems of OSV and for the registries that
// CVE records name.
var (
	ecosystems = map[string]string{
		"npm": "npm", "PyPI": "pypi", "Go": "golang", "Maven": "maven", "crates.io": "cargo", "RubyGems": "gem",
		"Packagist": "composer", "NuGet": "nuget", "Hex": "hex", "Pub": "pub", "SwiftURL": "swift", "ConanCenter": "conan",
		"CRAN": "cran", "Hackage": "hackage", "Debian": "deb/debian", "Ubuntu": "deb/ubuntu", "Alpine": "apk/alpine",
		"Wolfi": "apk/wolfi", "Chainguard": "apk/chainguard", "Red Hat": "rpm/redhat", "Rocky Linux": "rpm/rocky",
		"AlmaLinux": "rpm/alma", "SUSE": "rpm/suse", "openSUSE": "rpm/opensuse",
		// GitHub's own spelling.
		"pip": "pypi", "go": "golang", "maven": "maven", "rust": "cargo", "rubygems": "gem", "composer": "composer", "nuget": "nuget",
	}
	// registries by a word of their host's name.
	registries = map[string]string{
		"npmjs": "npm", "pypi": "pypi", "maven": "maven", "rubygems": "gem", "crates": "cargo",
		"packagist": "composer", "nuget": "nuget", "golang": "golang", "go": "golang",
	}
)

// osvName names a package of an ecosystem and the release of the distribution
// that is meant: "Debian:11" is deb/debian/… of debian-11.
func osvName(ecosystem, name, purl string) (pkg, release string) {
	base, suffix, _ := strings.Cut(ecosystem, ":")
	kind := ecosystems[base]
	if _, vendor, ok := strings.Cut(kind, "/"); ok && suffix != "" {
		if major := strings.TrimPrefix(suffix, "v"); base != "Red Hat" {
			release, _, _ = strings.Cut(major, ":")
			release = vendor + "-" + release
		}
	}
	if p := purlName(purl); p != "" {
		return p, release
	}
	if kind == "" || name == "" {
		return "", ""
	}
	if kind == "maven" {
		name = strings.Replace(name, ":", "/", 1)
	}
	return kind + "/" + name, release
}

// registryName names a package of a registry.
func registryName(url, name string) string {
	_, rest, ok := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	kind := ""
	for word := range strings.SplitSeq(strings.ToLower(host), ".") {
		kind = cmp.Or(kind, registries[word])
	}
	if !ok || kind == "" || name == "" {
		return ""
	}
	if kind == "maven" {
		name = strings.Replace(name, ":", "/", 1)
	}
	return kind + "/" + name
}

// osvEvents are the turning points of a range in OSV.
type osvRange struct {
	Type   string              `json:"type"`
	Events []map[string]string `json:"events"`
}

// spans reads a range: versions are in it from "introduced" up to the next
// "fixed" or "last_affected". Commits of a repository are not versions.
func (g *osvRange) spans() (all version.Range, known bool) {
	if strings.EqualFold(g.Type, "GIT") {
		return nil, true
	}
	var open *version.Span
	for _, e := range g.Events {
		switch {
		case e["introduced"] != "":
			if open != nil {
				return nil, false
			}
			open = &version.Span{}
			if v := e["introduced"]; v != "0" {
				open.Low = v
			}
		case open == nil:
			return nil, false
		case e["fixed"] != "":
			open.High = e["fixed"]
			all, open = append(all, *open), nil
		case e["last_affected"] != "":
			open.High, open.Shut = e["last_affected"], true
			all, open = append(all, *open), nil
		}
	}
	if open != nil {
		all = append(all, *open)
	}
	return all, true
}

// exactly are the spans of versions that are listed one by one.
func exactly(versions []string) (all version.Range) {
	for _, v := range versions {
		if version.Valid(v) && len(all) < 32 {
			all = append(all, version.Exactly(v))
		}
	}
	return all
}

// cveVersion is an entry of the versions of a CVE record.
type cveVersion struct {
	Version  string `json:"version"`
	Status   string `json:"status"`
	Type     string `json:"versionType"`
	Below    string `json:"lessThan"`
	UpToThis string `json:"lessThanOrEqual"`
}

// cveSpans reads the versions of a CVE record. Where all is affected but some,
// the rest cannot be said in spans.
func cveSpans(versions []cveVersion, otherwise string) (all version.Range, known bool) {
	for _, v := range versions {
		if v.Type == "git" {
			continue
		}
		if v.Status != "affected" {
			if otherwise == "affected" {
				return nil, false
			}
			continue
		}
		s := version.Exactly(v.Version)
		if v.Below != "" || v.UpToThis != "" {
			s = version.Span{Low: v.Version, High: cmp.Or(v.Below, v.UpToThis), Shut: v.Below == ""}
			if s.Low == "0" || s.Low == "*" || s.Low == "unspecified" || s.Low == "n/a" {
				s.Low = ""
			}
			if s.High == "*" {
				s.High, s.Shut = "", false
			}
		}
		if !s.Valid() {
			return nil, false
		}
		all = append(all, s)
	}
	if len(versions) == 0 && otherwise == "affected" {
		return version.Range{{}}, true
	}
	return all, len(all) > 0
}
