package observe

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
)

// misp decodes events of MISP, as a feed or an export holds them
// (https://www.misp-standard.org/rfc/misp-standard-core.html): one raw record
// is an event with all its attributes.
type misp struct {
	def *publish.Definition
	row row
}

var (
	errNoMISP     = errors.New("no MISP event")
	errAttributes = errors.New("MISP attribute does not hold what its type says")
)

// Shape implements publish.Shaper.
func (m *misp) Shape(f *feed.File) error { return f.Elements("", feed.MaxLarge) }

// mispEvent is what is read of an event.
type mispEvent struct {
	UUID      string          `json:"uuid"`
	Info      string          `json:"info"`
	Date      string          `json:"date"`
	Timestamp mispText        `json:"timestamp"`
	Tags      []mispTag       `json:"Tag"`
	Attribute []mispAttribute `json:"Attribute"`
	Object    []struct {
		Deleted   bool            `json:"deleted"`
		Attribute []mispAttribute `json:"Attribute"`
	} `json:"Object"`
	Orgc struct {
		Name string `json:"name"`
	} `json:"Orgc"`
}

type mispTag struct {
	Name string `json:"name"`
}

type mispAttribute struct {
	Type      string    `json:"type"`
	Category  string    `json:"category"`
	Value     string    `json:"value"`
	IDS       bool      `json:"to_ids"`
	Deleted   bool      `json:"deleted"`
	FirstSeen string    `json:"first_seen"`
	Timestamp mispText  `json:"timestamp"`
	Tags      []mispTag `json:"Tag"`
}

// mispText is a text that some exports write as a number.
type mispText string

// UnmarshalJSON takes either.
func (t *mispText) UnmarshalJSON(b []byte) error {
	*t = mispText(strings.Trim(string(b), `"`))
	return nil
}

// Decode implements publish.Decoder.
func (m *misp) Decode(raw []byte, emit func(*publish.Event)) error {
	if bytes.HasPrefix(raw, []byte{'<'}) {
		emit(&publish.Event{Kind: publish.ListMarkup})
		return nil
	}
	var doc struct {
		Event    *mispEvent `json:"Event"`
		Response []struct { // of an export over the interface
			Event *mispEvent `json:"Event"`
		} `json:"response"`
	}
	var several []struct {
		Event *mispEvent `json:"Event"`
	}
	var err error
	if bytes.HasPrefix(raw, []byte{'['}) {
		err = json.Unmarshal(raw, &several, lenientJSON)
		doc.Response = append(doc.Response, several...)
	} else {
		err = json.Unmarshal(raw, &doc, lenientJSON)
	}
	events := 0
	if err == nil && doc.Event != nil {
		doc.Response = append(doc.Response, struct {
			Event *mispEvent `json:"Event"`
		}{doc.Event})
	}
	for _, r := range doc.Response {
		if r.Event != nil {
			m.event(r.Event, emit)
			events++
		}
	}
	if err != nil || events == 0 {
		emit(&publish.Event{Kind: publish.ListBad})
		return errNoMISP
	}
	return nil
}

// lenientJSON is how JSON of strangers becomes a struct.
var lenientJSON = json.JoinOptions(lenient...)

func (m *misp) event(e *mispEvent, emit func(*publish.Event)) {
	for i := range e.Attribute {
		m.attribute(e, &e.Attribute[i], emit)
	}
	for i := range e.Object {
		if e.Object[i].Deleted {
			continue
		}
		for j := range e.Object[i].Attribute {
			m.attribute(e, &e.Object[i].Attribute[j], emit)
		}
	}
}

func (m *misp) attribute(e *mispEvent, a *mispAttribute, emit func(*publish.Event)) {
	kinds := mispKinds[a.Type]
	if a.Deleted || kinds == nil {
		return // of kinds that are no observables: file names, comments, keys of a registry
	}
	r := &m.row
	r.def = m.def
	r.begin()
	if !a.IDS { // context, not to be matched on
		r.role = cure.RoleUnknown
	}
	var bad error
	for i, part := range strings.SplitN(a.Value, "|", len(kinds)) {
		if kinds[i] == cure.KindNone {
			continue
		}
		kind := kinds[i]
		if kind == cure.KindURL && !strings.Contains(part, "://") {
			continue // a path without a host
		}
		if kind == cure.KindFingerprint {
			part = mispPrints[a.Type] + part
		}
		if kind == cure.KindASN && !strings.HasPrefix(strings.ToUpper(part), "AS") {
			part = "AS" + part
		}
		if err := r.value(kind, strings.TrimSpace(part)); err != nil {
			bad = errAttributes
		}
	}
	r.first = mispTime(e, a)
	attr(&r.ev, "event", e.UUID)
	attr(&r.ev, "info", strings.ToValidUTF8(e.Info, "\uFFFD"))
	attr(&r.ev, "org", strings.ToValidUTF8(e.Orgc.Name, "\uFFFD"))
	attr(&r.ev, "category", strings.ToValidUTF8(a.Category, "\uFFFD"))
	for _, t := range e.Tags {
		r.mispTag(t.Name)
	}
	for _, t := range a.Tags {
		r.mispTag(t.Name)
	}
	if bad != nil {
		r.refuse(bad, a.Type+": "+a.Value, emit)
	}
	r.end(emit)
}

