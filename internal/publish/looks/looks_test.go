package looks

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
		"XML to JSON":           {[]Shape{JSON}, "<Event>x</Event>", "", "this is XML, cowrie reads JSON: " + plain},
		"a declaration":         {[]Shape{JSON}, "\ufeff <?xml version='1.0'?>", "", "this is XML, cowrie reads JSON: " + plain},
		"a web page":            {[]Shape{JSON, XML}, "<!DOCTYPE HTML><p>", "", "this is a web page, cowrie reads JSON and XML: " + plain},
		"its further lines":     {[]Shape{JSON}, "text of it", "a web page", "this is a web page, cowrie reads JSON: " + plain},
		"JSON behind a head":    {[]Shape{JSON}, `{"a":`, "a web page", plain},
		"text to JSON":          {[]Shape{JSON}, "Nov 20 host sshd", "", "this is text, cowrie reads JSON: " + plain},
		"text to tables":        {[]Shape{JSON, Table, PDF}, "Nov 20 host sshd", "", "this is text, cowrie reads JSON, tables and PDF: " + plain},
		"a wrong table":         {[]Shape{Table}, "a,b,c", "", plain},
		"a table to text":       {[]Shape{Text}, "a,b,c", "", plain},
		"text to mails":         {[]Shape{Mail}, "no, mail", "", plain},
		"broken JSON":           {[]Shape{JSON}, `{"a": <b>`, "", plain},
		"a list":                {[]Shape{JSON}, "[\n {}", "", plain},
		"the end of a list":     {[]Shape{JSON}, "[", "", plain},
		"brackets of a log":     {[]Shape{JSON}, "[error] x", "", "this is text, cowrie reads JSON: " + plain},
		"priority of syslog":    {[]Shape{Text}, "<34>1 2026", "", plain},
		"an archive":            {[]Shape{Text}, "PK\x03\x04\x00", "", "this is a zip archive, cowrie reads lines of text: " + plain},
		"an event log":          {[]Shape{XML}, "ElfFile\x00", "", "this is an event log of Windows (.evtx), to be exported as XML, cowrie reads XML: " + plain},
		"bytes":                 {[]Shape{Text}, "a\x00b", "", "this is no text, cowrie reads lines of text: " + plain},
		"blanks":                {[]Shape{JSON}, " \n", "", plain},
		"a publisher of no one": {nil, "<a>", "", plain},
	} {
		t.Run(name, func(t *testing.T) {
			got := Misfit("cowrie", tt.shapes, []byte(tt.record), tt.first, reason)
			if got.Error() != tt.want || !errors.Is(got, reason) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// FuzzOf: a reason is short however the record is, and holds
// nothing of it.
func FuzzOf(f *testing.F) {
	f.Add([]byte("<a"))
	f.Add([]byte("["))
	f.Add([]byte("\xef\xbb\xbf{"))
	f.Fuzz(func(t *testing.T, b []byte) {
		shape, says := Of(b)
		again, _ := Of(b[:min(len(b), 512)])
		if len(says) > 64 || shape != again || strings.ContainsAny(says, "\x00\n") {
			t.Errorf("%q says %q, %q", b, shape, says)
		}
	})
}
