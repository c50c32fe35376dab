// Package inventory answers "what is installed on an own asset, and what has a
// scanner found there?". In go software bills of materials and results of
// scanners; out comes one shape, the Inventory.
//
//	CycloneDX  1.2 to 1.6, JSON and XML, with the vulnerabilities in it
//	SPDX       2.2 and 2.3, JSON and tag-value
//	Trivy      JSON of images, file systems, hosts and repositories
//	Vuls       JSON of one scanned host
//
// A component is named by the package URL without its version
// ("npm/left-pad"), and by "cpe/vendor/product" where a CPE is given: the names
// by which records of vulnerabilities say what they are in. Nothing that stands
// in a file is fetched.
//
// Input is hostile: files are bounded by [MaxFile], components by
// [MaxComponents]; a component without a name or version that can be used is
// left out and counted. An Inventory belongs to whoever got it.
package inventory

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/package-url/packageurl-go"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/num/version"
)

// The limits of what is read.
const (
	MaxFile       = 128 << 20 // bytes
	MaxComponents = 200_000
	maxName       = 256 // bytes of a name
	maxAlso       = 4   // further names of a component
)

// Inventory is what one file says of one asset.
type Inventory struct {
	Asset      string      `json:"asset"`
	Format     string      `json:"format"` // cyclonedx, spdx, trivy or vuls
	Tool       string      `json:"tool,omitempty"`
	Made       time.Time   `json:"made"`      // when it was made
	ID         string      `json:"inventory"` // begin of the SHA-256 of the file
	Components []Component `json:"components,omitempty"`
	Findings   []Finding   `json:"findings,omitempty"`
	Left       int         `json:"left_out,omitempty"` // entries that cannot be used
}

// Component is one installed piece of software.
type Component struct {
	Package string   `json:"package"`           // type/namespace/name
	Also    []string `json:"also,omitempty"`    // other names: the source package, the CPE
	Release string   `json:"release,omitempty"` // of the distribution: debian-11
	Version string   `json:"version"`
}

// Finding is a vulnerability that a scanner found on the asset.
type Finding struct {
	CVE     string `json:"cve"`
	Package string `json:"package,omitempty"`
	Version string `json:"version,omitempty"` // installed
	Fixed   string `json:"fixed,omitempty"`   // "": not said, or not fixed
}

// Read reads one file. name stands for the asset where it is not empty,
// otherwise the file must say what it is about. The time stands for a file
// that does not say when it was made. Invalid: the file is nothing of all
// this, or names no asset.
func Read(data []byte, name string, when time.Time) (*Inventory, error) {
	if len(data) > MaxFile {
		return nil, cure.Errorf(cure.Invalid, "a file of %d bytes, want at most %d", len(data), MaxFile)
	}
	sum := sha256.Sum256(data)
	in := &Inventory{ID: hex.EncodeToString(sum[:8])}
	if err := in.parse(data); err != nil {
		return nil, err
	}
	in.Asset = word(cmp.Or(name, in.Asset))
	if in.Asset == "" {
		return nil, cure.Errorf(cure.Invalid, "the file does not say which asset it is about: give it a name")
	}
	if in.Made.IsZero() || in.Made.Year() < 2000 || in.Made.After(when.AddDate(0, 0, 1)) {
		in.Made = when
	}
	in.Made = in.Made.UTC().Truncate(time.Second)
	in.Tool = word(in.Tool)
	in.tidy()
	return in, nil
}

// ReadFrom is Read of what a reader holds.
func ReadFrom(r io.Reader, name string, when time.Time) (*Inventory, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, cure.Errorf(cure.Unavailable, "read inventory: %w", err)
	}
	return Read(data, name, when)
}

// parse tells the formats apart by their content.
func (in *Inventory) parse(data []byte) error {
	text := strings.TrimLeft(strings.TrimPrefix(string(data[:min(len(data), 4096)]), "\xef\xbb\xbf"), " \t\r\n")
	switch {
	case strings.HasPrefix(text, "{"):
		return in.readJSON(data)
	case strings.HasPrefix(text, "<"):
		return in.cyclonedxXML(data)
	case strings.Contains(text, "SPDXVersion:"):
		return in.spdxText(data)
	}
	return errFormat
}

