package mean

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/looks"
)

// Tickets reads exports of ticket systems. Each ticket is a document; what
// analysts tagged carries their tags, and what a ticket names carries the
// labels of the ticket. Two analysts who disagree are both heard; what a ticket
// says now replaces what it said before.
func Tickets() publish.Publisher {
	return publish.Publisher{
		Name:   "tickets",
		Role:   "trouble tickets",
		Layer:  publish.Meanings,
		Topics: []cure.Topic{cure.TopicIP, cure.TopicDomain, cure.TopicHash, cure.TopicEmail, cure.TopicTag},
		Formats: []string{
			"TheHive 4 and 5 cases and alerts with observables, JSON",
			"Jira and Redmine issues, JSON (one, a list, or a search result) and CSV",
			"RT tickets, JSON of REST 2 and CSV", "MISP events, JSON",
			"own JSON: id, title, text, tags, and observables with observable, tag, author and reason",
		},
		Marking: cure.Marking{TLP: cure.TLPAmberStrict, PAP: cure.PAPAmber, Licence: cure.LicenceInternal},
		Why:     "names own hosts and people and what is being done about them",
		Roles: []publish.RoleOf{
			{What: "what a ticket names: in no role; a MISP attribute without to_ids is context and not named", Role: cure.RoleUnknown},
		},
		Personal: []publish.PersonalData{
			{Field: "names of analysts", Mask: "none; stand in the evidence", Purpose: "who says what", Retention: "as the source"},
			{Field: "text and comments", Mask: "none", Purpose: "the evidence", Retention: "as the source"},
			{Field: "mail addresses of reporters", Mask: "dropped unless the text names them", Purpose: "not kept", Retention: "not kept"},
		},
		Framing:  feed.Lines,
		Copies:   true,
		OwnHosts: true,
		Shapes:   []looks.Shape{looks.JSON, looks.Table},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return &tickets{source: string(o.Source), names: newLexicon(o.Keywords)}, newDocuments(o.Source), nil
		},
	}
}

// tickets decodes exports.
type tickets struct {
	source string
	names  *lexicon
	ev     publish.Event
}

var (
	errNoTicket  = errors.New("no ticket in it")
	errNoSubject = errors.New("ticket without number or title")
)

// Confidence of a tag by what it stands at.
const (
	byAnalyst = 90 // at the observable
	byLabel   = 50 // at the ticket
)

// Limits of one ticket.
const (
	maxTickets  = 10_000
	maxOfTicket = 2000 // observables
)

// Shape implements publish.Shaper: an export is a file.
func (d *tickets) Shape(f *feed.File) error {
	f.Whole(feed.MaxLarge)
	return nil
}

// Decode implements publish.Decoder.
func (d *tickets) Decode(raw []byte, emit func(*publish.Event)) error {
	head := bytes.TrimLeft(raw, "\xef\xbb\xbf \t\r\n")
	var all []node
	var err error
	if len(head) > 0 && (head[0] == '{' || head[0] == '[') {
		all, err = ticketsOfJSON(head)
	} else {
		all, err = ticketsOfCSV(raw)
	}
	good := 0
	for _, n := range all {
		if d.ticket(n) {
			good++
			emit(&d.ev)
			continue
		}
		emit(&publish.Event{Refused: errNoSubject.Error()})
	}
	if err != nil && good > 0 {
		emit(&publish.Event{Refused: err.Error()})
		return nil
	}
	if good == 0 {
		return errNoTicket
	}
	return nil
}

