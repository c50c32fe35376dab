package observe

import (
	"bytes"
	"errors"
	"strings"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"

	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
)

// The bounds of a syndication feed. Deeper elements would overflow the stack
// of the parser, which is recursive.
const (
	maxFeed     = 16 << 20
	maxElements = 64 // around one another
	maxItems    = 10_000
)

var (
	errNoFeed   = errors.New("not RSS, Atom or JSON Feed")
	errDeepFeed = errors.New("elements are nested too deeply")
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
	doc, err := parseFeed(text)
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

func parseFeed(text []byte) (*gofeed.Feed, error) {
	if len(text) == 0 {
		return nil, errNoFeed
	}
	if text[0] == '<' {
		if err := shallow(text); err != nil {
			return nil, err
		}
	}
	doc, err := gofeed.NewParser().Parse(bytes.NewReader(text))
	if err != nil || doc == nil {
		return nil, errNoFeed
	}
	return doc, nil
}

// shallow counts how deep elements stand in one another, byte by byte and
// never too low: the parser reads more kinds of text than XML allows.
func shallow(text []byte) error {
	depth := 0
	for {
		at := bytes.IndexByte(text, '<')
		if at < 0 || at+1 == len(text) {
			return nil
		}
		text = text[at:]
		switch {
		case bytes.HasPrefix(text, []byte("<!--")):
			text = behind(text, "-->")
		case bytes.HasPrefix(text, []byte("<![CDATA[")):
			text = behind(text, "]]>")
		case text[1] == '!' || text[1] == '?':
			text = behind(text, ">")
		default:
			n, empty := tagEnd(text)
			switch {
			case text[1] == '/':
				depth = max(depth-1, 0)
			case !empty:
				depth++
			}
			text = text[n:]
		}
		if depth > maxElements {
			return errDeepFeed
		}
	}
}

// behind returns what follows a mark, nothing when it is not there.
func behind(text []byte, mark string) []byte {
	if i := bytes.Index(text, []byte(mark)); i >= 0 {
		return text[i+len(mark):]
	}
	return nil
}

// tagEnd returns the length of the tag at the beginning, and whether it is an
// element of its own.
func tagEnd(text []byte) (n int, empty bool) {
	quote := byte(0)
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1, text[i-1] == '/'
		}
	}
	return len(text), false
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
