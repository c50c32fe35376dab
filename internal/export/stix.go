package export

import (
	"cmp"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

// MediaSTIX is the media type of a STIX 2.1 bundle.
const MediaSTIX = "application/stix+json;version=2.1"

// Sheet is what a bundle tells: answers, and what holds them together.
type Sheet struct {
	Producer string          // who says so: the name of the own organisation
	Now      time.Time       // of the export
	Title    string          // of a case or campaign, which becomes a grouping; "": none
	About    string          // its description
	Key      string          // tells it from others: its id
	Marking  cure.Marking    // of the title, at least
	Answers  []access.Answer // those that are not known are left out
	Cut      int             // answers that did not find room; the bundle says so
}

// STIX writes a bundle of STIX 2.1 (OASIS standard of 2021-06-10): cyber
// observables with how often they were observed, indicators with a pattern for
// what acted hostile or stands on a list, names of malware, groups, techniques
// and vulnerabilities with what ties them, and notes of enrichers. Every object
// carries the TLP of what it was made from, and the rest of the marking as a
// statement. What an analyst overruled, or called harmless, is no indicator.
//
// Ids are computed from content (UUID version 5), so that a receiver who gets a
// value again updates it. Linear in the answers; everything is in memory once.
func STIX(w io.Writer, s Sheet) error {
	b := newBundle(s)
	for i := range s.Answers {
		b.answer(&s.Answers[i])
	}
	b.frame()
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(struct {
		Type    string       `json:"type"`
		ID      string       `json:"id"`
		Objects []stixObject `json:"objects"`
	}{"bundle", b.id("bundle", s.Key, s.Title, stixStamp(s.Now)), b.all()})
}

// stixObject is an object of any type; what a type does not have is left out.
type stixObject struct {
	Type        string            `json:"type"`
	Spec        string            `json:"spec_version"`
	ID          string            `json:"id"`
	CreatedBy   string            `json:"created_by_ref,omitempty"`
	Created     string            `json:"created,omitempty"`
	Modified    string            `json:"modified,omitempty"`
	Name        string            `json:"name,omitempty"`
	Description string            `json:"description,omitempty"`
	Class       string            `json:"identity_class,omitempty"`
	Family      *bool             `json:"is_family,omitempty"`
	Types       []string          `json:"indicator_types,omitempty"`
	Pattern     string            `json:"pattern,omitempty"`
	PatternType string            `json:"pattern_type,omitempty"`
	ValidFrom   string            `json:"valid_from,omitempty"`
	Labels      []string          `json:"labels,omitempty"`
	Confidence  uint8             `json:"confidence,omitempty"`
	First       string            `json:"first_observed,omitempty"`
	Last        string            `json:"last_observed,omitempty"`
	Number      uint64            `json:"number_observed,omitempty"`
	Relation    string            `json:"relationship_type,omitempty"`
	From        string            `json:"source_ref,omitempty"`
	To          string            `json:"target_ref,omitempty"`
	Context     string            `json:"context,omitempty"`
	Abstract    string            `json:"abstract,omitempty"`
	Content     string            `json:"content,omitempty"`
	Value       string            `json:"value,omitempty"`
	AS          int64             `json:"number,omitempty"`
	Hashes      map[string]string `json:"hashes,omitempty"`
	References  []stixReference   `json:"external_references,omitempty"`
	Refs        []string          `json:"object_refs,omitempty"`
	Definition  map[string]string `json:"definition,omitempty"`
	DefinedAs   string            `json:"definition_type,omitempty"`
	Extensions  map[string]any    `json:"extensions,omitempty"`
	Markings    []string          `json:"object_marking_refs,omitempty"`

	marking cure.Marking
}

type stixReference struct {
	Source string `json:"source_name"`
	ID     string `json:"external_id"`
}

// bundle gathers objects by id; one that comes again takes the stricter
// marking.
type bundle struct {
	sheet   Sheet
	self    string // id of the producer
	objects map[string]*stixObject
}

func newBundle(s Sheet) *bundle {
	b := &bundle{sheet: s, objects: map[string]*stixObject{}}
	b.self = b.id("identity", s.Producer)
	return b
}

// put adds an object that somebody says (not a cyber observable).
func (b *bundle) put(o stixObject, m cure.Marking) string {
	o.CreatedBy = b.self
	if o.Created == "" {
		o.Created = stixStamp(b.sheet.Now)
	}
	if o.Modified == "" {
		o.Modified = o.Created
	}
	return b.add(o, m)
}

func (b *bundle) add(o stixObject, m cure.Marking) string {
	o.Spec, o.marking = "2.1", m
	if old := b.objects[o.ID]; old != nil {
		old.marking = old.marking.Join(m)
		return o.ID
	}
	b.objects[o.ID] = &o
	return o.ID
}

func (b *bundle) relate(from, relation, to string, confidence uint8, m cure.Marking) {
	b.put(stixObject{
		Type: "relationship", ID: b.id("relationship", from, relation, to),
		Relation: relation, From: from, To: to, Confidence: min(confidence, 100),
	}, m)
}

// answer adds what is known of one value.
func (b *bundle) answer(a *access.Answer) {
	if !a.Known {
		return
	}
	m := strictest(a)
	subject := ""
	sco, ok := observableOf(a.Observable)
	switch {
	case ok:
		subject = b.add(sco, m)
		seen := b.observed(a, subject, m)
		if ind := b.indicator(a, m); ind != "" {
			if seen != "" {
				b.relate(ind, "based-on", seen, 0, m)
			}
			subject = ind
		}
	default:
		if subject = b.named(a.Observable, m); subject == "" {
			return // a port or a fingerprint has no object of its own
		}
	}
	for i := range a.Tied {
		t := &a.Tied[i]
		if t.Overruled != nil || t.Tag == a.Observable {
			continue
		}
		mt := m.Join(t.Marking)
		if to := b.named(t.Tag, mt); to != "" {
			b.relate(subject, relationOf(subject, to), to, t.Confidence, mt)
		}
	}
	for i := range a.Notes {
		n := &a.Notes[i]
		if n.Overruled == nil {
			b.put(stixObject{
				Type: "note", ID: b.id("note", subject, n.Enricher, n.Name, n.Value), Created: stixStamp(n.Time),
				Abstract: n.Name, Content: strings.TrimSuffix(n.Value+": "+n.Why, ": "), Refs: []string{subject},
			}, m.Join(n.Marking))
		}
	}
}

// strictest is the marking of all that is said of the value itself.
func strictest(a *access.Answer) (m cure.Marking) {
	for i := range a.Sights {
		m = m.Join(a.Sights[i].Marking)
	}
	if len(a.Sights) == 0 {
		for i := range a.Tied {
			m = m.Join(a.Tied[i].Marking)
		}
	}
	return m
}

func (b *bundle) observed(a *access.Answer, sco string, m cure.Marking) string {
	if a.First.IsZero() || a.Count == 0 {
		return ""
	}
	return b.put(stixObject{
		Type: "observed-data", ID: b.id("observed-data", sco), Created: stixStamp(a.First), Modified: stixStamp(a.Last),
		First: stixStamp(a.First), Last: stixStamp(a.Last), Number: min(a.Count, 999_999_999), Refs: []string{sco},
	}, m)
}

// indicator says that seeing the value means something, where sources saw it
// act hostile or list it, and nobody decided otherwise.
func (b *bundle) indicator(a *access.Answer, m cure.Marking) string {
	pattern := patternOf(a.Observable)
	if pattern == "" || a.Suppressed() != nil || !accused(a) {
		return ""
	}
	var who, roles []string
	for i := range a.Sights {
		who = append(who, string(a.Sights[i].Source))
	}
	for _, r := range a.Roles {
		if r != cure.RoleUnknown {
			roles = append(roles, r.String())
		}
	}
	about := "known to " + strconv.Itoa(len(who)) + " sources"
	if len(roles) > 0 {
		about += ", observed as " + strings.Join(roles, ", ")
	}
	return b.put(stixObject{
		Type: "indicator", ID: b.id("indicator", a.Observable.String()), Created: stixStamp(a.First), Modified: stixStamp(a.Last),
		Name: a.Observable.Value, Description: about, Types: []string{"malicious-activity"},
		Pattern: pattern, PatternType: "stix", ValidFrom: stixStamp(a.First),
	}, m)
}

func accused(a *access.Answer) bool {
	if v := a.Verdict(); v != nil {
		return v.Value == "malicious" || v.Value == "suspicious"
	}
	for _, r := range a.Roles {
		if r.Hostile() {
			return true
		}
	}
	return slices.ContainsFunc(a.Sights, func(s access.SourceSight) bool { return s.Listed && !s.Ended && s.Overruled == nil })
}

// frame adds what holds the bundle together: the case, and what was left out.
func (b *bundle) frame() {
	var refs []string
	m := b.sheet.Marking
	for _, o := range b.sorted() {
		refs = append(refs, o.ID)
		m = m.Join(o.marking)
	}
	if b.sheet.Title != "" && len(refs) > 0 {
		b.put(stixObject{
			Type: "grouping", ID: b.id("grouping", b.sheet.Key), Name: b.sheet.Title, Description: b.sheet.About,
			Context: "suspicious-activity", Refs: refs,
		}, m)
	}
	b.objects[b.self] = &stixObject{
		Type: "identity", Spec: "2.1", ID: b.self, Created: markingsMade, Modified: markingsMade, Name: b.sheet.Producer, Class: "organization",
	}
	if b.sheet.Cut > 0 {
		b.put(stixObject{
			Type: "note", ID: b.id("note", "cut", stixStamp(b.sheet.Now)), Refs: []string{b.self},
			Abstract: "not everything", Content: strconv.Itoa(b.sheet.Cut) + " values or more did not find room in this bundle",
		}, m)
	}
}

// sorted returns the objects in an order that does not change.
func (b *bundle) sorted() []*stixObject {
	var all []*stixObject
	for _, o := range b.objects {
		all = append(all, o)
	}
	slices.SortFunc(all, func(x, y *stixObject) int { return cmp.Or(cmp.Compare(x.Type, y.Type), cmp.Compare(x.ID, y.ID)) })
	return all
}

// all returns the objects with their markings, the definitions of these first.
func (b *bundle) all() []stixObject {
	defined := map[string]stixObject{}
	var said []stixObject
	for _, o := range b.sorted() {
		if o.ID != b.self {
			for _, d := range definitions(o.marking) {
				defined[d.ID] = d
				o.Markings = append(o.Markings, d.ID)
			}
		}
		said = append(said, *o)
	}
	var out []stixObject
	for _, d := range defined {
		out = append(out, d)
	}
	slices.SortFunc(out, func(x, y stixObject) int { return cmp.Compare(x.ID, y.ID) })
	return append(out, said...)
}

func stixStamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
