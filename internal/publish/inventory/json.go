package inventory

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// readJSON tells the formats apart by the names of their fields.
func (in *Inventory) readJSON(data []byte) error {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return cure.Errorf(cure.Invalid, "not a JSON object: %w", err)
	}
	has := func(name string) bool { _, ok := keys[name]; return ok }
	var read func([]byte) error
	switch {
	case has("bomFormat"):
		read = in.cyclonedxJSON
	case has("spdxVersion"):
		read = in.spdxJSON
	case has("ArtifactName"), has("Results") && has("SchemaVersion"):
		read = in.trivy
	case has("scannedCves"):
		read = in.vuls
	default:
		return errFormat
	}
	if err := read(data); err != nil {
		return cure.Errorf(cure.Invalid, "read %s: %w", cmp.Or(in.Format, "inventory"), err)
	}
	return nil
}

// found takes over what a scanner found; ids other than of CVE are left out.
func (in *Inventory) found(f Finding) error {
	if len(in.Findings) == MaxComponents {
		return cure.Errorf(cure.Invalid, "more than %d findings", MaxComponents)
	}
	f.CVE = strings.ToUpper(word(f.CVE))
	f.Package, f.Version, f.Fixed = word(f.Package), word(f.Version), word(f.Fixed)
	if !strings.HasPrefix(f.CVE, "CVE-") {
		in.Left++
		return nil
	}
	in.Findings = append(in.Findings, f)
	return nil
}

// trivy reads a result of Trivy, schema 2.
func (in *Inventory) trivy(data []byte) error {
	type identifier struct {
		PURL string `json:"PURL"`
	}
	var doc struct {
		CreatedAt    time.Time `json:"CreatedAt"`
		ArtifactName string    `json:"ArtifactName"`
		Metadata     struct {
			OS struct{ Family, Name string } `json:"OS"`
		} `json:"Metadata"`
		Results []struct {
			Type     string `json:"Type"`
			Packages []struct {
				Name       string     `json:"Name"`
				Version    string     `json:"Version"`
				Release    string     `json:"Release"`
				SrcName    string     `json:"SrcName"`
				Identifier identifier `json:"Identifier"`
			} `json:"Packages"`
			Vulnerabilities []struct {
				ID         string     `json:"VulnerabilityID"`
				PkgName    string     `json:"PkgName"`
				Installed  string     `json:"InstalledVersion"`
				Fixed      string     `json:"FixedVersion"`
				Identifier identifier `json:"PkgIdentifier"`
			} `json:"Vulnerabilities"`
		} `json:"Results"`
	}
	in.Format, in.Tool = "trivy", "trivy"
	if err := json.Unmarshal(data, &doc); err != nil {
		return err
	}
	in.Asset, in.Made = doc.ArtifactName, doc.CreatedAt
	os := system(doc.Metadata.OS.Family, doc.Metadata.OS.Name)
	for _, r := range doc.Results {
		for _, p := range r.Packages {
			c := Component{Version: joinVersion(p.Version, p.Release)}
			if languages[strings.ToLower(r.Type)] == "" {
				c.Release = os.release
			}
			if p.Identifier.PURL == "" {
				c.Package = os.name(p.Name, r.Type)
			}
			if p.SrcName != "" && p.SrcName != p.Name {
				c.also(os.name(p.SrcName, r.Type))
			}
			if err := in.add(c, p.Identifier.PURL, ""); err != nil {
				return err
			}
		}
		for _, v := range r.Vulnerabilities {
			c := Component{Package: os.name(v.PkgName, r.Type)}
			c.url(v.Identifier.PURL)
			if err := in.found(Finding{v.ID, c.Package, v.Installed, v.Fixed}); err != nil {
				return err
			}
		}
	}
	return nil
}

