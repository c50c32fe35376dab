package mean

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

// TextOfPDF reads the text of a PDF. It runs apart from this process, because
// parsers of PDF meet files that were made to break them.
type TextOfPDF func(ctx context.Context, data []byte) (string, error)

var (
	errNoPDF  = errors.New("PDF files cannot be read here")
	errBinary = errors.New("neither HTML, PDF nor text")
	errBlank  = errors.New("no text in it")
)

// TextOf returns title and text of a stored document, by what its bytes are:
// HTML in any usual encoding without scripts, navigation and forms, PDF, or
// text and Markdown in UTF-8, UTF-16 or a legacy encoding. Blocks of HTML are
// lines. The text is cut at [MaxReferenceText]. An error says why there is
// none and holds nothing of the document.
func TextOf(ctx context.Context, data []byte, pdf TextOfPDF) (title, text string, err error) {
	head := bytes.TrimLeft(data[:min(len(data), 1<<10)], "\xef\xbb\xbf \t\r\n")
	lower := bytes.ToLower(head)
	switch {
	case bytes.HasPrefix(head, []byte("%PDF-")):
		if pdf == nil {
			return "", "", errNoPDF
		}
		text, err = pdf(ctx, data)
	case bytes.HasPrefix(lower, []byte("<!doctype")), bytes.HasPrefix(lower, []byte("<?xml")), bytes.Contains(lower, []byte("<html")),
		bytes.HasPrefix(lower, []byte("<head")), bytes.HasPrefix(lower, []byte("<!--")):
		title, text, err = textOfHTML(data)
	case bytes.IndexByte(head, 0) >= 0 && !bytes.HasPrefix(data, []byte{0xff, 0xfe}) && !bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return "", "", errBinary
	default:
		text, err = decoded(data, "text/plain")
	}
	if err != nil {
		return "", "", err
	}
	text = cutText(strings.ToValidUTF8(text, "\uFFFD"), MaxReferenceText)
	if strings.TrimSpace(text) == "" {
		return "", "", errBlank
	}
	return cutText(oneLine(title), maxTitle), text, nil
}

// decoded turns the bytes of a text into UTF-8.
func decoded(data []byte, kind string) (string, error) {
	if utf8.Valid(data) {
		return strings.TrimPrefix(string(data), "\ufeff"), nil
	}
	r, err := charset.NewReader(bytes.NewReader(data), kind)
	if err != nil {
		return "", errBinary
	}
	b, err := io.ReadAll(io.LimitReader(r, 4*MaxReferenceText))
	if err != nil {
		return "", errBinary
	}
	return strings.TrimPrefix(string(b), "\ufeff"), nil
}

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

// textOfHTML reads a page token by token; it builds no tree, so depth costs
// nothing.
func textOfHTML(data []byte) (title, text string, err error) {
	r, err := charset.NewReader(bytes.NewReader(data), "text/html")
	if err != nil {
		return "", "", errBinary
	}
	z := html.NewTokenizer(r)
	z.SetMaxBuf(1 << 20)
	var out strings.Builder
	hidden, within, inTitle := "", 0, false
	for out.Len() < MaxReferenceText {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			return title, out.String(), nil // the end, or a page that ends badly
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			raw, _ := z.TagName()
			name := string(raw)
			inTitle = name == "title" && kind == html.StartTagToken
			switch {
			case hidden != "" && name == hidden && kind == html.StartTagToken:
				within++
			case hidden != "" && name == hidden && kind == html.EndTagToken:
				if within--; within == 0 {
					hidden = ""
				}
			case hidden == "" && skipped[name] && kind == html.StartTagToken:
				hidden, within = name, 1
			case hidden == "head" && name == "body": // a head without its end
				hidden = ""
			case hidden == "" && (name == "td" || name == "th"):
				if kind == html.StartTagToken {
					out.WriteString(" | ")
				}
			case hidden == "" && !inline[name]:
				endLine(&out)
			}
		case html.TextToken:
			t := z.Text()
			if inTitle && title == "" {
				title = string(t)
			} else if hidden == "" {
				writeText(&out, t)
			}
		}
	}
	return title, out.String(), nil
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
