package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// Attack is a made-up extract of a catalogue of techniques: numbers and names
// of the techniques that the two campaigns use, and what is fictional in it.
const Attack cure.Source = "attack/demo"

type stixObject struct {
	Type       string          `json:"type"`
	ID         string          `json:"id"`
	Modified   string          `json:"modified"`
	Name       string          `json:"name,omitempty"`
	Text       string          `json:"description,omitempty"`
	Aliases    []string        `json:"aliases,omitempty"`
	XAliases   []string        `json:"x_mitre_aliases,omitempty"`
	Relation   string          `json:"relationship_type,omitempty"`
	From       string          `json:"source_ref,omitempty"`
	To         string          `json:"target_ref,omitempty"`
	References []stixReference `json:"external_references,omitempty"`
}

type stixReference struct {
	Source string `json:"source_name"`
	ID     string `json:"external_id,omitempty"`
	URL    string `json:"url,omitempty"`
	Text   string `json:"description,omitempty"`
}

// storyTechniques are those of the story, with their names.
var storyTechniques = [][2]string{
	{"T1190", "Exploit Public-Facing Application"},
	{"T1110", "Brute Force"},
	{"T1110.001", "Password Guessing"},
	{"T1105", "Ingress Tool Transfer"},
	{"T1498", "Network Denial of Service"},
	{"T1498.002", "Reflection Amplification"},
	{"T1566", "Phishing"},
	{"T1566.001", "Spearphishing Attachment"},
	{"T1059", "Command and Scripting Interpreter"},
	{"T1021", "Remote Services"},
}

// attack tells what the catalogue knows: the techniques of both campaigns, the
// names of Kagerou, and no group.
func attack(t *teller) {
	b := stixBundle{t: t, at: t.time(begin - 24*time.Hour)}
	b.thing("malware", "S9901", "Kagerou", "SYNTHETIC: bot for web cameras.", "カゲロウ", "陽炎", "KageBot")
	b.thing("campaign", "C9902", "Sazanami", "SYNTHETIC: targeted mails with invoices.")
	for _, x := range storyTechniques {
		b.thing("attack-pattern", x[0], x[1], "SYNTHETIC extract.")
		if parent, _, ok := strings.Cut(x[0], "."); ok {
			b.tie("subtechnique-of", x[0], parent, "")
		}
	}
	for technique, what := range map[string]string{
		"T1190":     "SYNTHETIC: Kagerou enters web cameras by a flaw of their web server.",
		"T1110.001": "SYNTHETIC: Kagerou logs in with factory passwords.",
		"T1105":     "SYNTHETIC: Kagerou fetches itself from " + Loader + ".",
		"T1498.002": "SYNTHETIC: Kagerou floods victims over reflectors.",
	} {
		b.tie("uses", "S9901", technique, what)
	}
	for technique, what := range map[string]string{
		"T1566.001": "SYNTHETIC: Sazanami sends invoices as attachments.",
		"T1059":     "SYNTHETIC: the document starts a script.",
		"T1021":     "SYNTHETIC: Sazanami moves on with stolen accounts.",
	} {
		b.tie("uses", "C9902", technique, what)
	}
	b.file()
	for _, group := range []string{"group:kagerou", "group:sazanami"} {
		t.facts.forbid(Forbidden{
			Observable: cure.Observable{Kind: cure.KindTag, Value: group}, Why: "no catalogue knows a group behind it",
		})
	}
}

// stixBundle collects objects.
type stixBundle struct {
	t       *teller
	at      time.Time
	objects []stixObject
}

// stixID makes the id of the object with a number.
func stixID(number string) string {
	kind := map[byte]string{'S': "malware", 'C': "campaign", 'T': "attack-pattern"}[number[0]]
	h := Hash("stix " + number)
	return fmt.Sprintf("%s--%s-%s-4%s-8%s-%s", kind, h[:8], h[8:12], h[12:15], h[15:18], h[18:30])
}

func (b *stixBundle) thing(kind, number, name, text string, aliases ...string) {
	o := stixObject{
		Type: kind, ID: stixID(number), Modified: b.at.UTC().Format(time.RFC3339), Name: name, Text: text,
		References: []stixReference{{Source: "mitre-attack", ID: number}},
	}
	if kind == "malware" {
		o.XAliases = append([]string{name}, aliases...)
	} else {
		o.Aliases = aliases
	}
	b.objects = append(b.objects, o)
}

func (b *stixBundle) tie(relation, from, to, text string) {
	b.objects = append(b.objects, stixObject{
		Type: "relationship", ID: "relationship--" + Hash(relation + from + to)[:32], Modified: b.at.UTC().Format(time.RFC3339),
		Relation: relation, From: stixID(from), To: stixID(to), Text: text,
	})
}

// file ends the bundle, its objects in order of their ids.
func (b *stixBundle) file() {
	sortStix(b.objects)
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(map[string]any{"type": "bundle", "id": "bundle--" + Hash("bundle")[:32], "spec_version": "2.1", "objects": b.objects})
	if err != nil {
		panic(fmt.Sprintf("scenario: bundle: %v", err)) // structs of ours
	}
	b.t.facts.lines(Attack, len(b.objects))
	b.t.input(Attack, "demo-attack.json", b.t.time(begin), out.Bytes())
}

func sortStix(objects []stixObject) {
	slices.SortFunc(objects, func(a, b stixObject) int { return strings.Compare(a.ID, b.ID) })
}