// vuls reads the result of Vuls for one host.
func (in *Inventory) vuls(data []byte) error {
	var doc struct {
		ServerName string    `json:"serverName"`
		Family     string    `json:"family"`
		Release    string    `json:"release"`
		ScannedAt  time.Time `json:"scannedAt"`
		Version    string    `json:"scannedVersion"`
		Container  struct {
			Name string `json:"name"`
		} `json:"container"`
		CVEs map[string]struct {
			Packages []struct {
				Name  string `json:"name"`
				Fixed string `json:"fixedIn"`
			} `json:"affectedPackages"`
			Libraries []struct {
				Key   string `json:"key"`
				Name  string `json:"name"`
				Fixed string `json:"fixedIn"`
			} `json:"libraryFixedIns"`
		} `json:"scannedCves"`
		Packages map[string]struct {
			Name    string `json:"name"`
			Version string `json:"version"`
			Release string `json:"release"`
		} `json:"packages"`
		Libraries []struct {
			Type string `json:"type"`
			Libs []struct{ Name, Version, PURL string }
		} `json:"libraries"`
	}
	in.Format = "vuls"
	if err := json.Unmarshal(data, &doc); err != nil {
		return err
	}
	in.Asset, in.Made, in.Tool = doc.ServerName, doc.ScannedAt, strings.TrimSpace("vuls "+doc.Version)
	if doc.Container.Name != "" {
		in.Asset += "/" + doc.Container.Name
	}
	os := system(doc.Family, doc.Release)
	for key, p := range doc.Packages {
		c := Component{Package: os.name(cmp.Or(p.Name, key), ""), Version: joinVersion(p.Version, p.Release), Release: os.release}
		if err := in.add(c, "", ""); err != nil {
			return err
		}
	}
	for _, l := range doc.Libraries {
		for _, x := range l.Libs {
			if err := in.add(Component{Package: os.name(x.Name, l.Type), Version: x.Version}, x.PURL, ""); err != nil {
				return err
			}
		}
	}
	for id, v := range doc.CVEs {
		n := len(in.Findings)
		for _, p := range v.Packages {
			i := doc.Packages[p.Name]
			if err := in.found(Finding{id, os.name(p.Name, ""), joinVersion(i.Version, i.Release), p.Fixed}); err != nil {
				return err
			}
		}
		for _, l := range v.Libraries {
			if err := in.found(Finding{CVE: id, Package: os.name(l.Name, l.Key), Fixed: l.Fixed}); err != nil {
				return err
			}
		}
		if len(in.Findings) == n { // by CPE, or of the system itself
			if err := in.found(Finding{CVE: id}); err != nil {
				return err
			}
		}
	}
	return nil
}

func joinVersion(v, release string) string {
	if v != "" && release != "" {
		return v + "-" + release
	}
	return v
}

// distribution is the system that packages were installed by.
type distribution struct{ kind, vendor, release string }

// system names a distribution from what scanners call it.
func system(family, release string) distribution {
	family = strings.ToLower(word(family))
	d := distribution{vendor: family, release: family + "-" + strings.ToLower(word(release))}
	switch {
	case family == "":
		return distribution{}
	case family == "debian", family == "ubuntu", family == "raspbian":
		d.kind = "deb"
	case family == "alpine", family == "wolfi", family == "chainguard":
		d.kind = "apk"
	default:
		d.kind = "rpm"
	}
	return d
}

// languages are the types of package URLs for what scanners call the files
// that name the packages of a language.
var languages = map[string]string{
	"npm": "npm", "node-pkg": "npm", "yarn": "npm", "pnpm": "npm", "bun": "npm", "pip": "pypi", "pipenv": "pypi", "poetry": "pypi",
	"uv": "pypi", "python-pkg": "pypi", "conda-pkg": "conda", "gomod": "golang", "gobinary": "golang", "jar": "maven", "pom": "maven",
	"gradle": "maven", "bundler": "gem", "gemspec": "gem", "composer": "composer", "composer-vendor": "composer", "cargo": "cargo",
	"rustbinary": "cargo", "nuget": "nuget", "dotnet-core": "nuget", "packages-props": "nuget", "swift": "swift", "cocoapods": "cocoapods",
	"pub": "pub", "hex": "hex", "conan": "conan",
}

// name names a package of the system, or of a language.
func (d distribution) name(name, file string) string {
	if kind := languages[strings.ToLower(file)]; kind != "" {
		if kind == "maven" {
			name = strings.Replace(name, ":", "/", 1)
		}
		return Name(kind, "", name)
	}
	return Name(d.kind, d.vendor, name)
}
