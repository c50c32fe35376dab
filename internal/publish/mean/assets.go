package mean

import (
	"cmp"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/num/version"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/inventory"
	"github.com/opencure/cure/internal/publish/looks"
)

// Assets reads what is installed on the own organisation's assets and what
// scanners found there. A package (package:npm/left-pad) carries the asset
// (asset:shop) and the versions; a CVE that a scanner found carries the asset
// too. An inventory replaces the one before of the same asset and format: what
// was made earlier than the tag inventory:FORMAT/ASSET was last seen is old.
func Assets() publish.Publisher {
	return publish.Publisher{
		Name:   "assets",
		Role:   "inventory of own assets",
		Layer:  publish.Meanings,
		Topics: []cure.Topic{cure.TopicTag},
		Formats: []string{
			"lines of 'cure vuln assets import', which reads CycloneDX 1.2 to 1.6 (JSON, XML), SPDX 2.2 and 2.3 (JSON, tag-value), results of Trivy and of Vuls (JSON)",
		},
		Marking:  cure.Marking{TLP: cure.TLPAmberStrict, PAP: cure.PAPRed, Licence: cure.LicenceInternal, Orgs: cure.NoOrg},
		Why:      "says where the house can be attacked; no partner ever sees it",
		OwnHosts: true,
		Roles: []publish.RoleOf{
			{What: "asset and its inventory: tags, listed", Role: cure.RoleOwn},
			{What: "CVE that a scanner found on the asset", Role: cure.RoleUnknown},
		},
		Personal: []publish.PersonalData{
			{Field: "names of assets", Mask: "none", Purpose: "who has to act", Retention: "as the source"},
			{Field: "authors, suppliers, licences, paths", Mask: "dropped", Purpose: "not kept", Retention: "not kept"},
		},
		Framing: feed.Lines,
		Shapes:  []looks.Shape{looks.JSON},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return &assetDecoder{}, &vulnFold{source: string(o.Source)}, nil
		},
	}
}

// Kinds of tag that own assets and records of vulnerabilities share.
const (
	TagAsset     = "asset:"
	TagInventory = "inventory:"
	TagPackage   = "package:"
)

// assetDecoder turns lines into events.
type assetDecoder struct{ ev publish.Event }

// Decode implements publish.Decoder.
func (d *assetDecoder) Decode(raw []byte, emit func(*publish.Event)) error {
	in, err := inventory.ReadLine(raw)
	if err != nil {
		return err
	}
	asset, err := ioc.Canonical(cure.KindTag, TagAsset+in.Asset)
	if err != nil {
		return err
	}
	made, err := ioc.Canonical(cure.KindTag, TagInventory+in.Format+"/"+in.Asset)
	if err != nil {
		return err
	}
	d.ev = publish.Event{
		Attrs: d.ev.Attrs[:0], Annotations: d.ev.Annotations[:0], Observations: d.ev.Observations[:0],
		Kind: "inventory", Time: in.Made,
	}
	for _, o := range []cure.Observable{asset, made} {
		d.ev.Observations = append(d.ev.Observations, cure.Observation{Observable: o, Role: cure.RoleOwn, State: cure.StateListed, First: in.Made, Last: in.Made})
	}
	d.components(asset, in)
	d.findings(asset, in)
	first := ""
	if len(in.Components) > 0 {
		first = in.Components[0].Package
	} else if len(in.Findings) > 0 {
		first = in.Findings[0].CVE
	}
	d.ev.Key = strings.Join([]string{in.Asset, in.Format, in.ID, first}, " ")
	for _, a := range []cure.Attr{{Name: "asset", Value: in.Asset}, {Name: "format", Value: in.Format}, {Name: "tool", Value: in.Tool}, {Name: "inventory", Value: in.ID}} {
		if a.Value != "" {
			d.ev.Attrs = append(d.ev.Attrs, a)
		}
	}
	emit(&d.ev)
	return nil
}

// installed is what is said of one package of one release.
type installed struct{ name, release string }

// components ties the asset to each package, with all versions of it.
func (d *assetDecoder) components(asset cure.Observable, in *inventory.Inventory) {
	versions := map[installed][]string{}
	releases := map[string][]string{}
	var order []string
	for _, c := range in.Components {
		if !version.Valid(c.Version) {
			continue
		}
		for _, name := range append([]string{c.Package}, c.Also...) {
			at := installed{name, c.Release}
			if len(releases[name]) == 0 {
				order = append(order, name)
			}
			if len(versions[at]) == 0 {
				releases[name] = append(releases[name], c.Release)
			}
			versions[at] = append(versions[at], c.Version)
		}
	}
	for _, name := range order {
		tag, err := ioc.Canonical(cure.KindTag, TagPackage+name)
		if err != nil || tag.Kind != cure.KindTag {
			continue
		}
		var said []string
		for _, r := range releases[name] {
			said = append(said, ofRelease(r, strings.Join(versions[installed{name, r}], ", ")))
		}
		d.tie(tag, asset, in.Format+": "+strings.Join(said, "; "))
	}
}

// ofRelease says of which release of a distribution something is said.
func ofRelease(release, said string) string {
	release = strings.Map(func(r rune) rune {
		if strings.ContainsRune("[];", r) {
			return -1
		}
		return r
	}, release)
	if release == "" {
		return said
	}
	return "[" + release + "] " + said
}

// findings ties the asset to each CVE that a scanner found on it.
func (d *assetDecoder) findings(asset cure.Observable, in *inventory.Inventory) {
	for i, f := range in.Findings {
		cve, err := ioc.Canonical(cure.KindCVE, f.CVE)
		if err != nil {
			continue
		}
		if i > 0 && in.Findings[i-1].CVE == f.CVE && len(d.ev.Annotations) > 0 {
			last := &d.ev.Annotations[len(d.ev.Annotations)-1]
			last.Sentence = cutText(last.Sentence+"; "+finding(&f), maxTied)
			continue
		}
		d.tie(cve, asset, in.Format+": "+finding(&f))
	}
}

// finding says what a scanner found: "npm/left-pad 1.0.0, fixed in 1.0.1".
func finding(f *inventory.Finding) string {
	s := strings.TrimSpace(cmp.Or(f.Package, "the asset") + " " + f.Version)
	if f.Fixed != "" {
		s += ", fixed in " + f.Fixed
	}
	return strings.ReplaceAll(s, ";", " ")
}

// maxTied bounds the versions that are said of one package, in bytes.
const maxTied = 7 << 10

func (d *assetDecoder) tie(subject, tag cure.Observable, sentence string) {
	d.ev.Annotations = append(d.ev.Annotations, cure.Annotation{
		Subject: subject, Tag: tag, Time: d.ev.Time, Confidence: byPublisher, Sentence: cutText(sentence, maxTied),
	})
}
