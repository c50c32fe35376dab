package mean

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// TextOfPDF is [publish.TextOfPDF].
type TextOfPDF = publish.TextOfPDF

var (
	errNoPDF  = errors.New("PDF files cannot be read here")
	errBinary = errors.New("neither HTML, PDF nor text")
	errBlank  = errors.New("no text in it")
)

// page is what a document says, and what it says of itself.
type page struct {
	title, url, language string
	date                 time.Time
	keywords             []string
	tlp                  cure.TLP
	text                 string
}

// TextOf returns title and text of a stored document, by what its bytes are:
// HTML in any usual encoding without scripts, navigation and forms, PDF, or
// text and Markdown in UTF-8, UTF-16 or a legacy encoding. Blocks are lines, as
// Markdown writes them: "# " begins a heading, "| " a row of a table, four
// spaces a line of code. The text is cut at [MaxReferenceText]. An error says
// why there is none and holds nothing of the document.
func TextOf(ctx context.Context, data []byte, pdf TextOfPDF) (title, text string, err error) {
	p, err := pageOf(ctx, data, pdf)
	return p.title, p.text, err
}

func pageOf(ctx context.Context, data []byte, pdf TextOfPDF) (p page, err error) {
	head := bytes.TrimLeft(data[:min(len(data), 1<<10)], "\xef\xbb\xbf \t\r\n")
	lower := bytes.ToLower(head)
	switch {
	case bytes.HasPrefix(head, []byte("%PDF-")):
		if pdf == nil {
			return p, errNoPDF
		}
		p.text, err = pdf(ctx, data)
	case bytes.HasPrefix(lower, []byte("<!doctype")), bytes.HasPrefix(lower, []byte("<?xml")), bytes.Contains(lower, []byte("<html")),
		bytes.HasPrefix(lower, []byte("<head")), bytes.HasPrefix(lower, []byte("<!--")):
		p, err = pageOfHTML(data)
	case bytes.IndexByte(head, 0) >= 0 && !bytes.HasPrefix(data, []byte{0xff, 0xfe}) && !bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return p, errBinary
	default:
		p.text, err = decoded(data, "text/plain")
	}
	if err != nil {
		return page{}, err
	}
	p.text = cutText(strings.ToValidUTF8(p.text, "\uFFFD"), MaxReferenceText)
	if strings.TrimSpace(p.text) == "" {
		return page{}, errBlank
	}
	p.title = cutText(oneLine(strings.ToValidUTF8(p.title, "\uFFFD")), maxTitle)
	return p, nil
}
