package mean

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/mail"
)

// maxAttached bounds the attachments of one mail that are read as reports.
const maxAttached = 16

// isMail reports whether a document is a mail or an mbox.
func isMail(raw []byte) bool { return bytes.HasPrefix(raw, []byte("From ")) || mail.Is(raw) }

// mails reads a mail, or each of an mbox: its text is a report, with its
// subject as the title, and so is each attachment that is a text or a PDF. Who
// sent it and to whom is not kept. Broken mails are refused one by one when
// others are good.
func (d *reports) mails(raw []byte, emit func(*publish.Event)) error {
	good, n := 0, 0
	var why error
	for one := range mail.Box(raw) {
		if n++; n > maxReports {
			break
		}
		pages, err := pagesOfMail(one, d.pdf)
		if why = err; err != nil {
			emit(&publish.Event{Refused: fmt.Sprintf("mail %d: %s", n, err)})
			continue
		}
		for i := range pages {
			good++
			d.page(&pages[i], emit)
		}
	}
	if good == 0 {
		return why
	}
	return nil
}

// pagesOfMail returns the text of a mail, first, and its attachments.
func pagesOfMail(raw []byte, pdf TextOfPDF) ([]page, error) {
	h, clean, body, err := mail.ReadHeader(raw)
	if err != nil {
		return nil, err
	}
	var plain, rich strings.Builder
	var attached []page
	mail.Walk(clean, body, func(p mail.Part) {
		switch {
		case p.Attached || p.Name != "":
			if a, err := pageOf(context.Background(), p.Data, pdf); err == nil && len(attached) < maxAttached {
				if a.title == "" {
					a.title = cutText(oneLine(p.Name), maxTitle)
				}
				attached = append(attached, a)
			}
		case p.Kind == "text/plain" && plain.Len() < mail.MaxText:
			plain.WriteString(mail.Text(p.Data, p.Charset) + "\n")
		case p.Kind == "text/html" && rich.Len() < mail.MaxText:
			rich.WriteString(mail.Text(p.Data, p.Charset))
		}
	})
	var p page
	if strings.TrimSpace(plain.String()) != "" {
		p.text = plain.String()
	} else if rich.Len() > 0 {
		if p, err = pageOfHTML([]byte(rich.String())); err != nil {
			return nil, err
		}
	}
	p.text = cutText(strings.ToValidUTF8(p.text, "\uFFFD"), MaxReferenceText)
	at, _ := mail.Time(h) // the text may name its day
	pages := attached
	if strings.TrimSpace(p.text) != "" {
		p.title = cutText(oneLine(strings.ToValidUTF8(mail.Words(h.Get("subject")), "\uFFFD")), maxTitle)
		pages = append([]page{p}, attached...)
	}
	for i := range pages {
		if pages[i].date.IsZero() && at.After(earliest) {
			pages[i].date = at
		}
	}
	if len(pages) == 0 {
		return nil, errBlank
	}
	return pages, nil
}
