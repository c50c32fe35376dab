package observe_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

func TestMalmailGolden(t *testing.T) {
	for _, name := range []string{"malmail", "malmail-broken", "malmail-json", "malmail-cef"} {
		t.Run(name, func(t *testing.T) {
			goldenInto(t, &publishtest.Hub{Own: ownSide}, name, observe.Malmail(), "malmail/trap", nil)
		})
	}
}

func FuzzMalmail(f *testing.F) {
	addMails(f, "malmail.in", "malmail-broken.in")
	fuzzDecoder(f, observe.Malmail(), publish.Options{Source: "malmail/a", Own: publish.NewOwnSide(ownSide)}, "malmail-json.in", "malmail-cef.in")
}

// addMails adds the mails of mailboxes as seeds.
func addMails(f *testing.F, boxes ...string) {
	for _, box := range boxes {
		text, err := os.ReadFile(filepath.Join("testdata", box))
		if err != nil {
			f.Fatal(err)
		}
		for _, m := range splitMails(text) {
			f.Add(m)
		}
	}
}

func splitMails(box []byte) [][]byte {
	var all [][]byte
	for {
		i := bytes.Index(box[1:], []byte("\nFrom "))
		if i < 0 {
			return append(all, box)
		}
		all, box = append(all, box[:i+2]), box[i+2:]
	}
}

// mailOf decodes one mail.
func mailOf(t *testing.T, mail string) publish.Event {
	t.Helper()
	events := decode(t, observe.Malmail(), publish.Options{Source: "malmail/a", Own: publish.NewOwnSide(ownSide)}, []byte(mail))
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	return events[0]
}

const mailDate = "From: a@b.example\nDate: Tue, 17 Nov 2026 17:00:00 +0900\n"

// value returns the attribute of a name, "" for none.
func value(ev publish.Event, name string) string {
	for _, a := range ev.Attrs {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

func TestMalmailLooksAlike(t *testing.T) {
	tests := map[string]bool{
		"hinata-denki.example": true, "hlnata.example": true, "hinta.example": true, "hinata.test": true, "xn--hinta-5ve.example": true,
		"hinata.example": false, "mail.hinata.example": false, "minato.example": false, "other.example": false, "hinatasan.example": false,
	}
	for domain, want := range tests {
		ev := mailOf(t, "From: a@"+domain+"\nDate: Tue, 17 Nov 2026 17:00:00 +0900\n\n")
		if got := value(ev, "look_alike") != ""; got != want {
			t.Errorf("%s is like an own domain: %v, want %v", domain, got, want)
		}
	}
}

// TestMalmailTemplates: mails to many people have one template, another text
// has another one.
func TestMalmailTemplates(t *testing.T) {
	mail := func(to string, n int, words string) string {
		ev := mailOf(t, fmt.Sprintf("%sTo: %s\nSubject: Invoice %d\n\nDear %s, see http://s%d.example/%x %s\n", mailDate, to, n, to, n, n, words))
		return ev.Observations[len(ev.Observations)-1].Observable.Value
	}
	a, b := mail("hanako@hinata.example", 17, "now"), mail("taro@hinata.example", 4711, "now")
	if a != b || !strings.HasPrefix(a, "template:") {
		t.Errorf("%s and %s: recipient and numbers make a difference", a, b)
	}
	if c := mail("taro@hinata.example", 4711, "later"); c == a {
		t.Error("another text has the same template")
	}
}

// TestMalmailIsBounded: a mail of ten thousand parts, of deep nesting or of
// endless lines gives what fits and says what it left out.
func TestMalmailIsBounded(t *testing.T) {
	parts := strings.Repeat("--x\nContent-Type: application/x\n\nhttp://a.example/\n", 10_000)
	nested := mailDate + "Content-Type: message/rfc822\n\n"
	tests := map[string]string{
		"parts":  mailDate + "Content-Type: multipart/mixed; boundary=x\n\n" + parts,
		"nested": strings.Repeat(nested, 500),
	}
	for name, mail := range tests {
		if got := value(mailOf(t, mail), "trouble"); got != "more parts than are read" {
			t.Errorf("%s: trouble %q", name, got)
		}
	}
	var links strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&links, "http://a%d.example/%s ", i, strings.Repeat("x", 100))
	}
	ev := mailOf(t, mailDate+"To: "+strings.Repeat("a@b.example,", 30_000)+"\n\n"+links.String())
	size := 0
	for _, o := range ev.Observations {
		size += len(o.Observable.Value)
	}
	if len(ev.Observations) > 200 || size > 80<<10 || len(ev.Raw) > 32<<10 {
		t.Errorf("%d observations of %d bytes, %d bytes raw", len(ev.Observations), size, len(ev.Raw))
	}
}

// TestMalmailFormsAgree: the same mail alone and in a box is the same record.
func TestMalmailFormsAgree(t *testing.T) {
	box, err := os.ReadFile(filepath.Join("testdata", "malmail.in"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var ids []cure.ID
	for i, text := range [][]byte{splitMails(box)[0], bytes.SplitN(splitMails(box)[0], []byte("\n"), 2)[1]} {
		in := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(in, text, 0o600); err != nil {
			t.Fatal(err)
		}
		h := &publishtest.Hub{Own: ownSide}
		runInto(t, h, observe.Malmail(), "malmail/a", nil, in, in) // the second time there is nothing new
		if len(h.Records) != 1 {
			t.Fatalf("%d records", len(h.Records))
		}
		ids = append(ids, h.Records[0].ID)
	}
	if ids[0] != ids[1] {
		t.Error("the two records differ")
	}
}
