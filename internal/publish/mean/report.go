package mean

import (
	"regexp"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// report makes the event of a text: its indicators, each tied to what the
// sentence names and to what the text is about, and its tags among themselves.
type report struct {
	names *lexicon
	ev    *publish.Event
	cache map[string][]cure.Observable // tags of a sentence
	at    map[[2]cure.Observable]int   // annotations, by their ends
	about []cure.Observable            // what the text is about
}

// How sure a tie of two tags of one sentence is; those of indicators are those
// of reference documents.
const tieTags = 40

// Limits of one text.
const (
	maxAbout    = 8  // names of which every indicator is told, when no title says which
	maxTagTies  = 64 // between tags
	maxTagsSeen = 256
)

// read fills in an event with what a page says. The event keeps nothing of an
// earlier one.
func (d *report) read(ev *publish.Event, p *page) {
	d.ev, d.cache, d.at = ev, map[string][]cure.Observable{}, map[[2]cure.Observable]int{}
	*ev = publish.Event{
		Kind: "text", Time: p.date, Key: fingerprintOf(p.text), Body: p.text,
		Attrs: ev.Attrs[:0], Annotations: ev.Annotations[:0], Observations: ev.Observations[:0],
	}
	ev.Marking.TLP = p.tlp
	ev.Document = &cure.Document{Title: p.title, URL: p.url, Language: p.language}
	if p.url != "" {
		ev.Document.ID = DocumentID(p.url)
	}
	tags := d.subjects(p)
	found := indicators(p.text, p.url)
	seen := map[cure.Observable]bool{}
	for _, in := range found {
		if !seen[in.o] {
			seen[in.o] = true
			ev.Observations = append(ev.Observations, cure.Observation{Observable: in.o})
		}
		for _, tag := range d.of(in.sentence) {
			d.tie(in.o, tag, tieSentence, in)
		}
	}
	for _, in := range found {
		for _, tag := range d.about {
			d.tie(in.o, tag, tieText, in)
		}
	}
	for _, tag := range tags {
		ev.Observations = append(ev.Observations, cure.Observation{Observable: tag})
	}
	d.attr("title", p.title)
	d.attr("url", p.url)
	d.attr("language", p.language)
	for _, tag := range tags[:min(len(tags), maxKeywords)] {
		d.attr("keyword", tag.Value)
	}
}

// subjects returns the tags of the text, finds out what it is about, and ties
// tags that stand in one sentence.
func (d *report) subjects(p *page) []cure.Observable {
	d.about = nil
	var tags []cure.Observable
	have := map[cure.Observable]bool{}
	take := func(list []cure.Observable) {
		for _, t := range list {
			if !have[t] && len(tags) < maxTagsSeen {
				have[t], tags = true, append(tags, t)
			}
		}
	}
	for _, k := range p.keywords {
		named := d.of(k)
		if t := keywordTag(k); len(named) == 0 && !t.IsZero() {
			named = []cure.Observable{t}
		}
		take(named)
	}
	take(d.of(p.title))
	d.about = tags[:len(tags):len(tags)]
	ties := 0
	for line := range strings.Lines(p.text) {
		for _, s := range sentences(line) {
			list := d.of(s)
			take(list)
			if ties < maxTagTies {
				ties += d.together(list, s)
			}
		}
	}
	if len(d.about) == 0 && len(tags) <= maxAbout {
		d.about = tags
	}
	return tags
}

// of returns the tags of a sentence.
func (d *report) of(s string) []cure.Observable {
	tags, ok := d.cache[s]
	if !ok {
		tags = d.names.tags(s)
		d.cache[s] = tags
	}
	return tags
}

// together ties names of one sentence to its techniques, CVEs and other names.
func (d *report) together(list []cure.Observable, sentence string) int {
	n := 0
	for _, who := range list {
		if !actor(who) {
			continue
		}
		for _, what := range list {
			if what != who && (!actor(what) || who.Value < what.Value) {
				d.tie(who, what, tieTags, indicator{sentence: cutText(strings.TrimSpace(sentence), maxSentence)})
				n++
			}
		}
	}
	return n
}

// actor reports whether a tag is of something that acts.
func actor(o cure.Observable) bool {
	kind, _, ok := strings.Cut(o.Value, ":")
	switch kind {
	case "malware", "group", "campaign", "tool":
		return ok && o.Kind == cure.KindTag
	}
	return false
}

// tie adds an annotation unless a surer one is there.
func (d *report) tie(subject, tag cure.Observable, confidence uint8, in indicator) {
	ends := [2]cure.Observable{subject, tag}
	if i, ok := d.at[ends]; ok {
		if a := &d.ev.Annotations[i]; a.Confidence >= confidence {
			return
		}
	} else if len(d.ev.Annotations) >= maxTiesOfDoc {
		return
	} else {
		d.at[ends] = len(d.ev.Annotations)
		d.ev.Annotations = append(d.ev.Annotations, cure.Annotation{})
	}
	d.ev.Annotations[d.at[ends]] = cure.Annotation{
		Subject: subject, Tag: tag, Confidence: confidence, Sentence: in.sentence,
		SpanStart: uint32(in.start), SpanEnd: uint32(in.end),
	}
}

func (d *report) attr(name, value string) {
	if value != "" {
		d.ev.Attrs = append(d.ev.Attrs, cure.Attr{Name: name, Value: cutText(strings.ToValidUTF8(value, "\uFFFD"), maxSentence)})
	}
}

// sentences cuts a line at the ends of its sentences.
func sentences(line string) []string {
	var all []string
	for line != "" {
		end := len(line)
		for _, stop := range []string{". ", "! ", "? ", "。"} {
			if i := strings.Index(line, stop); i >= 0 && i+len(stop) < end {
				end = i + len(stop)
			}
		}
		if s := strings.TrimSpace(line[:end]); s != "" {
			all = append(all, s)
		}
		line = line[end:]
	}
	return all
}

// fingerprintOf names a text whatever its white space.
func fingerprintOf(text string) string { return cure.NewID("text", oneLine(text)).String() }

var (
	tlpLabel = regexp.MustCompile(`(?i)\bTLP:\s?(CLEAR|WHITE|GREEN|AMBER\+STRICT|AMBER|RED)\b`)
	dateText = regexp.MustCompile(`(20[0-9]{2})[-/.年]\s?([0-9]{1,2})[-/.月]\s?([0-9]{1,2})`)
	ownLine  = regexp.MustCompile(`^([A-Za-z]{3,10})\s*[:：]\s*(.+)$`)
)
