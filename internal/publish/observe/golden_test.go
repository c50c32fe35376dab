package observe_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/publishtest"
)

var update = flag.Bool("update", false, "write the golden files")

// now is the clock of all tests here.
func now() time.Time { return time.Date(2026, 11, 20, 1, 40, 0, 0, time.UTC) }

// run publishes files into a new hub.
func run(t *testing.T, p publish.Publisher, src cure.Source, def *publish.Definition, files ...string) (*publishtest.Hub, publish.Result) {
	t.Helper()
	h := &publishtest.Hub{}
	return h, runInto(t, h, p, src, def, files...)
}

func runInto(t *testing.T, h *publishtest.Hub, p publish.Publisher, src cure.Source, def *publish.Definition, files ...string) publish.Result {
	t.Helper()
	res, err := publish.Run(t.Context(), publish.Config{
		Source: src, Publisher: p, Feed: def, Sink: h, Now: now, Wait: true,
	}, files...)
	if err != nil {
		t.Fatalf("publish %v: %v", files, err)
	}
	return res
}

// golden publishes testdata/NAME.in and compares everything that comes of it
// with testdata/NAME.golden.
func golden(t *testing.T, name string, p publish.Publisher, src cure.Source, def *publish.Definition) {
	t.Helper()
	goldenInto(t, &publishtest.Hub{}, name, p, src, def)
}

// goldenInto is golden for a hub that knows the own side.
func goldenInto(t *testing.T, h *publishtest.Hub, name string, p publish.Publisher, src cure.Source, def *publish.Definition) {
	t.Helper()
	in := filepath.Join(t.TempDir(), name)
	data, err := os.ReadFile(filepath.Join("testdata", name+".in"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(in, now(), now()); err != nil {
		t.Fatal(err)
	}
	same(t, name, show(t, h, runInto(t, h, p, src, def, in)))
}

// same compares a text with testdata/NAME.golden.
func same(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// show writes what a hub got, for people.
func show(t *testing.T, h *publishtest.Hub, res publish.Result) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "read %d published %d observations %d quarantined %d unknown %v problems %v\n",
		res.Records, res.Published, res.Observations, res.Quarantined, res.Unknown, res.Problems)
	for _, bad := range h.Bad {
		fmt.Fprintf(&b, "bad line %d byte %d: %s: %q\n", bad.Line, bad.Offset, bad.Reason, bad.Raw)
	}
	for _, r := range h.Records {
		fmt.Fprintf(&b, "\nrecord %s sensor %s marking %s\n", r.ID, r.Sensor, r.Marking)
		for _, o := range r.Observations {
			fmt.Fprintf(&b, "  %s %s %s x%d %s", o.Observable, o.Role, o.State, max(o.Count, 1), o.First.Format(time.RFC3339Nano))
			if o.Last.After(o.First) {
				fmt.Fprintf(&b, " to %s", o.Last.Format(time.RFC3339Nano))
			}
			b.WriteByte('\n')
		}
		for _, a := range r.Annotations {
			fmt.Fprintf(&b, "  %s is %s, confidence %d: %q\n", a.Subject, a.Tag, a.Confidence, a.Sentence)
		}
		for _, a := range r.Attrs {
			fmt.Fprintf(&b, "  %s = %q\n", a.Name, a.Value)
		}
		for line := range strings.Lines(string(r.Raw)) {
			fmt.Fprintf(&b, "  | %s\n", strings.TrimSuffix(line, "\n"))
		}
	}
	return b.String()
}

// everything is all text that left a publisher: batches as JSON and as they
// are, states, objects and the quarantine.
func everything(t *testing.T, h *publishtest.Hub) string {
	t.Helper()
	var b strings.Builder
	for _, r := range h.Records {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
		b.Write(r.Raw)
	}
	for _, p := range h.Payloads {
		b.Write(p)
	}
	b.Write(h.State())
	for _, o := range h.Objects {
		b.Write(o)
	}
	for _, bad := range h.Bad {
		fmt.Fprintf(&b, "%s %s %s", bad.Reason, bad.Input, bad.Raw)
	}
	return b.String()
}
