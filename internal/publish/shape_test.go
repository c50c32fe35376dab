package publish

import (
	"errors"
	"strings"
	"testing"
)

// TestMisfit: what is given to the wrong publisher is called by its name.
func TestMisfit(t *testing.T) {
	reason := errors.New("not a JSON object")
	const plain = "not a JSON object"
	for name, tt := range map[string]struct {
		shapes []Shape
		record string
		first  string
		want   string
	}{
		"XML to JSON":           {[]Shape{ShapeJSON}, "<Event>x</Event>", "", "this is XML, cowrie reads JSON: " + plain},
		"a declaration":         {[]Shape{ShapeJSON}, "\ufeff <?xml version='1.0'?>", "", "this is XML, cowrie reads JSON: " + plain},
		"a web page":            {[]Shape{ShapeJSON, ShapeXML}, "<!DOCTYPE HTML><p>", "", "this is a web page, cowrie reads JSON and XML: " + plain},
		"its further lines":     {[]Shape{ShapeJSON}, "text of it", "a web page", "this is a web page, cowrie reads JSON: " + plain},
		"JSON behind a head":    {[]Shape{ShapeJSON}, `{"a":`, "a web page", plain},
		"text to JSON":          {[]Shape{ShapeJSON}, "Nov 20 host sshd", "", "this is text, cowrie reads JSON: " + plain},
		"text to tables":        {[]Shape{ShapeJSON, ShapeTable, ShapePDF}, "Nov 20 host sshd", "", "this is text, cowrie reads JSON, tables and PDF: " + plain},
		"a wrong table":         {[]Shape{ShapeTable}, "a,b,c", "", plain},
		"a table to text":       {[]Shape{ShapeText}, "a,b,c", "", plain},
		"text to mails":         {[]Shape{ShapeMail}, "no, mail", "", plain},
		"broken JSON":           {[]Shape{ShapeJSON}, `{"a": <b>`, "", plain},
		"a list":                {[]Shape{ShapeJSON}, "[\n {}", "", plain},
		"the end of a list":     {[]Shape{ShapeJSON}, "[", "", plain},
		"brackets of a log":     {[]Shape{ShapeJSON}, "[error] x", "", "this is text, cowrie reads JSON: " + plain},
		"priority of syslog":    {[]Shape{ShapeText}, "<34>1 2026", "", plain},
		"an archive":            {[]Shape{ShapeText}, "PK\x03\x04\x00", "", "this is a zip archive, cowrie reads lines of text: " + plain},
		"an event log":          {[]Shape{ShapeXML}, "ElfFile\x00", "", "this is an event log of Windows (.evtx), to be exported as XML, cowrie reads XML: " + plain},
		"bytes":                 {[]Shape{ShapeText}, "a\x00b", "", "this is no text, cowrie reads lines of text: " + plain},
		"blanks":                {[]Shape{ShapeJSON}, " \n", "", plain},
		"a publisher of no one": {nil, "<a>", "", plain},
	} {
		t.Run(name, func(t *testing.T) {
			p := Publisher{Name: "cowrie", Shapes: tt.shapes}
			got := p.misfit([]byte(tt.record), tt.first, reason)
			if got.Error() != tt.want || !errors.Is(got, reason) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// FuzzLook: a reason is short however the record is, and holds
// nothing of it.
func FuzzLook(f *testing.F) {
	f.Add([]byte("<a"))
	f.Add([]byte("["))
	f.Add([]byte("\xef\xbb\xbf{"))
	f.Fuzz(func(t *testing.T, b []byte) {
		shape, says := look(b)
		again, _ := look(b[:min(len(b), 512)])
		if len(says) > 64 || shape != again || strings.ContainsAny(says, "\x00\n") {
			t.Errorf("%q says %q, %q", b, shape, says)
		}
	})
}
