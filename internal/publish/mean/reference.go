package mean

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// Reference is a stored document that a catalogue refers to, as text.
type Reference struct {
	URL      string
	Title    string
	Date     time.Time // of the document, else of its copy
	Language string    // BCP 47, "" unknown
	Text     string
	Keywords []Keyword // whose pages refer to it
	Failed   string    // why it could not be read, "" when it was
}

// Keyword is [publish.Keyword].
type Keyword = publish.Keyword

// MaxReferenceText bounds the text of a document in bytes; what is longer is
// cut.
const MaxReferenceText = 384 << 10

// Limits of one document.
const (
	maxKeywords  = 32
	maxNamesUsed = 32
	maxTiesOfDoc = 4096
	partTies     = 128 // annotations of one part of its record
)

// Line writes the document as a raw record of publisher attack.
func (r *Reference) Line() ([]byte, error) {
	k := r.Keywords[:min(len(r.Keywords), maxKeywords)]
	line := struct {
		Type     string    `json:"type"`
		URL      string    `json:"url"`
		Title    string    `json:"title,omitempty"`
		Modified string    `json:"modified"`
		Language string    `json:"language,omitempty"`
		Failed   string    `json:"failed,omitempty"`
		Keywords []Keyword `json:"keywords,omitempty"`
		Text     string    `json:"description,omitempty"`
	}{
		typeReference, r.URL, cutText(r.Title, maxTitle), r.Date.UTC().Format(time.RFC3339), r.Language, r.Failed, k,
		cutText(strings.ToValidUTF8(r.Text, "\uFFFD"), MaxReferenceText),
	}
	b, err := json.Marshal(line)
	if err != nil {
		return nil, cure.Errorf(cure.Internal, "write reference: %w", err)
	}
	return append(b, '\n'), nil
}

var (
	errUnread  = errors.New("reference document could not be read")
	errNoURL   = errors.New("reference document without URL")
	errRefTime = errors.New("reference document without date")
)

// reference reads a stored document: what stands in it is tied to the
// keywords whose pages refer to it.
func (d *decoder) reference(o *object) error {
	t, err := time.Parse(time.RFC3339, o.Modified)
	switch {
	case o.Failed != "":
		return errUnread
	case o.URL == "" || len(o.URL) > maxURL:
		return errNoURL
	case err != nil || t.Before(earliest):
		return errRefTime
	}
	ref := Reference{URL: o.URL, Title: o.Title, Date: t.UTC(), Language: o.Language, Text: o.Text, Keywords: o.Keywords}
	ties := ref.Ties()
	d.ev.Kind, d.ev.Time = typeReference, ref.Date
	d.ev.Key = "document " + o.URL + " " + cure.NewID(o.Text).String()
	d.add(attrURL, o.URL)
	d.add(attrName, o.Title)
	d.add("language", o.Language)
	for i, k := range o.Keywords {
		if i == maxKeywords {
			d.add(attrCut, "more keywords than are used")
			break
		}
		d.add("keyword", tagOf(k.Tag).Value)
	}
	for _, tie := range ties {
		d.ev.Annotations = append(d.ev.Annotations, cure.Annotation{
			Subject: tie.Indicator, Tag: tie.Tag, Time: ref.Date, Confidence: tie.Confidence,
			Document: DocumentID(o.URL), Sentence: tie.Sentence,
		})
	}
	return nil
}

// Tie is an indicator of a document with a keyword that it stands for.
type Tie struct {
	Indicator  cure.Observable
	Tag        cure.Observable
	Confidence uint8
	Sentence   string
}

// How sure a tie is.
const (
	tieSentence = 70 // a name of the keyword stands in the sentence
	tieText     = 50 // elsewhere in the document
	tieCited    = 20 // nowhere: only the page of the keyword refers to it
)

// Ties pairs each indicator of the document with the keywords that the
// document names; where it names none of them, with those whose pages refer to
// it. Indicators in the order of the text, each pair once with its best
// sentence.
func (r *Reference) Ties() []Tie {
	folded := strings.ToLower(r.Text)
	var used []Keyword
	known := false
	for _, k := range r.Keywords[:min(len(r.Keywords), maxKeywords)] {
		if !tagOf(k.Tag).IsZero() && named(k, folded) {
			used, known = append(used, k), true
		}
	}
	if !known {
		used = r.Keywords[:min(len(r.Keywords), maxKeywords)]
	}
	type pair struct{ o, tag cure.Observable }
	at := map[pair]int{}
	var ties []Tie
	for _, in := range indicators(r.Text, r.URL) {
		sentence := strings.ToLower(in.sentence)
		for _, k := range used {
			tag := tagOf(k.Tag)
			if tag.IsZero() {
				continue
			}
			confidence := uint8(tieCited)
			switch {
			case known && named(k, sentence):
				confidence = tieSentence
			case known:
				confidence = tieText
			}
			p := pair{in.o, tag}
			if i, ok := at[p]; ok {
				if confidence > ties[i].Confidence {
					ties[i].Confidence, ties[i].Sentence = confidence, in.sentence
				}
				continue
			}
			if len(ties) == maxTiesOfDoc {
				return ties
			}
			at[p] = len(ties)
			ties = append(ties, Tie{in.o, tag, confidence, in.sentence})
		}
	}
	return ties
}

// named reports whether a name of the keyword stands in a lower-case text, as
// a word.
func named(k Keyword, text string) bool {
	for _, name := range k.Names[:min(len(k.Names), maxNamesUsed)] {
		name = strings.ToLower(name)
		if len(name) < 3 {
			continue
		}
		for from := 0; ; {
			i := strings.Index(text[from:], name)
			if i < 0 {
				break
			}
			i += from
			if !wordByte(text, i-1) && !wordByte(text, i+len(name)) {
				return true
			}
			from = i + 1
		}
	}
	return false
}

func wordByte(s string, i int) bool {
	if i < 0 || i >= len(s) {
		return false
	}
	c := s[i]
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_'
}

// reference emits the record of a document in parts.
func (f *catalogueFold) reference(e *event, emit publish.Emit) {
	v := e.version()
	if _, ok := f.done[v]; ok {
		return
	}
	f.remember(v)
	url := e.get(attrURL)
	title := e.get(attrName)
	if title == "" {
		title = url
	}
	doc := cure.Document{ID: DocumentID(url), Title: title, URL: url, Date: e.time, Language: e.get("language")}
	notes := e.annotations
	for first := true; first || len(notes) > 0; first = false {
		rec := f.record(e)
		rec.Attrs = slices.DeleteFunc(rec.Attrs, func(a cure.Attr) bool { return a.Name == "stix" })
		rec.ID = cure.NewID(f.source, e.key)
		rec.Documents = []cure.Document{doc}
		n := min(len(notes), partTies)
		rec.Annotations, notes = notes[:n], notes[n:]
		emit(rec)
	}
}
