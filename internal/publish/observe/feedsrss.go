package observe

import (
	"bytes"
	"strings"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"

	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/syndicate"
)

// The bounds of a syndication feed.
const (
	maxFeed  = 16 << 20
	maxItems = 10_000
)

// items decodes RSS, Atom and JSON Feed: one raw record is the whole document,
// one entry the text of one item.
type items struct{ row }

// Shape implements publish.Shaper.
func (d *items) Shape(f *feed.File) error {
	f.Whole(maxFeed)
	return nil
}

// Decode implements publish.Decoder.
func (d *items) Decode(raw []byte, emit func(*publish.Event)) error {
	d.begin()
	text := bytes.TrimSpace(raw)
	if isPage(text) {
		d.ev.Kind = publish.ListMarkup
		emit(&d.ev)
		return nil
	}
	doc, err := syndicate.Parse(text)
	if err != nil {
		d.ev.Kind = publish.ListBad
		emit(&d.ev)
		return err
	}
	for _, it := range doc.Items[:min(len(doc.Items), maxItems)] {
		d.item(it, emit)
	}
	return nil
}

func (d *items) item(it *gofeed.Item, emit func(*publish.Event)) {
	d.begin()
	for _, s := range []string{it.Title, it.Description, it.Content} {
		d.text(plainText(s))
	}
	for _, t := range it.Categories {
		d.tags("", strings.TrimPrefix(strings.ReplaceAll(t, ",", " "), "#"))
	}
	attr(&d.ev, "title", strings.ToValidUTF8(it.Title, "\uFFFD"))
	attr(&d.ev, "item", strings.ToValidUTF8(it.Link, "\uFFFD"))
	if at := it.PublishedParsed; at != nil {
		d.first = at.UTC()
	} else if at := it.UpdatedParsed; at != nil {
		d.first = at.UTC()
	}
	d.end(emit)
}

// plainText takes the markup off. Where an element ends, a word ends.
func plainText(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if !strings.ContainsAny(s, "<&") {
		return s
	}
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			b.Write(z.Text())
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			if name, _ := z.TagName(); !inline[string(name)] {
				b.WriteByte('\n')
			}
		}
	}
}

// inline elements stand inside words: "exa<b>mple</b>.org".
var inline = map[string]bool{"b": true, "i": true, "em": true, "strong": true, "span": true, "wbr": true, "font": true, "mark": true}
