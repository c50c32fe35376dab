package mean

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// skipped are elements whose text is not of the document.
var skipped = map[string]bool{
	"script": true, "style": true, "noscript": true, "nav": true, "footer": true, "form": true, "svg": true,
	"iframe": true, "template": true, "aside": true, "button": true, "select": true, "head": true,
}

// inline are elements that do not end a line.
var inline = map[string]bool{
	"a": true, "b": true, "i": true, "em": true, "strong": true, "span": true, "code": true, "font": true, "u": true,
	"s": true, "sub": true, "sup": true, "small": true, "mark": true, "abbr": true, "wbr": true, "q": true, "kbd": true, "tt": true,
}

// pageReader reads a page token by token; it builds no tree, so depth costs
// nothing.
type pageReader struct {
	page   page
	out    strings.Builder
	hidden string // element that is passed over, and how deep it stands in itself
	within int
	title  bool // inside the title
	pre    bool // inside code as it was written
}

// pageOfHTML reads a page of HTML.
func pageOfHTML(data []byte) (page, error) {
	if e := japanese(data); e != nil && !bytes.Contains(bytes.ToLower(data[:min(len(data), 1<<10)]), []byte("charset")) {
		if b, err := e.NewDecoder().Bytes(data); err == nil {
			data = b
		}
	}
	in, err := charset.NewReader(bytes.NewReader(data), "text/html")
	if err != nil {
		return page{}, errBinary
	}
	z := html.NewTokenizer(in)
	z.SetMaxBuf(1 << 20)
	r := &pageReader{}
	for r.out.Len() < MaxReferenceText {
		kind := z.Next()
		if kind == html.ErrorToken {
			break // the end, or a page that ends badly
		}
		switch kind {
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			r.tag(z, kind)
		case html.TextToken:
			r.word(z.Text())
		}
	}
	r.page.text = r.out.String()
	return r.page, nil
}

// tag reads a tag.
func (r *pageReader) tag(z *html.Tokenizer, kind html.TokenType) {
	raw, more := z.TagName()
	name, begins := string(raw), kind != html.EndTagToken
	if r.title = name == "title" && kind == html.StartTagToken; more && begins {
		r.meta(z, name)
	}
	switch {
	case r.hidden != "" && name == r.hidden && kind == html.StartTagToken:
		r.within++
	case r.hidden != "" && name == r.hidden && kind == html.EndTagToken:
		if r.within--; r.within == 0 {
			r.hidden = ""
		}
	case r.hidden == "" && skipped[name] && kind == html.StartTagToken:
		r.hidden, r.within = name, 1
	case r.hidden == "head" && name == "body": // a head without its end
		r.hidden = ""
	case r.hidden != "":
	case name == "td" || name == "th":
		if begins {
			r.out.WriteString(" | ")
		}
	case !inline[name]:
		endLine(&r.out)
		if r.pre = name == "pre" && kind == html.StartTagToken || r.pre && name != "pre"; begins && len(name) == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6' {
			r.out.WriteString("# ")
		}
	}
}

// meta reads what a page says of itself.
func (r *pageReader) meta(z *html.Tokenizer, name string) {
	if name != "meta" && name != "html" && name != "link" && name != "time" {
		return
	}
	at := map[string]string{}
	for {
		k, v, more := z.TagAttr()
		if len(at) < 32 {
			at[string(k)] = strings.ToValidUTF8(string(v), "\uFFFD")
		}
		if !more {
			break
		}
	}
	p := &r.page
	switch name {
	case "html":
		p.language = languageOf(at["lang"])
	case "link":
		if at["rel"] == "canonical" {
			p.say("url", at["href"])
		}
	case "time":
		p.say("date", at["datetime"])
	case "meta":
		if key := strings.ToLower(at["name"] + at["property"]); key == "keywords" {
			p.say(key, kinded(at["content"]))
		} else {
			p.say(key, at["content"])
		}
	}
}

// word reads a piece of text.
func (r *pageReader) word(t []byte) {
	switch {
	case r.title && r.page.title == "":
		r.page.title = string(t)
	case r.hidden != "":
	case r.pre:
		for line := range strings.Lines(string(t)) {
			if s := r.out.String(); s == "" || s[len(s)-1] == '\n' {
				r.out.WriteString("    ")
			}
			r.out.WriteString(strings.ToValidUTF8(line, "\uFFFD"))
		}
	default:
		writeText(&r.out, t)
	}
}

// say takes what a document says of itself, in HTML or in lines before its
// text. The first counts.
func (p *page) say(name, value string) {
	value = strings.TrimSpace(value)
	if value == "" {
		return
	}
	switch name {
	case "title", "og:title":
		if p.title == "" {
			p.title = value
		}
	case "url", "og:url", "link", "source":
		if p.url == "" && strings.HasPrefix(value, "http") && len(value) <= maxURL && !strings.ContainsAny(value, " \n") {
			p.url = value
		}
	case "date", "article:published_time", "article:modified_time", "dc.date", "published":
		t, err := publish.ParseTime([]byte(value), nil)
		if err != nil {
			t = dateOf(value)
		}
		if p.date.IsZero() && t.After(earliest) {
			p.date = t
		}
	case "language", "lang", "og:locale":
		if p.language == "" {
			p.language = languageOf(value)
		}
	case "keywords", "tags", "aliases":
		for _, k := range strings.FieldsFunc(strings.Trim(value, "[]"), func(c rune) bool { return c == ',' || c == '、' || c == ';' }) {
			if k = strings.Trim(k, " \t\"'"); k != "" && len(p.keywords) < maxKeywords {
				p.keywords = append(p.keywords, k)
			}
		}
	case "tlp":
		var tlp cure.TLP
		if tlp.UnmarshalText([]byte(strings.TrimPrefix(strings.ToUpper(value), "TLP:"))) == nil {
			p.tlp = max(p.tlp, tlp)
		}
	}
}

// languageOf makes a tag of a language of "ja_JP" and the like.
func languageOf(s string) string {
	s, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(s)), "_")
	s, _, _ = strings.Cut(s, "-")
	if len(s) < 2 || len(s) > 3 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") != "" {
		return ""
	}
	return s
}

// endLine ends the line unless it is empty.
func endLine(out *strings.Builder) {
	if s := out.String(); s != "" && s[len(s)-1] != '\n' {
		out.WriteByte('\n')
	}
}

// writeText folds white space.
func writeText(out *strings.Builder, t []byte) {
	if len(t) > 0 && (t[0] == ' ' || t[0] == '\n' || t[0] == '\t' || t[0] == '\r') {
		out.WriteByte(' ')
	}
	fields := bytes.Fields(t)
	for i, w := range fields {
		if i > 0 {
			out.WriteByte(' ')
		}
		out.Write(w)
	}
	if n := len(t); len(fields) > 0 && (t[n-1] == ' ' || t[n-1] == '\n' || t[n-1] == '\t' || t[n-1] == '\r') {
		out.WriteByte(' ')
	}
}
