package mean

import (
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// object is what is used of a STIX 2.0 or 2.1 object as ATT&CK and CAPEC write
// it.
type object struct {
	Type       string      `json:"type"`
	ID         string      `json:"id"`
	Created    string      `json:"created"`
	Modified   string      `json:"modified"`
	Name       string      `json:"name"`
	Text       string      `json:"description"`
	Aliases    []string    `json:"aliases"`
	XAliases   []string    `json:"x_mitre_aliases"`
	Revoked    bool        `json:"revoked"`
	Deprecated bool        `json:"x_mitre_deprecated"`
	Status     string      `json:"x_capec_status"`
	Domains    []string    `json:"x_mitre_domains"`
	Version    string      `json:"x_mitre_version"`
	Shortname  string      `json:"x_mitre_shortname"`
	Phases     []phase     `json:"kill_chain_phases"`
	References []reference `json:"external_references"`

	Relation string `json:"relationship_type"`
	From     string `json:"source_ref"`
	To       string `json:"target_ref"`

	// Of a stored reference document, see referenceLine.
	URL      string    `json:"url"`
	Title    string    `json:"title"`
	Language string    `json:"language"`
	Failed   string    `json:"failed"`
	Keywords []Keyword `json:"keywords"`

	modified time.Time
}

type phase struct {
	Chain string `json:"kill_chain_name"`
	Name  string `json:"phase_name"`
}

type reference struct {
	Source string `json:"source_name"`
	ID     string `json:"external_id"`
	URL    string `json:"url"`
	Text   string `json:"description"`
}

var (
	errBroken   = errors.New("broken JSON")
	errShape    = errors.New("a field of the object has another type than STIX says")
	errNoID     = errors.New("STIX object without type or id")
	errTime     = errors.New("STIX object without the time of its last change")
	errNoNumber = errors.New("object without a number or a name of its catalogue")
	errEnds     = errors.New("relationship without both ends")
)

// lenient reads JSON as it comes from anywhere: broken UTF-8 is replaced, the
// last of doubled names wins.
var lenient = json.JoinOptions(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))

// readObject reads one object; nil without error: a type that is not used.
func readObject(raw []byte) (*object, error) {
	var head struct {
		Type string `json:"type"`
	}
	o := &object{}
	if err := json.Unmarshal(raw, &head, lenient); err != nil {
		if !jsontext.Value(raw).IsValid(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)) {
			return nil, errBroken
		}
		return nil, errShape
	}
	if head.Type == "" {
		return nil, errNoID
	}
	if _, used := kindsOfObjects[head.Type]; !used && head.Type != typeRelationship && head.Type != typeReference {
		return nil, nil
	}
	if err := json.Unmarshal(raw, o, lenient); err != nil {
		return nil, errShape
	}
	return o, o.check()
}

func (o *object) check() error {
	if o.Type == typeReference {
		return nil
	}
	if o.ID == "" || len(o.ID) > maxID {
		return errNoID
	}
	when := o.Modified
	if when == "" {
		when = o.Created
	}
	t, err := time.Parse(time.RFC3339, when)
	if err != nil || t.Year() < 1990 {
		return errTime
	}
	o.modified = t.UTC()
	if o.Type == typeRelationship && (o.From == "" || o.To == "" || len(o.From) > maxID || len(o.To) > maxID) {
		return errEnds
	}
	return nil
}

// number returns the id that the catalogue itself gives, and its page.
func (o *object) number() (id, url string) {
	for _, r := range o.References {
		switch r.Source {
		case "mitre-attack", "mitre-mobile-attack", "mitre-ics-attack", "mitre-mobile", "mitre-ics", "capec":
			if r.ID != "" {
				return strings.ToLower(strings.TrimSpace(r.ID)), r.URL
			}
		}
	}
	return "", ""
}

// gone reports whether the catalogue does not stand by the object any more.
func (o *object) gone() bool { return o.Revoked || o.Deprecated || o.Status == "Deprecated" }

const (
	typeRelationship = "relationship"
	typeReference    = "x-cure-reference"

	maxID      = 120
	maxAliases = 64  // of one object; more are cut, and the record says so
	maxCites   = 256 // references of one object
)

// kindsOfObjects says which kind of tag the objects of a type become; "": by
// number.
var kindsOfObjects = map[string]string{
	"attack-pattern":   "",
	"x-mitre-tactic":   "",
	"course-of-action": "",
	"intrusion-set":    "group",
	"malware":          "malware",
	"tool":             "tool",
	"campaign":         "campaign",
}
