package mean_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/opencure/cure/internal/publish/mean"
	"github.com/opencure/cure/internal/publish/publishtest"
)

// TestReportsMail reads an mbox: texts and attachments are reports, what is
// none is refused by itself.
func TestReportsMail(t *testing.T) { goldenTexts(t, "reports-mail", mean.Reports()) }

// TestReportsSingleMail: a mail in a file of its own says the same as in an
// mbox; a text that only begins with lines of names is no mail.
func TestReportsSingleMail(t *testing.T) {
	box := read(t, "reports-mail.in")
	_, second, _ := bytes.Cut(box[10:], []byte("\nFrom list@"))
	_, second, _ = bytes.Cut(second, []byte{'\n'})
	eml, _, _ := bytes.Cut(second, []byte("\nFrom list@"))
	h := &publishtest.Hub{}
	runTexts(t, h, mean.Reports(), put(t, "one.eml", eml), put(t, "report.txt", []byte("title: no mail\nfrom: nobody\n\nKagerou talks to 192[.]0[.]2[.]77.\n")))
	got, _ := said(h)
	if !slices.Contains(got, "ip:198.51.100.7") || !slices.Contains(got, "ip:192.0.2.77") || h.Records[0].Documents[0].Title != "only a page" || h.Records[1].Documents[0].Title != "no mail" {
		t.Errorf("%v %+v", got, h.Records)
	}
}

func FuzzReportsMail(f *testing.F) { fuzzTexts(f, mean.Reports(), "reports-mail.in") }