// mispTime is when an attribute was first seen, else when it was written down,
// else the day of its event.
func mispTime(e *mispEvent, a *mispAttribute) time.Time {
	if t, ok := cellTime(a.FirstSeen); ok {
		return t
	}
	for _, s := range []string{string(a.Timestamp), string(e.Timestamp)} {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 {
			return time.Unix(n, 0).UTC()
		}
	}
	t, _ := cellTime(e.Date)
	return t
}

// mispTag takes a tag of MISP: a TLP raises the marking of the entry, a name
// of a galaxy becomes a tag of the kind the galaxy is of, others stay as they
// are written.
func (r *row) mispTag(name string) {
	lower := strings.ToLower(strings.TrimSpace(name))
	if label, ok := strings.CutPrefix(lower, "tlp:"); ok {
		var tlp cure.TLP
		if tlp.UnmarshalText([]byte(label)) == nil && tlp > r.ev.Marking.TLP {
			r.ev.Marking.TLP = tlp
		}
		return
	}
	prefix := ""
	if galaxy, value, ok := strings.Cut(lower, "="); ok {
		kind := strings.TrimPrefix(galaxy, "misp-galaxy:")
		if kind != galaxy && mispGalaxies[kind] != "" {
			prefix, lower = mispGalaxies[kind], value
		}
	}
	if o, err := ioc.Canonical(cure.KindTag, prefix+strings.Trim(lower, `"`)); err == nil && len(r.ev.Annotations) < maxTags {
		r.ev.Annotations = append(r.ev.Annotations, cure.Annotation{Tag: o})
	}
}

// mispGalaxies are the galaxies whose names are of one kind of thing.
var mispGalaxies = map[string]string{
	"malpedia": "malware:", "ransomware": "malware:", "botnet": "malware:", "banker": "malware:", "stealer": "malware:",
	"rat": "malware:", "backdoor": "malware:", "mitre-malware": "malware:", "threat-actor": "group:",
	"mitre-intrusion-set": "group:", "tool": "tool:", "mitre-tool": "tool:",
}

// mispPrints are the schemes of fingerprints.
var mispPrints = map[string]string{
	"ja3-fingerprint-md5": "ja3:", "hassh-md5": "hassh:", "hasshserver-md5": "hasshserver:", "jarm-fingerprint": "jarm:",
	"imphash": "imphash:", "ssdeep": "ssdeep:", "tlsh": "tlsh:", "telfhash": "telfhash:",
}

// mispKinds says what the parts of an attribute's value are, by its type.
// Types that are not here hold no observable.
var mispKinds = map[string][]cure.Kind{
	"ip-src": {cure.KindIP}, "ip-dst": {cure.KindIP},
	"ip-src|port": {cure.KindIP, cure.KindNone}, "ip-dst|port": {cure.KindIP, cure.KindNone},
	"domain": {cure.KindDomain}, "hostname": {cure.KindDomain}, "hostname|port": {cure.KindDomain, cure.KindNone},
	"domain|ip": {cure.KindDomain, cure.KindIP},
	"url":       {cure.KindURL}, "uri": {cure.KindURL},
	"email": {cure.KindEmail}, "email-src": {cure.KindEmail}, "email-dst": {cure.KindEmail}, "email-reply-to": {cure.KindEmail},
	"md5": {cure.KindHash}, "sha1": {cure.KindHash}, "sha256": {cure.KindHash}, "sha512": {cure.KindHash},
	"filename|md5": {cure.KindNone, cure.KindHash}, "filename|sha1": {cure.KindNone, cure.KindHash},
	"filename|sha256": {cure.KindNone, cure.KindHash}, "filename|sha512": {cure.KindNone, cure.KindHash},
	"malware-sample": {cure.KindNone, cure.KindHash},
	"vulnerability":  {cure.KindCVE}, "AS": {cure.KindASN},
	"ja3-fingerprint-md5": {cure.KindFingerprint}, "hassh-md5": {cure.KindFingerprint}, "hasshserver-md5": {cure.KindFingerprint},
	"jarm-fingerprint": {cure.KindFingerprint}, "imphash": {cure.KindFingerprint}, "ssdeep": {cure.KindFingerprint},
	"tlsh": {cure.KindFingerprint}, "telfhash": {cure.KindFingerprint},
}
