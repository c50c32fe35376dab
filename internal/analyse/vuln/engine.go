package vuln

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/hub"
)

// EngineName is the name of the engine, and the second part of its source.
const EngineName = "vuln"

// Names of what the engine says.
const (
	NoteWeakness = "estimated weakness"
	NoteSeverity = "estimated severity"
	NoteFrom     = "estimated from" // source and begin of the SHA-256 of the text
)

// code is part of the fingerprint: another number retracts what older code
// said.
const code = "2 "

// Engine makes a model an engine of the hub: it estimates every CVE that a
// record describes, those that are there when it starts and each new one. What
// it says carries the marking of the record that the text is from, and never
// takes the place of what a publisher said: it is a note of the source
// enrich/vuln with the version of the model in it.
func (m *Model) Engine() hub.Engine { return &engine{m: m} }

type engine struct{ m *Model }

// Name implements hub.Engine.
func (e *engine) Name() string { return EngineName }

// Fingerprint implements hub.Engine.
func (e *engine) Fingerprint() string { return code + e.m.Version }

// The sizes of a run.
const (
	emitAt = 256     // records that are published together at most
	queue  = 1 << 16 // events that may wait
)

// shift is one run of the engine.
type shift struct {
	*Estimator
	bench   *hub.Bench
	pending []cure.Record
	done    map[string]string // text estimated in this run, by CVE and marking
}

// Run implements hub.Engine.
func (e *engine) Run(ctx context.Context, b *hub.Bench) error {
	s := &shift{Estimator: e.m.Estimator(), bench: b, done: map[string]string{}}
	sub := b.SubscribeSaid(queue) // before the first scan, so that nothing falls between
	defer sub.Close()
	if err := s.scan(ctx); err != nil {
		return err
	}
	behind := false
	for {
		if len(s.pending) >= emitAt || !sub.Waiting() {
			if err := s.emit(ctx); err != nil {
				return err
			}
		}
		if behind && !sub.Waiting() {
			behind = false
			if err := s.scan(ctx); err != nil {
				return err
			}
			continue
		}
		ev, err := sub.Next(ctx)
		if err != nil {
			return err
		}
		switch {
		case ev.Kind == hub.EventMissed:
			b.Missed()
			behind = true
		case ev.Kind == hub.EventSaid && ev.Observable.Kind == cure.KindCVE && ev.Source != hub.EngineSource(EngineName):
			b.Looked(1)
			if err := s.look(ctx, ev.Observable); err != nil {
				return err
			}
		}
	}
}

// scan looks at every CVE that nothing was said of.
func (s *shift) scan(ctx context.Context) error {
	for k := range s.bench.Values() {
		if k.Observable.Kind != cure.KindCVE {
			continue
		}
		if err := s.look(ctx, k.Observable); err != nil {
			return err
		}
		if len(s.pending) >= emitAt {
			if err := s.emit(ctx); err != nil {
				return err
			}
		}
	}
	return s.emit(ctx)
}

func (s *shift) emit(ctx context.Context) error {
	if len(s.pending) == 0 {
		return nil
	}
	err := s.bench.Emit(ctx, s.pending)
	s.pending = s.pending[:0]
	return err
}

// description is a text about a CVE with where it is from.
type description struct {
	text    string
	rank    int // full descriptions before sentences
	source  cure.Source
	marking cure.Marking
}

