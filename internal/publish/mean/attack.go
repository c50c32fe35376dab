package mean

import (
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/looks"
)

// Attack reads the catalogues ATT&CK and CAPEC and, as stored documents, what
// their pages refer to. See the package comment for what is said.
func Attack() publish.Publisher {
	return publish.Publisher{
		Name:   "attack",
		Role:   "ATT&CK",
		Layer:  publish.Meanings,
		Topics: []cure.Topic{cure.TopicTag, cure.TopicIP, cure.TopicDomain, cure.TopicHash},
		Formats: []string{
			"STIX 2.0 and 2.1 of ATT&CK (enterprise, mobile, ICS) and CAPEC: a bundle, an array, or one object a line",
			"stored reference documents, by 'cure attack refs'",
		},
		Marking: cure.Marking{TLP: cure.TLPClear, PAP: cure.PAPClear, Licence: cure.LicencePublic},
		Why:     "published for everybody; terms of use ask for the notice © The MITRE Corporation, reproduced and distributed with its permission",
		Roles: []publish.RoleOf{
			{What: "observable in a stored reference document: tied to the keyword, in no role", Role: cure.RoleUnknown},
		},
		Personal: []publish.PersonalData{
			{Field: "x_mitre_contributors, created_by_ref", Mask: "dropped", Purpose: "not kept", Retention: "not kept"},
			{Field: "mail addresses in reference documents", Mask: "none", Purpose: "the observable, published as an indicator", Retention: "as the source"},
		},
		Framing: feed.Members,
		Copies:  true,
		Shapes:  []looks.Shape{looks.JSON},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return &decoder{}, newCatalogueFold(o.Source), nil
		},
	}
}

// decoder turns STIX objects into events: what an object says becomes
// attributes, which the fold puts together.
type decoder struct{ ev publish.Event }

// Names of the attributes between decoder and fold.
const (
	attrName   = "name"
	attrTag    = "tag"
	attrNumber = "id"
	attrURL    = "url"
	attrText   = "description"
	attrState  = "state"
	attrFrom   = "from"
	attrTo     = "to"
	attrRel    = "relation"
	attrAlias  = "alias"  // confidence and plainness before the name
	attrPhase  = "phase"  // chain/name
	attrTactic = "tactic" // chain/name that this object is
	attrMaps   = "maps"   // a tag
	attrCites  = "reference"
	attrVer    = "version"
	attrCut    = "cut"
)

// Decode implements publish.Decoder.
func (d *decoder) Decode(raw []byte, emit func(*publish.Event)) error {
	o, err := readObject(raw)
	if err != nil || o == nil {
		return err
	}
	d.ev = publish.Event{
		Attrs: d.ev.Attrs[:0], Annotations: d.ev.Annotations[:0], Observations: d.ev.Observations[:0],
	}
	switch o.Type {
	case typeReference:
		if err := d.reference(o); err != nil {
			return err
		}
	case typeRelationship:
		d.relationship(o)
	default:
		if o.tag().IsZero() {
			return errNoNumber
		}
		d.object(o)
	}
	emit(&d.ev)
	return nil
}

func (d *decoder) add(name, value string) {
	if value != "" {
		d.ev.Attrs = append(d.ev.Attrs, cure.Attr{Name: name, Value: strings.ToValidUTF8(value, "\uFFFD")})
	}
}

func (d *decoder) object(o *object) {
	d.ev.Kind, d.ev.Key, d.ev.Time = o.Type, o.ID, o.modified
	number, url := o.number()
	d.add(attrTag, o.tag().Value)
	d.add(attrNumber, number)
	d.add(attrName, o.Name)
	d.add(attrURL, url)
	d.add(attrVer, o.Version)
	d.add(attrText, cutText(cleanText(o.Text), maxText))
	switch {
	case o.Revoked:
		d.add(attrState, "revoked")
	case o.gone():
		d.add(attrState, "deprecated")
	}
	names, cut := o.names()
	for _, n := range names {
		d.add(attrAlias, aliasText(n, n.plain && o.ordinary(n.name.Value)))
	}
	if cut {
		d.add(attrCut, "more names than are used")
	}
	for _, p := range o.Phases {
		d.add(attrPhase, p.Chain+"/"+p.Name)
	}
	if o.Type == "x-mitre-tactic" {
		for _, domain := range o.Domains {
			d.add(attrTactic, chains[domain]+"/"+o.Shortname)
		}
	}
	d.cites(o)
}

// aliasText writes a name for the fold: confidence, 'o' for an ordinary word,
// 'p' for a name without kind, 'k' for one that cannot be mistaken, the name.
func aliasText(n naming, ordinary bool) string {
	sort := "k"
	if n.plain {
		sort = "p"
	}
	if ordinary {
		sort = "o"
	}
	return string([]byte{n.confidence}) + sort + n.name.Value
}

// chains are the kill chains of the domains' tactics.
var chains = map[string]string{
	"enterprise-attack": "mitre-attack", "mobile-attack": "mitre-mobile-attack", "ics-attack": "mitre-ics-attack",
}

// cites reads the references: those to other catalogues become tags.
func (d *decoder) cites(o *object) {
	for i, r := range o.References {
		if i == maxCites {
			d.add(attrCut, "more references than are used")
			return
		}
		id := strings.ToLower(strings.TrimSpace(r.ID))
		switch {
		case r.Source == "ATTACK" && id != "":
			d.add(attrMaps, tagOf("attack:"+id).Value)
		case r.Source == "cwe" && strings.HasPrefix(id, "cwe-"):
			d.add(attrMaps, tagOf("cwe:"+strings.TrimPrefix(id, "cwe-")).Value)
		case r.Source == "capec" && o.Type == "attack-pattern" && strings.HasPrefix(o.tag().Value, "attack:"):
			d.add(attrMaps, tagOf("capec:"+strings.TrimPrefix(id, "capec-")).Value)
		case r.URL != "" && r.ID == "":
			d.add(attrCites, cutText(r.URL, maxURL)+" "+cutText(oneLine(r.Text), maxTitle))
		}
	}
}

func (d *decoder) relationship(o *object) {
	d.ev.Kind, d.ev.Key, d.ev.Time = typeRelationship, o.ID, o.modified
	d.add(attrRel, o.Relation)
	d.add(attrFrom, o.From)
	d.add(attrTo, o.To)
	d.add(attrText, cutText(cleanText(o.Text), maxSentence))
	if o.gone() {
		d.add(attrState, "revoked")
	}
	d.cites(o)
}

// Limits of texts in bytes.
const (
	maxText     = 4 << 10
	maxSentence = 1 << 10
	maxURL      = 2 << 10
	maxTitle    = 300
)

// earliest is the first time that is believed.
var earliest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
