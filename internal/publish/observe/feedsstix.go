package observe

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
)

// stix decodes STIX 2.1 (and 2.0) objects: of a bundle, or one after another
// as a TAXII server gives them. Indicators give the observables of their
// patterns; malware, actors, tools, campaigns and techniques give names, which
// relationships carry to the indicators; observed data and cyber observables
// are seen, not accused.
type stix struct {
	def *publish.Definition
	row row
}

var (
	errNoSTIX  = errors.New("no STIX object")
	errPattern = errors.New("STIX pattern holds a value that is not of its kind")
)

// Shape implements publish.Shaper: bundles and envelopes of TAXII hold their
// objects in a list of that name.
func (s *stix) Shape(f *feed.File) error {
	path := s.def.Records
	if path == "" {
		path = "objects[*]"
	}
	return f.Elements(path, maxJSON)
}

// stixObject is what is read of an object.
type stixObject struct {
	Type        string                    `json:"type"`
	ID          string                    `json:"id"`
	Modified    string                    `json:"modified"`
	Created     string                    `json:"created"`
	Revoked     bool                      `json:"revoked"`
	Name        string                    `json:"name"`
	Labels      []string                  `json:"labels"`
	Types       []string                  `json:"indicator_types"`
	Aliases     []string                  `json:"aliases"`
	Pattern     string                    `json:"pattern"`
	PatternType string                    `json:"pattern_type"`
	ValidFrom   string                    `json:"valid_from"`
	ValidUntil  string                    `json:"valid_until"`
	First       string                    `json:"first_observed"`
	Value       string                    `json:"value"`
	Number      int64                     `json:"number"`
	Hashes      map[string]string         `json:"hashes"`
	Source      string                    `json:"source_ref"`
	Target      string                    `json:"target_ref"`
	Relation    string                    `json:"relationship_type"`
	Refs        []string                  `json:"object_refs"`
	Objects     map[string]jsontext.Value `json:"objects"`
	Markings    []string                  `json:"object_marking_refs"`
	References  []struct {
		Source string `json:"source_name"`
		ID     string `json:"external_id"`
	} `json:"external_references"`
}

// Decode implements publish.Decoder.
func (s *stix) Decode(raw []byte, emit func(*publish.Event)) error {
	if bytes.HasPrefix(raw, []byte{'<'}) {
		emit(&publish.Event{Kind: publish.ListMarkup})
		return nil
	}
	var o stixObject
	if err := json.Unmarshal(raw, &o, lenientJSON); err != nil || o.Type == "" || len(o.ID) > 200 {
		emit(&publish.Event{Kind: publish.ListBad})
		return errNoSTIX
	}
	return s.object(&o, emit)
}

func (s *stix) object(o *stixObject, emit func(*publish.Event)) error {
	r := &s.row
	r.def = s.def
	r.begin()
	r.ev.Key, r.ev.Time = o.ID, stixTime(o.Modified, o.Created)
	switch prefix, named := stixNames[o.Type]; {
	case o.Type == "relationship":
		s.relationship(o, emit)
		return nil
	case named:
		s.named(o, prefix, emit)
		return nil
	case o.Type == "indicator":
		return s.indicator(o, emit)
	case o.Type == "observed-data":
		r.role, r.first = cure.RoleUnknown, stixTime(o.First, o.Created)
		for _, v := range o.Objects { // STIX 2.0 holds them inside
			var inner stixObject
			if len(r.ev.Observations) < maxValues && json.Unmarshal(v, &inner, lenientJSON) == nil {
				r.observable(&inner)
			}
		}
		r.ev.Key = ""
		r.end(emit)
		return nil
	}
	r.role = cure.RoleUnknown
	if err := r.observable(o); err != nil {
		emit(&publish.Event{Kind: publish.ListBad})
		return err
	}
	r.stixMarks(o)
	r.end(emit)
	return nil
}

// stixNames are the objects that give names, with what stands before them.
var stixNames = map[string]string{
	"malware": "malware:", "threat-actor": "group:", "intrusion-set": "group:", "campaign": "campaign:",
	"tool": "tool:", "attack-pattern": "", "vulnerability": "",
}

// named says which tags the object stands for. A technique is known by its
// number, a vulnerability by its CVE.
func (s *stix) named(o *stixObject, prefix string, emit func(*publish.Event)) {
	r := &s.row
	r.ev.Kind = publish.ListNode
	r.stixMarks(o)
	names := append([]string{o.Name}, o.Aliases[:min(len(o.Aliases), maxAliases)]...)
	switch o.Type {
	case "attack-pattern":
		names = nil
		for _, ref := range o.References {
			if ref.Source == "mitre-attack" {
				names = append(names, "attack:"+ref.ID)
			}
		}
	case "vulnerability":
		names = names[:1]
	}
	kind := cure.KindTag
	if o.Type == "vulnerability" {
		kind = cure.KindCVE
	}
	for _, n := range names {
		if t, err := ioc.Canonical(kind, prefix+strings.ToValidUTF8(n, "\uFFFD")); err == nil && !o.Revoked {
			r.ev.Annotations = append(r.ev.Annotations, cure.Annotation{Tag: t})
		}
	}
	emit(&r.ev)
}