// look estimates one CVE under each marking that is not covered by a less
// strict one, and again when its text has changed.
func (s *shift) look(ctx context.Context, o cure.Observable) error {
	records, err := s.bench.Records(ctx, o)
	if err != nil {
		return fmt.Errorf("estimate %s: %w", o.Value, err)
	}
	texts, ended := descriptions(o, records, func(id cure.ID) string {
		doc, err := s.bench.Document(ctx, id)
		if err != nil {
			return "" // deleted meanwhile: what the record itself says is left
		}
		return doc.Text
	})
	if len(texts)+len(ended) == 0 {
		return nil
	}
	said := map[cure.Marking]string{} // the text that the estimate of a marking is from
	for _, n := range s.bench.Said(o) {
		if n.Enricher == EngineName && n.Version == s.bench.Version && n.Name == NoteFrom {
			said[n.Marking.Or(hub.Strict)] = n.Value
		}
	}
	var have []cure.Marking
	for _, d := range texts {
		if slices.ContainsFunc(have, func(m cure.Marking) bool { return m.Join(d.marking) == d.marking }) {
			continue
		}
		have = append(have, d.marking)
		s.renew(o, d, said[d.marking])
	}
	for _, d := range ended {
		if from := said[d.marking]; strings.HasPrefix(from, string(d.source)+" ") {
			s.retract(o, d.marking, from, "the record was withdrawn")
		}
	}
	return nil
}

// retract takes back what was said from a text.
func (s *shift) retract(o cure.Observable, m cure.Marking, from, why string) {
	s.pending = append(s.pending, cure.Record{Controls: []cure.Control{{
		Op: cure.OpDelete, Record: recordID(o, m, from), Reason: why, Author: EngineName,
	}}})
}

// renew estimates from a text, and takes back what was said of the one before.
func (s *shift) renew(o cure.Observable, d description, before string) {
	key := o.Value + " " + d.marking.String()
	if last, ok := s.done[key]; ok {
		before = last // what was emitted may not be applied yet
	}
	from := d.name()
	if before == from {
		return
	}
	if len(s.done) >= queue {
		clear(s.done)
	}
	s.done[key] = from
	if before != "" {
		s.retract(o, d.marking, before, "the text has changed")
	}
	if rec, ok := s.note(o, d); ok {
		s.pending = append(s.pending, rec)
	}
}

// recordID is that of what is said of a CVE under a marking, from a text.
func recordID(o cure.Observable, m cure.Marking, from string) cure.ID {
	return cure.NewID("enrich", EngineName, o.Value, m.String(), from)
}

// name tells a text from the one before of the same source.
func (d *description) name() string {
	sum := sha256.Sum256([]byte(d.text))
	return string(d.source) + " " + hex.EncodeToString(sum[:6])
}

// descriptions returns the English texts about a CVE, least strict marking
// first, of one marking the best. A record that several CVEs stand in is about
// none of them in particular, unless it is a record of its own. Of the records
// of one source under one marking the newest counts; ended are those that say
// that there is no such vulnerability.
// Of a report the sentences count that name the CVE; body reads its text.
func descriptions(o cure.Observable, records []hub.Opened, body func(id cure.ID) string) (all, ended []description) {
	type origin struct {
		source  cure.Source
		marking cure.Marking
	}
	newest := map[origin]bool{}
	for i := range records {
		r := &records[i]
		d := description{source: r.Source, marking: r.Marking.Or(hub.Strict)}
		rejected := false
		for _, a := range r.Attrs {
			switch a.Name {
			case "description":
				d.text, d.rank = a.Value, 2
			case "state":
				rejected = a.Value != ""
			}
		}
		if d.rank == 2 || rejected {
			from := origin{d.source, d.marking}
			if newest[from] {
				continue
			}
			newest[from] = true
		}
		if rejected {
			ended = append(ended, d)
		}
		for _, a := range r.Annotations {
			if d.rank < 2 && (a.Tag == o || a.Subject == o) && len(a.Sentence) > len(d.text) && strings.Contains(a.Sentence, o.Value) {
				d.text, d.rank = a.Sentence, 1
			}
		}
		if d.rank == 0 && len(r.Documents) > 0 {
			d.text, d.rank = sentencesWith(body(r.Documents[0].ID), o.Value), 1
		}
		if d.text != "" && !rejected && Language(d.text) == "" {
			all = append(all, d)
		}
	}
	slices.SortStableFunc(all, func(a, b description) int {
		return cmp.Or(strictness(a.marking)-strictness(b.marking), b.rank-a.rank, len(b.text)-len(a.text))
	})
	return all, ended
}