// ticket fills in the event with a ticket; false when it is none.
func (d *tickets) ticket(n node) bool {
	id, title := n.text("key", "caseId", "number", "id", "Issue key", "#", "uuid", "_id"), n.text("title", "subject", "summary", "info")
	if id == "" || title == "" {
		return false
	}
	var body strings.Builder
	body.WriteString("# " + oneLine(title) + "\n\n")
	for _, s := range append([]string{n.text("description", "content", "text")}, n.comments()...) {
		if s = strings.TrimSpace(s); s != "" && body.Len() < MaxReferenceText {
			body.WriteString(s + "\n\n")
		}
	}
	ev := &d.ev
	*ev = publish.Event{
		Kind: "ticket", Time: n.when(), Body: cutText(strings.ToValidUTF8(body.String(), "\uFFFD"), MaxReferenceText),
		Attrs: ev.Attrs[:0], Observations: ev.Observations[:0], Annotations: ev.Annotations[:0],
	}
	ev.Document = &cure.Document{ID: cure.NewID("ticket", d.source, id), Title: cutText(id+" "+oneLine(title), maxTitle)}
	d.attr("ticket", id)
	d.attr("title", title)
	d.attr("status", n.text("status"))
	labels := tagsOf(n.list("tags", "labels", "tag_list", "Tag"))
	for _, t := range d.names.tags(ev.Body) {
		if !slices.Contains(labels, t) {
			labels = append(labels, t)
		}
	}
	for _, t := range labels {
		d.attr("label", t.Value)
	}
	said := d.tagged(n, labels)
	for m := range ioc.Find(ev.Body) {
		if len(ev.Observations) < maxOfTicket && (network(m.Kind) || m.Kind == cure.KindHash && !emptyHashes[m.Value]) {
			o := m.Observable
			o.Value = strings.Clone(o.Value)
			d.name(o)
			for _, t := range labels {
				d.tie(o, t, byLabel, sentenceAt(ev.Body, m.Start, m.End))
			}
		}
	}
	ev.Key = strings.Join([]string{id, ev.Body, n.text("status"), said}, "\x00")
	ev.To = id
	return true
}

// tagged ties what analysts tagged one by one; it returns all that was said.
func (d *tickets) tagged(n node, labels []cure.Observable) string {
	var said strings.Builder
	for _, x := range n.observables() {
		if len(d.ev.Observations) >= maxOfTicket {
			break
		}
		o, err := ioc.Classify(x.text("data", "value", "observable"))
		if err != nil || o.Kind == cure.KindTag {
			continue
		}
		d.name(o)
		who := x.text("author", "createdBy", "_createdBy")
		note := strings.Trim(who+": "+x.text("message", "comment", "reason"), ": ")
		for _, t := range tagsOf(append(x.list("tags", "Tag"), x.text("tag"))) {
			d.tie(o, t, byAnalyst, strings.Trim(note+" ("+t.Value+")", " "))
			said.WriteString(o.String() + " " + t.Value + " " + note + "\n")
		}
		for _, t := range labels {
			d.tie(o, t, byLabel, note)
		}
	}
	return said.String()
}

// name notes an observable once.
func (d *tickets) name(o cure.Observable) {
	for i := range d.ev.Observations {
		if d.ev.Observations[i].Observable == o {
			return
		}
	}
	d.ev.Observations = append(d.ev.Observations, cure.Observation{Observable: o})
}

func (d *tickets) tie(o, tag cure.Observable, confidence uint8, sentence string) {
	for i := range d.ev.Annotations {
		if a := &d.ev.Annotations[i]; a.Subject == o && a.Tag == tag {
			return
		}
	}
	if o != tag && len(d.ev.Annotations) < maxTiesOfDoc {
		d.ev.Annotations = append(d.ev.Annotations, cure.Annotation{
			Subject: o, Tag: tag, Confidence: confidence, Sentence: cutText(sentence, maxSentence),
		})
	}
}

func (d *tickets) attr(name, value string) {
	if value != "" && len(d.ev.Attrs) < 64 {
		d.ev.Attrs = append(d.ev.Attrs, cure.Attr{Name: name, Value: cutText(strings.ToValidUTF8(value, "\uFFFD"), maxSentence)})
	}
}

// tagsOf makes tags of labels; a TLP is none.
func tagsOf(labels []string) []cure.Observable {
	var all []cure.Observable
	for _, l := range labels {
		if t := keywordTag(l); !t.IsZero() && len(all) < maxKeywords && !strings.HasPrefix(t.Value, "tlp:") {
			all = append(all, t)
		}
	}
	return all
}
