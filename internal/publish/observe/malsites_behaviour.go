package observe

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
)

// The bounds of what is kept of a sandbox's judgement.
const (
	maxSignatures = 64
	maxSignature  = 240 // bytes of one
	maxTechniques = 32

	// techniqueConfidence is that of a technique a sandbox's rule names.
	techniqueConfidence = 50
)

// sandboxRule is what CAPE and Cuckoo say of one that matched. What it matched
// on (paths, registry keys, calls) is not kept: names of people stand in it.
type sandboxRule struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Severity    jsontext.Value `json:"severity"`
	TTP         jsontext.Value `json:"ttp"`  // Cuckoo 2: an object by technique, or a list
	TTPs        jsontext.Value `json:"ttps"` // some forks of CAPE
}

// behaviour notes which signatures matched a file, and the techniques that they
// and the report name.
func (d *malsites) behaviour(r *sandboxReport, file cure.Observable) {
	var list []jsontext.Value
	if json.Unmarshal(r.Signatures, &list, lenientList) != nil {
		list = nil // another form says nothing
	}
	said := map[string]string{} // technique: by which signature
	for _, raw := range bounded(&d.ev, "signatures", list, maxSignatures) {
		var s sandboxRule
		if json.Unmarshal(raw, &s, lenientList) != nil || s.Name == "" {
			continue
		}
		attr(&d.ev, "signature", s.text())
		for _, id := range append(techniquesIn(s.TTP), techniquesIn(s.TTPs)...) {
			if said[id] == "" {
				said[id] = s.text()
			}
		}
	}
	for _, id := range techniquesIn(r.Techniques) {
		if said[id] == "" {
			said[id] = "a signature of the sandbox names it"
		}
	}
	ids := sortedKeys(said)
	for _, id := range bounded(&d.ev, "techniques", ids, maxTechniques) {
		if tag, err := ioc.Canonical(cure.KindTag, id); err == nil {
			d.ev.Annotations = append(d.ev.Annotations, cure.Annotation{Subject: file, Tag: tag, Confidence: techniqueConfidence, Sentence: said[id]})
		}
	}
}

// text is one line: "name: description (severity 3)".
func (s *sandboxRule) text() string {
	line := strings.Join(strings.Fields(s.Name+": "+s.Description), " ")
	line = strings.TrimSuffix(line, ":")
	if len(line) > maxSignature {
		line = strings.ToValidUTF8(line[:maxSignature], "") + "…"
	}
	if n := string(s.Severity); n != "" && len(n) == 1 && digitsOnly(n) {
		line += fmt.Sprintf(" (severity %s)", n)
	}
	return line
}

var techniqueText = regexp.MustCompile(`"T[0-9]{4}(?:\.[0-9]{3})?"`)

// techniquesIn finds the techniques in a value of whatever form: a list of
// numbers, of objects with one or several of them, an object by number.
func techniquesIn(v jsontext.Value) (ids []string) {
	for _, m := range techniqueText.FindAll(v, 4*maxTechniques) {
		ids = append(ids, string(m[1:len(m)-1]))
	}
	return ids
}