// maxSentences bounds what is taken of a report, in bytes.
const maxSentences = 4 << 10

// sentencesWith returns the sentences of a text that name a value.
func sentencesWith(text, value string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.Contains(line, value) {
			continue
		}
		for sentence := range strings.SplitSeq(line, ". ") {
			if strings.Contains(sentence, value) && b.Len()+len(sentence) < maxSentences {
				b.WriteString(strings.TrimSpace(sentence) + ". ")
			}
		}
	}
	return strings.TrimSpace(b.String())
}

// strictness orders markings so that a covering one comes first.
func strictness(m cure.Marking) int {
	n := int(m.TLP)*100 + int(m.PAP)*10 + int(m.Licence)
	if m.Personal {
		n++
	}
	if m.Orgs != "" {
		n += 1000
	}
	return n
}

// note writes an estimate as a record; false when nothing can be said.
func (s *shift) note(o cure.Observable, d description) (cure.Record, bool) {
	a := s.Explain(o.Value, d.text)
	if a.Type == nil && a.CVSS == nil {
		return cure.Record{}, false
	}
	now := s.bench.Now()
	say := func(name, value string, score float64, why string) cure.Enrichment {
		return cure.Enrichment{
			Subject: o, Enricher: EngineName, Version: s.bench.Version, Name: name, Value: value,
			Score: float32(score), Time: now, Why: "estimate by model " + a.Model + " from the text of " + string(d.source) + ": " + why,
		}
	}
	rec := cure.Record{Marking: d.marking, ID: recordID(o, d.marking, d.name())}
	rec.Enrichments = []cure.Enrichment{say(NoteFrom, d.name(), 0, "so that a changed text is seen")}
	if a.Type != nil {
		rec.Enrichments = append(rec.Enrichments, say(NoteWeakness, a.Type.ID.String()+" "+a.Type.Name, a.Type.Mass, whyType(&a)))
	} else {
		rec.Enrichments = append(rec.Enrichments, say(NoteWeakness, "cannot tell", 0, a.Unsure+likeliest(a.Top)))
	}
	if v := a.CVSS; v != nil {
		why := fmt.Sprintf("%s; expected %.1f, 80 of 100 between %.1f and %.1f", v.Vector, v.Expected, v.Low, v.High)
		rec.Enrichments = append(rec.Enrichments, say(NoteSeverity, fmt.Sprintf("%.1f %s", v.Median, v.Band), v.Bands[v.Band], why))
	}
	return rec, true
}

// whyType says in a sentence why the type is what it is.
func whyType(a *Answer) string {
	var path []string
	for _, n := range a.Path {
		path = append(path, fmt.Sprintf("%s %.2f", n.ID, n.Mass))
	}
	why := strings.Join(path, " > ")
	if a.Right != nil {
		why += fmt.Sprintf("; answers at this confidence were right in %.0f of 100 development cases", 100*a.Right.Right)
	}
	if a.Type.Usage >= Discouraged {
		why += fmt.Sprintf("; mapping to it is %s, look at %v", strings.ToLower(a.Type.Usage.String()), a.Type.Suggest)
	}
	if a.Reasons != nil {
		why += "; words: " + strings.Join(strong(a.Reasons.Words), ", ")
		if s := a.Reasons.Similar; len(s) > 0 {
			why += fmt.Sprintf("; reads like %s (%s)", s[0].ID, s[0].Type)
		}
	}
	return why
}

// strong are the words that spoke most for the answer.
func strong(words []Word) []string {
	words = slices.Clone(words)
	slices.SortStableFunc(words, func(a, b Word) int { return cmp.Compare(b.Weight, a.Weight) })
	var said []string
	for _, w := range words {
		if w.Weight > 0 && len(said) < 4 {
			said = append(said, strings.ToLower(w.Text))
		}
	}
	return said
}

func likeliest(top []Node) string {
	if len(top) == 0 {
		return ""
	}
	return fmt.Sprintf("; likeliest label %s (%.2f)", top[0].ID, top[0].Mass)
}
