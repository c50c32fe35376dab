package mean_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/mean"
	"github.com/opencure/cure/internal/publish/publishtest"
)

func runVuln(t *testing.T, h *publishtest.Hub, file string) publish.Result {
	t.Helper()
	return runOne(t, mean.Vuln(), h, file)
}

func runOne(t *testing.T, p publish.Publisher, h *publishtest.Hub, file string) publish.Result {
	t.Helper()
	res, err := publish.Run(t.Context(), publish.Config{Source: cure.Source(p.Name + "/a"), Publisher: p, Sink: h, Now: now, Wait: true}, file)
	if err != nil {
		t.Fatalf("publish %s: %v", file, err)
	}
	return res
}

// goldenStates compares records, states and tags with testdata/NAME.golden.
func goldenStates(t *testing.T, name string, p publish.Publisher) {
	t.Helper()
	h := &publishtest.Hub{}
	res := runOne(t, p, h, put(t, name, read(t, name+".in")))
	var b strings.Builder
	fmt.Fprintf(&b, "read %d published %d quarantined %d problems %v\n", res.Records, res.Published, res.Quarantined, res.Problems)
	for _, bad := range h.Bad {
		fmt.Fprintf(&b, "bad line %d: %s\n", bad.Line, bad.Reason)
	}
	for _, r := range h.Records {
		fmt.Fprintf(&b, "\nrecord %s\n", r.ID)
		for _, o := range r.Observations {
			fmt.Fprintf(&b, "  %s %s %s\n", o.Observable, o.State, o.First.UTC().Format("2006-01-02"))
		}
		for _, a := range r.Annotations {
			fmt.Fprintf(&b, "  %s carries %s, %d: %q\n", a.Subject, a.Tag, a.Confidence, a.Sentence)
		}
		for _, a := range r.Attrs {
			fmt.Fprintf(&b, "  %s = %q\n", a.Name, a.Value)
		}
	}
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(read(t, name+".golden")), b.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestVulnGolden(t *testing.T) { goldenStates(t, "vuln", mean.Vuln()) }

func TestVulnBroken(t *testing.T) { goldenStates(t, "vuln-broken", mean.Vuln()) }

// TestVulnVersions: the same record is the same record, a changed one another.
func TestVulnVersions(t *testing.T) {
	ids := map[cure.ID]bool{}
	h := &publishtest.Hub{}
	for i, text := range []string{"One text.", "One text.", "Another text."} {
		line := fmt.Sprintf(`{"id":"CVE-2024-90101","desc":%q}`+"%s\n", text, strings.Repeat(" ", i)) // another file each time
		runVuln(t, h, put(t, "a.jsonl", []byte(line)))
	}
	for _, r := range h.Records {
		ids[r.ID] = true
	}
	if len(h.Records) != 3 || len(ids) != 2 {
		t.Errorf("%d records with %d ids, want 3 with 2", len(h.Records), len(ids))
	}
}

func FuzzVuln(f *testing.F) {
	for _, name := range []string{"vuln.in", "vuln-broken.in"} {
		for line := range bytes.Lines(read(f, name)) {
			f.Add(bytes.TrimSpace(line))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		dec, fold, err := mean.Vuln().New(publish.Options{Source: "vuln/a"})
		if err != nil {
			t.Fatal(err)
		}
		_ = dec.Decode(raw, func(ev *publish.Event) { // most input is broken
			fold.Add(ev, func(r *cure.Record) {
				for _, o := range r.Observations {
					if err := o.Observable.Check(); err != nil {
						t.Error(err)
					}
				}
				for _, a := range r.Annotations {
					if err := a.Tag.Check(); err != nil {
						t.Error(err)
					}
				}
			})
		})
	})
}
