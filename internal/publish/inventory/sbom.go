package inventory

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// bom is a CycloneDX document, in both of its forms.
type bom struct {
	Metadata struct {
		Time      string  `json:"timestamp" xml:"timestamp"`
		Component bomPart `json:"component" xml:"component"`
	} `json:"metadata" xml:"metadata"`
	Components      []bomPart `json:"components" xml:"components>component"`
	Vulnerabilities []struct {
		ID      string `json:"id" xml:"id"`
		Affects []struct {
			Ref string `json:"ref" xml:"ref"`
		} `json:"affects" xml:"affects>target"`
		Analysis struct {
			State string `json:"state" xml:"state"`
		} `json:"analysis" xml:"analysis"`
	} `json:"vulnerabilities" xml:"vulnerabilities>vulnerability"`
}

// bomPart is a component, with the components it is made of.
type bomPart struct {
	Ref     string    `json:"bom-ref" xml:"bom-ref,attr"`
	Group   string    `json:"group" xml:"group"`
	Name    string    `json:"name" xml:"name"`
	Version string    `json:"version" xml:"version"`
	PURL    string    `json:"purl" xml:"purl"`
	CPE     string    `json:"cpe" xml:"cpe"`
	Parts   []bomPart `json:"components" xml:"components>component"`
}

func (in *Inventory) cyclonedxJSON(data []byte) error {
	var b bom
	in.Format = "cyclonedx"
	if err := json.Unmarshal(data, &b); err != nil {
		return err
	}
	return in.bom(&b)
}

func (in *Inventory) cyclonedxXML(data []byte) error {
	var b struct {
		XMLName xml.Name `xml:"bom"`
		bom
	}
	in.Format = "cyclonedx"
	if err := xml.Unmarshal(data, &b); err != nil {
		return cure.Errorf(cure.Invalid, "read CycloneDX: %w", err)
	}
	if !strings.Contains(b.XMLName.Space, "cyclonedx.org") {
		return errFormat
	}
	return in.bom(&b.bom)
}

func (in *Inventory) bom(b *bom) error {
	root := &b.Metadata.Component
	in.Asset = root.Name
	if root.Version != "" && root.Name != "" {
		in.Asset += " " + root.Version
	}
	in.Made = moment(b.Metadata.Time)
	parts := map[string]*bomPart{}
	if err := in.parts(append([]bomPart{*root}, b.Components...), parts, 0); err != nil {
		return err
	}
	for _, v := range b.Vulnerabilities {
		if s := v.Analysis.State; s == "not_affected" || s == "false_positive" || s == "resolved" {
			continue
		}
		for _, a := range v.Affects {
			f := Finding{CVE: v.ID}
			if p := parts[a.Ref]; p != nil {
				c := Component{Version: p.Version}
				c.url(p.PURL)
				f.Package, f.Version = cmp.Or(c.Package, p.Name), c.Version
			}
			if err := in.found(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxNested is how deep components may lie in each other.
const maxNested = 32

func (in *Inventory) parts(all []bomPart, by map[string]*bomPart, depth int) error {
	for i := range all {
		p := &all[i]
		if p.Ref != "" {
			by[p.Ref] = p
		}
		if p.PURL != "" || p.CPE != "" || depth > 0 || p.Name != "" && i > 0 {
			if err := in.add(Component{Version: p.Version}, p.PURL, p.CPE); err != nil {
				return err
			}
		}
		if depth == maxNested {
			in.Left += len(p.Parts)
			continue
		}
		if err := in.parts(p.Parts, by, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// moment reads a time; the zero Time is one that cannot be read.
func moment(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return t
		}
	}
	return time.Time{}
}

// spdxPackage is a package of an SPDX document.
type spdxPackage struct {
	ID      string `json:"SPDXID"`
	Name    string `json:"name"`
	Version string `json:"versionInfo"`
	Refs    []struct {
		Type    string `json:"referenceType"`
		Locator string `json:"referenceLocator"`
	} `json:"externalRefs"`
	purl, cpe string
}

// refer takes over a reference to what names the package elsewhere.
func (p *spdxPackage) refer(kind, locator string) {
	switch kind {
	case "purl":
		p.purl = cmp.Or(p.purl, locator)
	case "cpe23Type", "cpe22Type":
		p.cpe = cmp.Or(p.cpe, locator)
	}
}

func (in *Inventory) spdxJSON(data []byte) error {
	var doc struct {
		Name     string `json:"name"`
		Creation struct {
			Created  string   `json:"created"`
			Creators []string `json:"creators"`
		} `json:"creationInfo"`
		Packages []spdxPackage `json:"packages"`
	}
	in.Format = "spdx"
	if err := json.Unmarshal(data, &doc); err != nil {
		return err
	}
	in.Asset, in.Made = doc.Name, moment(doc.Creation.Created)
	for _, c := range doc.Creation.Creators {
		in.creator(c)
	}
	for i := range doc.Packages {
		p := &doc.Packages[i]
		for _, r := range p.Refs {
			p.refer(r.Type, r.Locator)
		}
		if err := in.add(Component{Version: p.Version}, p.purl, p.cpe); err != nil {
			return err
		}
	}
	return nil
}

func (in *Inventory) creator(c string) {
	if tool, ok := strings.CutPrefix(c, "Tool: "); ok && in.Tool == "" {
		in.Tool = tool
	}
}

// spdxText reads the tag-value form: one "Tag: value" a line, texts of several
// lines between <text> and </text>.
func (in *Inventory) spdxText(data []byte) error {
	in.Format = "spdx"
	var p *spdxPackage
	end := func() error {
		if p == nil {
			return nil
		}
		last := p
		p = nil
		return in.add(Component{Version: last.Version}, last.purl, last.cpe)
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(make([]byte, 0, 64<<10), 1<<20)
	inText := false
	for lines.Scan() {
		line := lines.Text()
		if inText {
			inText = !strings.Contains(line, "</text>")
			continue
		}
		inText = strings.Contains(line, "<text>") && !strings.Contains(line, "</text>")
		tag, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if !ok || inText {
			continue
		}
		switch strings.TrimSpace(tag) {
		case "DocumentName":
			in.Asset = value
		case "Created":
			in.Made = moment(value)
		case "Creator":
			in.creator(value)
		case "PackageName":
			if err := end(); err != nil {
				return err
			}
			p = &spdxPackage{Name: value}
		case "PackageVersion":
			if p != nil {
				p.Version = value
			}
		case "ExternalRef":
			if f := strings.Fields(value); p != nil && len(f) == 3 {
				p.refer(f[1], f[2])
			}
		}
	}
	if err := lines.Err(); err != nil {
		return cure.Errorf(cure.Invalid, "read SPDX: %w", err)
	}
	return end()
}
