package observe_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

func TestSpamdbGolden(t *testing.T) {
	for _, name := range []string{"spamdb", "spamdb-broken", "spamdb-mails", "spamdb-dmarc"} {
		t.Run(name, func(t *testing.T) {
			goldenInto(t, &publishtest.Hub{Own: ownSide}, name, observe.Spamdb(), "spamdb/mx", nil)
		})
	}
}

// TestSpamdbManyRecipients: a notification has any number of recipients; those
// beyond the bound are counted, not passed over in silence.
func TestSpamdbManyRecipients(t *testing.T) {
	for name, tt := range map[string]struct {
		n, want int
		left    string
	}{
		"two":            {2, 2, ""},
		"at the bound":   {256, 256, ""},
		"beyond it":      {300, 256, "44"},
		"beyond reading": {30_000, 256, "14881 or more"},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			b.WriteString("From: MAILER-DAEMON@mx.hinata.example\r\nDate: Fri, 20 Nov 2026 09:00:00 +0900\r\n" +
				"Content-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n" +
				"--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.hinata.example\r\n\r\n")
			for i := range tt.n {
				fmt.Fprintf(&b, "Final-Recipient: rfc822; forged%d@other.example\r\nAction: failed\r\n\r\n", i)
			}
			b.WriteString("--r\r\nContent-Type: text/rfc822-headers\r\n\r\nReturn-Path: <>\r\n--r--\r\n")
			events := decode(t, observe.Spamdb(), publish.Options{Source: "spamdb/a"}, []byte(b.String()))
			if len(events) != tt.want {
				t.Fatalf("%d events, want %d", len(events), tt.want)
			}
			left := ""
			for _, a := range events[tt.want-1].Attrs {
				if a.Name == "recipients_left_out" {
					left = a.Value
				}
			}
			if left != tt.left {
				t.Errorf("%q left out, want %q", left, tt.left)
			}
		})
	}
}

func FuzzSpamdb(f *testing.F) {
	addMails(f, "spamdb-mails.in")
	if text, err := os.ReadFile(filepath.Join("testdata", "spamdb-dmarc.in")); err == nil {
		f.Add(text)
		f.Add(zipped(f, text))
	}
	fuzzDecoder(f, observe.Spamdb(), publish.Options{Source: "spamdb/a", Own: publish.NewOwnSide(ownSide)}, "spamdb.in", "spamdb-broken.in")
}

// FuzzSpamdbState: a state from outside is taken up whole or refused.
func FuzzSpamdbState(f *testing.F) {
	f.Add([]byte{1, 1, 1, 1, 'a', 0, 1, 'b', 1, 0, 0})
	fuzzState(f, observe.Spamdb(), "spamdb/a")
}

func zipped(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("report.xml")
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSpamdbPackedReports: a report says the same in an archive.
func TestSpamdbPackedReports(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "spamdb-dmarc.in"))
	if err != nil {
		t.Fatal(err)
	}
	o := publish.Options{Source: "spamdb/a", Own: publish.NewOwnSide(ownSide)}
	plain, packed := decode(t, observe.Spamdb(), o, text), decode(t, observe.Spamdb(), o, zipped(t, text))
	if diff := cmp.Diff(plain, packed); diff != "" || len(plain) != 2 {
		t.Errorf("%d events (-plain +packed):\n%s", len(plain), diff)
	}
}

// TestSpamdbOpensOneArchive: an archive of archives is refused, and so is one
// that unpacks to more than a report can have; neither is held.
func TestSpamdbOpensOneArchive(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "spamdb-dmarc.in"))
	if err != nil {
		t.Fatal(err)
	}
	bombs := map[string][]byte{
		"zip of zips":     zipped(t, zipped(t, text)),
		"much of nothing": zipped(t, make([]byte, 64<<20)),
		"a long name":     zipped(t, append([]byte("<feedback><"), bytes.Repeat([]byte("a"), 64<<20)...)),
		"deep in itself":  zipped(t, bytes.Repeat([]byte("<a>"), 8<<20)),
		"cut":             zipped(t, text)[:60],
	}
	o := publish.Options{Source: "spamdb/a", Own: publish.NewOwnSide(ownSide)}
	for name, raw := range bombs {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if events := decode(t, observe.Spamdb(), o, raw); len(events) != 0 {
				t.Errorf("%d events", len(events))
			}
			runtime.ReadMemStats(&after)
			if n := after.HeapSys - min(after.HeapSys, before.HeapSys); n > 256<<20 {
				t.Errorf("the heap grew by %d bytes", n)
			}
		})
	}
}

// TestSpamdbTiesAcrossFiles: the lines of one mail may stand in two files, read
// in two runs; whose name was forged is never called a sender.
func TestSpamdbTiesAcrossFiles(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "spamdb.in"))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	want := map[string]uint64{}
	for cut := range 7 {
		h := &publishtest.Hub{Own: ownSide}
		for i, part := range [][][]byte{lines[:cut], lines[cut:]} {
			in := filepath.Join(t.TempDir(), string(rune('a'+i)))
			if err := os.WriteFile(in, bytes.Join(part, nil), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(in, now(), now()); err != nil {
				t.Fatal(err)
			}
			runInto(t, h, observe.Spamdb(), "spamdb/a", nil, in)
		}
		got := h.Digest()
		if cut == 0 {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("cut behind line %d (-want +got):\n%s", cut, diff)
		}
		for _, r := range h.Records {
			for _, o := range r.Observations {
				if k := o.Observable.Kind; (k == cure.KindEmail || k == cure.KindDomain) && o.Role.Hostile() {
					t.Errorf("%s is %s", o.Observable, o.Role)
				}
			}
		}
	}
}

// TestSpamdbYears: a line without a year is of the year in which its log was
// written, or the one before.
func TestSpamdbYears(t *testing.T) {
	for written, want := range map[string]int{"2026-12-31": 2026, "2026-11-20": 2026, "2026-11-01": 2025} {
		at, err := time.Parse(time.DateOnly, written)
		if err != nil {
			t.Fatal(err)
		}
		in := filepath.Join(t.TempDir(), "log")
		line := "Nov 20 09:00:00 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from a[192.0.2.9]: 550; from=<> to=<info@hinata.example>\n"
		if err := os.WriteFile(in, []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(in, at, at); err != nil {
			t.Fatal(err)
		}
		h, _ := run(t, observe.Spamdb(), "spamdb/a", nil, in)
		if len(h.Records) != 1 {
			t.Fatalf("%s: %d records", written, len(h.Records))
		}
		if got := h.Records[0].Observations[0].First.Year(); got != want {
			t.Errorf("written %s: year %d, want %d", written, got, want)
		}
	}
}
