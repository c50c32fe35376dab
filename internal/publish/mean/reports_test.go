package mean_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/mean"
	"github.com/opencure/cure/internal/publish/publishtest"
)

// names are what texts are searched for here.
var names = []publish.Keyword{
	{Tag: "malware:kagerou", Names: []string{"カゲロウ", "陽炎", "KageBot"}},
	{Tag: "campaign:sazanami", Names: []string{"Operation Sazanami"}},
}

// runTexts publishes files of a publisher of texts.
func runTexts(t *testing.T, h *publishtest.Hub, p publish.Publisher, files ...string) publish.Result {
	t.Helper()
	res, err := publish.Run(t.Context(), publish.Config{
		Source: cure.Source(p.Name + "/a"), Publisher: p, Sink: h, Now: now, Wait: true, Keywords: names, Enabled: true,
		PDF: func(context.Context, []byte) (string, error) { return "KageBot\nC2: 192.0.2[.]45\n", nil },
	}, files...)
	if err != nil {
		t.Fatalf("publish %v: %v", files, err)
	}
	return res
}

// goldenTexts compares all that comes of testdata/NAME.in.
func goldenTexts(t *testing.T, name string, p publish.Publisher) {
	t.Helper()
	h := &publishtest.Hub{}
	res := runTexts(t, h, p, put(t, name, read(t, name+".in")))
	got := showTexts(h, res)
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(read(t, name+".golden")), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func showTexts(h *publishtest.Hub, res publish.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "read %d published %d quarantined %d problems %v\n", res.Records, res.Published, res.Quarantined, res.Problems)
	for _, bad := range h.Bad {
		fmt.Fprintf(&b, "bad line %d: %s\n", bad.Line, bad.Reason)
	}
	for _, r := range h.Records {
		fmt.Fprintf(&b, "\nrecord %s %s\n", r.ID, r.Marking)
		for _, d := range r.Documents {
			fmt.Fprintf(&b, "  document %.8s %q %s %s %s, %d bytes\n", d.ID, d.Title, d.URL, d.Date.UTC().Format("2006-01-02"), d.Language, len(h.Objects[d.Body]))
		}
		for _, o := range r.Observations {
			fmt.Fprintf(&b, "  %s %s\n", o.Observable, o.Role)
		}
		for _, a := range r.Annotations {
			fmt.Fprintf(&b, "  %s carries %s, %d, %d-%d: %q\n", a.Subject, a.Tag, a.Confidence, a.SpanStart, a.SpanEnd, a.Sentence)
		}
		for _, a := range r.Attrs {
			fmt.Fprintf(&b, "  %s = %q\n", a.Name, a.Value)
		}
	}
	return b.String()
}

func TestReportsGolden(t *testing.T) { goldenTexts(t, "reports", mean.Reports()) }

func TestReportsBroken(t *testing.T) { goldenTexts(t, "reports-broken", mean.Reports()) }

// said returns the indicators of all records, and the attributes named also….
func said(h *publishtest.Hub) (values, also []string) {
	for _, r := range h.Records {
		for _, o := range r.Observations {
			values = append(values, o.Observable.String())
		}
		for _, a := range r.Attrs {
			if strings.HasPrefix(a.Name, "also ") {
				also = append(also, a.Name+" "+a.Value)
			}
		}
	}
	slices.Sort(values)
	return values, also
}

// TestReportsEncodings: a copy in another encoding says the same, and after the
// first nothing again but where it stood.
func TestReportsEncodings(t *testing.T) {
	text := read(t, "reports.in")
	whole := &publishtest.Hub{}
	runTexts(t, whole, mean.Reports(), put(t, "utf8.md", text))
	want, _ := said(whole)
	for name, enc := range map[string]encoding.Encoding{
		"cp932": japanese.ShiftJIS, "euc-jp": japanese.EUCJP, "iso-2022-jp": japanese.ISO2022JP,
	} {
		t.Run(name, func(t *testing.T) {
			copied, err := enc.NewEncoder().Bytes(text)
			if err != nil {
				t.Fatal(err)
			}
			h := &publishtest.Hub{}
			runTexts(t, h, mean.Reports(), put(t, name+".md", copied))
			got, _ := said(h)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("indicators (-UTF-8 +%s)\n%s", name, diff)
			}
			runTexts(t, h, mean.Reports(), put(t, "again.md", text))
			again, also := said(h)
			if len(again) != len(got) || len(also) == 0 {
				t.Errorf("the same text again: %d values after %d, also %v", len(again), len(got), also)
			}
		})
	}
}