// maxAliases bounds the names that are read of an object.
const maxAliases = 8

// relationship carries names: from what is indicated to the indicator, from
// the indicator to what it is based on.
func (s *stix) relationship(o *stixObject, emit func(*publish.Event)) {
	if o.Revoked || o.Source == "" || o.Target == "" || len(o.Source)+len(o.Target) > 400 {
		return
	}
	if s.row.stixMarks(o); s.row.ev.Marking.TLP > s.def.TLP {
		return // a relationship that not all may see tells nothing to anybody
	}
	ev := &publish.Event{Kind: publish.ListEdge, Key: o.Source, To: o.Target}
	switch o.Relation {
	case "indicates", "attributed-to", "uses", "variant-of", "exploits", "delivers", "downloads", "drops", "controls", "communicates-with", "related-to":
		emit(ev)
	case "based-on": // indicator -> observable: it says of the observable what it says of itself
		ev.Key, ev.To = o.Target, o.Source
		emit(ev)
	}
}

func (s *stix) indicator(o *stixObject, emit func(*publish.Event)) error {
	r := &s.row
	r.ev.Kind = publish.ListEntry
	if o.Revoked {
		emit(&r.ev) // a version without observables: what older ones said is over
		return nil
	}
	if o.PatternType != "" && o.PatternType != "stix" {
		return nil // a rule of another language is no list of values
	}
	bad := r.pattern(o.Pattern)
	r.first = stixTime(o.ValidFrom, o.Created)
	for _, l := range append(o.Labels, o.Types...) {
		r.tags("", strings.ToValidUTF8(l, "\uFFFD"))
	}
	attr(&r.ev, "indicator", strings.ToValidUTF8(o.ID, "\uFFFD"))
	attr(&r.ev, "name", strings.ToValidUTF8(o.Name, "\uFFFD"))
	attr(&r.ev, "valid_until", strings.ToValidUTF8(o.ValidUntil, "\uFFFD"))
	r.stixMarks(o)
	if bad != nil {
		r.refuse(bad, o.Pattern, emit)
	}
	r.end(emit)
	return nil
}

// observable reads a cyber observable.
func (r *row) observable(o *stixObject) error {
	kind := cure.KindNone
	switch o.Type {
	case "ipv4-addr", "ipv6-addr":
		kind = addressKind(o.Value)
	case "domain-name":
		kind = cure.KindDomain
	case "url":
		kind = cure.KindURL
	case "email-addr":
		kind = cure.KindEmail
	case "autonomous-system":
		return r.value(cure.KindASN, "AS"+strconv.FormatInt(o.Number, 10))
	case "file", "artifact":
		for name, h := range o.Hashes {
			if stixHash(name) && r.value(cure.KindHash, h) != nil {
				return errEntry
			}
		}
	}
	if kind == cure.KindNone {
		return nil
	}
	return r.value(kind, o.Value)
}

// addressKind tells an address from a network, which STIX writes in the same
// object.
func addressKind(value string) cure.Kind {
	if strings.Contains(value, "/") {
		return cure.KindCIDR
	}
	return cure.KindIP
}

// stixHash reports whether it is a kind of hash that names a file.
func stixHash(name string) bool {
	switch strings.ToUpper(strings.ReplaceAll(name, "-", "")) {
	case "MD5", "SHA1", "SHA256", "SHA512":
		return true
	}
	return false
}

// stixMarks raises the marking to the TLP of the object (STIX 2.1, 7.2.1.4, and
// the TLP 2.0 extension).
func (r *row) stixMarks(o *stixObject) {
	for _, ref := range o.Markings {
		if tlp := stixTLP[ref]; tlp > r.ev.Marking.TLP {
			r.ev.Marking.TLP = tlp
		}
	}
}

var stixTLP = map[string]cure.TLP{
	"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": cure.TLPClear,
	"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": cure.TLPGreen,
	"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": cure.TLPAmber,
	"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": cure.TLPRed,
	"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": cure.TLPClear,
	"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": cure.TLPGreen,
	"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": cure.TLPAmber,
	"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": cure.TLPAmberStrict,
	"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": cure.TLPRed,
}

// stixTime reads the first of the times that is one.
func stixTime(all ...string) time.Time {
	for _, s := range all {
		if t, err := publish.ParseTime([]byte(s), nil); err == nil {
			return t
		}
	}
	return time.Time{}
}
