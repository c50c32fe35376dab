package api

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

const goodLine = `{"source":"lab/one","observations":[{"observable":{"kind":"ip","value":"198.51.100.7"},"role":"scanner","first":"2026-11-20T01:00:00Z"}]}`

func TestPushedLinesAreReadOneByOne(t *testing.T) {
	body := strings.Join([]string{
		goodLine,
		``,
		`{"source":"lab/one","observations":[{"observable":{"kind":"ip","value":"198.51.100[.]7"},"first":"2026-11-20T01:00:00Z"}]}`,
		`{"source":"lab/one","observation":[]}`,
		`{"source":"lab","observations":[]}`,
		`not JSON`,
		`{"source":"lab/one"}`,
		`{"source":"lab/one","observations":[{"observable":{"kind":"ip","value":"198.51.100.7"},"first":"2190-01-01T00:00:00Z"}]}`,
		`{"source":"lab/one","controls":[{"op":"delete"}]}`,
		`{"source":"lab/two","annotations":[{"subject":{"kind":"ip","value":"198.51.100.7"},"tag":{"kind":"tag","value":"mirai"},"time":"2026-11-20T01:00:00Z"}]}`,
	}, "\n")
	p, err := readLines(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]cure.Source{"lab/one", "lab/two"}, p.order); d != "" {
		t.Errorf("sources (-want +got):\n%s", d)
	}
	if got := len(p.bundles["lab/one"].records); got != 1 {
		t.Errorf("%d good records of lab/one, want 1", got)
	}
	if got := len(p.bundles["lab/one"].bad); got != 5 {
		t.Errorf("%d bad records of lab/one in the quarantine, want 5", got)
	}
	if got := len(p.bundles["lab/two"].records); got != 1 {
		t.Errorf("%d good records of lab/two, want 1", got)
	}
	var lines []int
	for _, r := range p.answer.Refused {
		if r.Reason == "" {
			t.Errorf("line %d refused without a reason", r.Line)
		}
		lines = append(lines, r.Line)
	}
	if d := cmp.Diff([]int{3, 4, 5, 6, 7, 8, 9}, lines); d != "" {
		t.Errorf("refused lines (-want +got):\n%s", d)
	}
	if p.answer.RefusedTotal != 7 {
		t.Errorf("%d refused, want 7", p.answer.RefusedTotal)
	}
}

func TestPushesAreBounded(t *testing.T) {
	var many strings.Builder
	for i := range maxSources + 1 {
		many.WriteString(strings.Replace(goodLine, "lab/one", "lab/s"+strings.Repeat("x", i), 1) + "\n")
	}
	for _, tt := range []struct{ name, body string }{
		{"nothing", ""},
		{"blank lines", "\n \n\n"},
		{"long line", goodLine + "\n" + strings.Repeat("x", maxLine+1)},
		{"many sources", many.String()},
		{"many lines", strings.Repeat("x\n", maxLines+1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := readLines(strings.NewReader(tt.body)); cure.KindOf(err) != cure.Invalid {
				t.Errorf("error %v, want Invalid", err)
			}
		})
	}
	p, err := readLines(strings.NewReader(strings.Repeat("x\n", 5*maxRefusals)))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.answer.Refused) != maxRefusals || p.answer.RefusedTotal != 5*maxRefusals {
		t.Errorf("%d of %d refusals named, want %d of %d", len(p.answer.Refused), p.answer.RefusedTotal, maxRefusals, 5*maxRefusals)
	}
}

func FuzzPushedLines(f *testing.F) {
	f.Add(goodLine)
	f.Add(goodLine + "\n{}\n[]\nnull\n\"x\"\n")
	f.Fuzz(func(t *testing.T, body string) {
		p, err := readLines(strings.NewReader(body))
		if err != nil {
			return
		}
		taken := 0
		for src, b := range p.bundles {
			if src.Check() != nil {
				t.Errorf("took the source %q", src)
			}
			taken += len(b.records)
			for _, r := range b.records {
				for _, o := range r.Observations {
					if o.Observable.Check() != nil {
						t.Errorf("took %v", o.Observable)
					}
				}
			}
		}
		if lines := strings.Count(body, "\n") + 1; taken+p.answer.RefusedTotal > lines {
			t.Errorf("%d records of %d lines", taken+p.answer.RefusedTotal, lines)
		}
	})
}