// TestReportsForms: what is an indicator, by the form of the document.
func TestReportsForms(t *testing.T) {
	tests := map[string]struct {
		data string
		want []string
	}{
		"HTML with a table": {
			`<html lang="en"><head><title>KageBot</title><link rel="canonical" href="https://vendor.example/k"></head><body>
			<nav><a href="https://vendor.example/">192.0.2.99</a></nav><h2>Indicators of compromise</h2>
			<table><tr><td>192.0.2.45</td><td>C2</td></tr></table><pre>wget 198.51.100.23/a
198.51.100.77</pre><h2>References</h2><p>https://other.example/x</p></body></html>`,
			[]string{"ip:192.0.2.45", "ip:198.51.100.77", "tag:malware:kagerou", "url:http://198.51.100.23/a"},
		},
		"PDF":                {"%PDF-1.7\n", []string{"ip:192.0.2.45", "tag:malware:kagerou"}},
		"plain in sentences": {"We thank https://vendor.example/ and our friends at https://friends.example/team for the work that they did in all these years.", nil},
		"versions":           {"# Update\n\nVersion 1.2.0.0 and firmware 10.4.2.1 are affected, 1.2.0.5 is not.\n", nil},
		"RSS": {
			`<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><item><title>Operation Sazanami</title><link>https://vendor.example/s</link>
			<pubDate>Tue, 17 Nov 2026 05:10:00 GMT</pubDate><description>&lt;p&gt;C2: news[.]sazanami[.]example&lt;/p&gt;</description></item></channel></rss>`,
			[]string{"domain:news.sazanami.example", "tag:campaign:sazanami"},
		},
		"half-width kana": {"ｶｹﾞﾛｳ の C2 は 192.0.2[.]45 である。", []string{"ip:192.0.2.45", "tag:malware:kagerou"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := &publishtest.Hub{}
			runTexts(t, h, mean.Reports(), put(t, "report", []byte(tt.data)))
			got, _ := said(h)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestReportsLabel: a label in the text raises the marking.
func TestReportsLabel(t *testing.T) {
	h := &publishtest.Hub{}
	runTexts(t, h, mean.Reports(), put(t, "a.txt", []byte("TLP:AMBER+STRICT\nC2 192.0.2[.]45")))
	if len(h.Records) != 1 || h.Records[0].Marking.TLP != cure.TLPAmberStrict {
		t.Errorf("records %+v", h.Records)
	}
}

// fuzzTexts feeds any bytes to decoder and fold of a publisher of texts.
func fuzzTexts(f *testing.F, p publish.Publisher, seeds ...string) {
	for _, name := range seeds {
		data := read(f, name)
		f.Add(data)
		for line := range bytes.Lines(data) {
			f.Add(bytes.TrimSpace(line))
		}
	}
	dec, _, err := p.New(publish.Options{Source: cure.Source(p.Name + "/a"), Keywords: names, Enabled: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, fold, err := p.New(publish.Options{Source: cure.Source(p.Name + "/a"), Keywords: names, Enabled: true})
		if err != nil {
			t.Fatal(err)
		}
		fold.Begin(publish.Copy{Name: "x", Time: now()})
		check := func(r *cure.Record) {
			for _, o := range r.Observations {
				if err := o.Observable.Check(); err != nil {
					t.Error(err)
				}
			}
			for _, a := range r.Annotations {
				if a.Subject.Check() != nil || a.Tag.Check() != nil || a.Time.IsZero() {
					t.Errorf("annotation %+v", a)
				}
			}
		}
		_ = dec.Decode(bytes.Clone(raw), func(ev *publish.Event) { fold.Add(ev, check) }) // most input is broken
		_ = fold.End(true, check)
		state := fold.AppendState(nil)
		if len(state) > fold.Pending() || fold.Restore(state) != nil {
			t.Errorf("state of %d bytes, bound %d", len(state), fold.Pending())
		}
	})
}

func FuzzReports(f *testing.F) { fuzzTexts(f, mean.Reports(), "reports.in", "reports-broken.in") }

// BenchmarkTexts reads the sample of each publisher of texts again and again.
func BenchmarkTexts(b *testing.B) {
	for _, p := range []publish.Publisher{mean.Reports(), mean.Social(), mean.Tickets()} {
		b.Run(p.Name, func(b *testing.B) {
			data := read(b, p.Name+".in")
			dec, _, err := p.New(publish.Options{Source: cure.Source(p.Name + "/a"), Keywords: names, Enabled: true})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if err := dec.Decode(data, func(*publish.Event) {}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestTextsAnyCheckpoint kills the hub at every batch: the records are those of
// one run.
func TestTextsAnyCheckpoint(t *testing.T) {
	var b bytes.Buffer
	for i := range 40 {
		fmt.Fprintf(&b, `{"title":"synthetic %d","text":"KageBot `, i%38)
		for j := range 40 {
			fmt.Fprintf(&b, `c2 h%d-%x[.]kagerou[.]example, `, i%38, j*(i%38)*7919)
		}
		b.WriteString("end\"}\n")
	}
	in := put(t, "big.jsonl", b.Bytes())
	whole := &publishtest.Hub{}
	runTexts(t, whole, mean.Reports(), in)
	if whole.Seq() < 2 || len(whole.Bad) > 0 {
		t.Fatalf("%d batches, %d refused", whole.Seq(), len(whole.Bad))
	}
	cfg := publish.Config{Source: "reports/a", Publisher: mean.Reports(), Now: now, Checkpoint: 2, Keywords: names}
	publishtest.KillEach(t, cfg, nil, func(kill uint64, h *publishtest.Hub) {
		if diff := cmp.Diff(ids(whole), ids(h)); diff != "" {
			t.Errorf("killed at batch %d (-whole +killed)\n%s", kill, diff)
		}
	}, in)
}