var errFormat = cure.Errorf(cure.Invalid, "neither CycloneDX nor SPDX nor a result of Trivy or Vuls")

// add takes over a component by its package URL, its CPE or both.
func (in *Inventory) add(c Component, purl, cpe string) error {
	if len(in.Components) == MaxComponents {
		return cure.Errorf(cure.Invalid, "more than %d components", MaxComponents)
	}
	if purl != "" {
		c.url(purl)
	}
	if name, v := fromCPE(cpe); name != "" {
		c.also(name)
		c.Version = cmp.Or(c.Version, v)
	}
	if c.Package == "" && len(c.Also) > 0 {
		c.Package, c.Also = c.Also[0], nil
	}
	if c.Package == "" || !version.Valid(c.Version) {
		in.Left++
		return nil
	}
	in.Components = append(in.Components, c)
	return nil
}

// also adds another name.
func (c *Component) also(name string) {
	if name != "" && name != c.Package && len(c.Also) < maxAlso && !slices.Contains(c.Also, name) {
		c.Also = append(c.Also, name)
	}
}

// url takes over what a package URL says.
func (c *Component) url(purl string) {
	if len(purl) > 2048 {
		return
	}
	p, err := packageurl.FromString(purl)
	if err != nil {
		return
	}
	q := p.Qualifiers.Map()
	c.Package = Name(p.Type, p.Namespace, p.Name)
	c.Release = word(strings.ToLower(cmp.Or(q["distro"], c.Release)))
	c.Version = cmp.Or(p.Version, c.Version)
	if e := q["epoch"]; e != "" && e != "0" && p.Type == "rpm" && !strings.Contains(c.Version, ":") {
		c.Version = e + ":" + c.Version
	}
	if source, _, _ := strings.Cut(q["upstream"], "@"); source != "" {
		c.also(Name(p.Type, p.Namespace, source))
	}
}

// Name is how a package is named: type, namespace and name of its package URL
// in lower case, "" when it cannot be named.
func Name(kind, namespace, name string) string {
	kind, namespace, name = word(kind), word(strings.Trim(namespace, "/")), word(name)
	if kind == "" || name == "" {
		return ""
	}
	if namespace != "" {
		name = namespace + "/" + name
	}
	return strings.ToLower(kind + "/" + name)
}

// fromCPE reads the name and the version in a CPE 2.3 formatted string or a
// CPE 2.2 URI.
func fromCPE(cpe string) (name, v string) {
	var part []string
	switch {
	case len(cpe) > 1024:
		return "", ""
	case strings.HasPrefix(cpe, "cpe:2.3:"):
		part = SplitCPE(cpe)[2:]
	case strings.HasPrefix(cpe, "cpe:/"):
		part = SplitCPE(cpe[len("cpe:/"):])
	}
	if len(part) < 3 || part[1] == "*" || part[2] == "*" {
		return "", ""
	}
	if len(part) > 3 && part[3] != "*" && part[3] != "-" {
		v = part[3]
	}
	return Name("cpe", part[1], part[2]), v
}

// SplitCPE cuts at colons that are not escaped, and takes escapes off.
func SplitCPE(s string) []string {
	var parts []string
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == ':':
			parts = append(parts, b.String())
			b.Reset()
		default:
			b.WriteByte(s[i])
		}
	}
	return append(parts, b.String())
}

// word makes a text one that can stand in a line: valid, printable, without
// blanks at its ends, cut at maxName bytes.
func word(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	for len(s) > maxName {
		s = strings.ToValidUTF8(s[:maxName], "")
	}
	return strings.TrimSpace(s)
}

// tidy sorts, and takes out what stands there twice.
func (in *Inventory) tidy() {
	slices.SortFunc(in.Components, func(a, b Component) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Release, b.Release))
	})
	in.Components = slices.CompactFunc(in.Components, func(a, b Component) bool {
		return a.Package == b.Package && a.Version == b.Version && a.Release == b.Release
	})
	slices.SortFunc(in.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.CVE, b.CVE), cmp.Compare(a.Package, b.Package), cmp.Compare(a.Version, b.Version))
	})
	in.Findings = slices.Compact(in.Findings)
}
