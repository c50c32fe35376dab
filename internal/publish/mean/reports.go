package mean

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/looks"
	"github.com/opencure/cure/internal/publish/syndicate"
)

// Reports reads security reports. Each text is a document, with its blocks
// as Markdown writes them; what it means as an indicator is tied to the
// malware, groups, techniques and CVEs that it names, with the sentence.
func Reports() publish.Publisher {
	return publish.Publisher{
		Name:   "reports",
		Role:   "security reports",
		Layer:  publish.Meanings,
		Topics: []cure.Topic{cure.TopicIP, cure.TopicDomain, cure.TopicHash, cure.TopicEmail, cure.TopicTag},
		Formats: []string{
			"HTML, Markdown and text, one report a file, in UTF-8, UTF-16, CP932, EUC-JP, ISO-2022-JP and other encodings; PDF",
			"RSS, Atom and JSON Feed: each item is a report",
			"mails: .eml, folders of them (Maildir), mbox up to 32 MiB; the text is a report, so is each attachment that is a text or a PDF",
			"lines of JSON with text, and title, url, date, language, keywords, tlp where they are known",
		},
		Marking: cure.Marking{TLP: cure.TLPGreen, PAP: cure.PAPGreen, Licence: cure.LicenceMembers},
		Why:     "facts of published reports may be passed on, their sentences are the authors'; a TLP label in the text raises it, name a stricter one for what was told in confidence",
		Roles: []publish.RoleOf{
			{What: "what a report means as an indicator: named, in no role", Role: cure.RoleUnknown},
		},
		Personal: []publish.PersonalData{
			{Field: "text", Mask: "none; kept as it was published", Purpose: "the evidence", Retention: "as the source"},
			{Field: "sender, recipients and other fields of a mail, but subject and date", Mask: "dropped", Purpose: "not kept", Retention: "not kept"},
			{Field: "mail addresses of indicators", Mask: "none", Purpose: "the observable, published as an indicator", Retention: "as the source"},
		},
		Framing:  feed.Lines,
		Copies:   true,
		OwnHosts: true,
		Shapes:   []looks.Shape{looks.HTML, looks.PDF, looks.Text, looks.Mail, looks.XML, looks.JSON},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return &reports{pdf: o.PDF, report: report{names: newLexicon(o.Keywords)}}, newDocuments(o.Source), nil
		},
	}
}

// reports decodes files of reports.
type reports struct {
	pdf    TextOfPDF
	report report
	ev     publish.Event
}

var errNoText = errors.New("JSON without a text")

// maxReports bounds the reports of one file.
const maxReports = 10_000

// Shape implements publish.Shaper: a report is a file.
func (d *reports) Shape(f *feed.File) error {
	f.Whole(feed.MaxLarge)
	return nil
}

// Decode implements publish.Decoder.
func (d *reports) Decode(raw []byte, emit func(*publish.Event)) error {
	head := bytes.TrimLeft(raw[:min(len(raw), 1<<10)], "\xef\xbb\xbf \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte{'{'}):
		return d.lines(raw, emit)
	case isFeed(head):
		return d.items(raw, emit)
	case isMail(raw):
		return d.mails(raw, emit)
	}
	// The reader of PDF ends by itself: it has a limit of time.
	p, err := pageOf(context.Background(), raw, d.pdf)
	if err != nil {
		return err
	}
	d.page(&p, emit)
	return nil
}

// isFeed reports whether a document begins as RSS or Atom does.
func isFeed(head []byte) bool {
	if !bytes.HasPrefix(head, []byte{'<'}) {
		return false
	}
	for _, root := range []string{"<rss", "<feed", "<rdf:RDF"} {
		if bytes.Contains(head, []byte(root)) {
			return true
		}
	}
	return false
}

// page completes what a page says of itself and emits it.
func (d *reports) page(p *page, emit func(*publish.Event)) {
	p.complete()
	d.report.read(&d.ev, p)
	emit(&d.ev)
}

// items reads a syndication feed.
func (d *reports) items(raw []byte, emit func(*publish.Event)) error {
	doc, err := syndicate.Parse(bytes.TrimSpace(raw))
	if err != nil {
		return err
	}
	for _, it := range doc.Items[:min(len(doc.Items), maxReports)] {
		if p, ok := pageOfItem(it); ok {
			if p.language == "" {
				p.language = languageOf(doc.Language)
			}
			d.page(&p, emit)
		}
	}
	return nil
}

// pageOfItem makes a page of an item; false when it has no text.
func pageOfItem(it *gofeed.Item) (page, bool) {
	body := it.Content
	if len(body) < len(it.Description) {
		body = it.Description
	}
	p, err := pageOfHTML([]byte("<html><body>" + strings.ToValidUTF8(body, "\uFFFD")))
	if err != nil || strings.TrimSpace(p.text+it.Title) == "" {
		return p, false
	}
	p.title = cutText(oneLine(strings.ToValidUTF8(it.Title, "\uFFFD")), maxTitle)
	p.say("url", it.Link)
	if strings.TrimSpace(p.text) == "" {
		p.text = p.title
	}
	p.text = cutText(p.text, MaxReferenceText)
	for _, at := range []*time.Time{it.PublishedParsed, it.UpdatedParsed} {
		if at != nil && p.date.IsZero() && at.After(earliest) {
			p.date = at.UTC()
		}
	}
	for _, c := range it.Categories {
		p.say("keywords", kinded(c))
	}
	return p, true
}

// kinded keeps the keywords that say of which kind they are: the others are
// words for search machines.
func kinded(list string) string {
	var kept []string
	for k := range strings.SplitSeq(list, ",") {
		if kind, _, ok := strings.Cut(k, ":"); ok && actor(cure.Observable{Kind: cure.KindTag, Value: strings.ToLower(strings.TrimSpace(kind)) + ":"}) {
			kept = append(kept, k)
		}
	}
	return strings.Join(kept, ",")
}

// lines reads JSON, one report a line. Broken lines are refused one by one
// when others are good.
func (d *reports) lines(raw []byte, emit func(*publish.Event)) error {
	good, n := 0, 0
	for line := range bytes.Lines(raw) {
		line = bytes.TrimSpace(line)
		if n++; n > maxReports || len(line) == 0 {
			continue
		}
		p, err := pageOfJSON(line)
		if err != nil {
			emit(&publish.Event{Raw: line, Refused: fmt.Sprintf("line %d: %s", n, err)})
			continue
		}
		good++
		d.page(&p, emit)
	}
	if good == 0 {
		return errNoText
	}
	return nil
}

func pageOfJSON(line []byte) (page, error) {
	var x struct {
		Title, URL, Date, Language, TLP, Text string
		Keywords                              []string
	}
	if err := json.Unmarshal(line, &x); err != nil || strings.TrimSpace(x.Text) == "" {
		return page{}, errNoText
	}
	p := page{title: cutText(oneLine(x.Title), maxTitle), text: cutText(x.Text, MaxReferenceText)}
	p.say("url", x.URL)
	p.say("date", x.Date)
	p.say("language", x.Language)
	p.say("tlp", x.TLP)
	p.say("keywords", strings.Join(x.Keywords, ","))
	return p, nil
}
