package mean_test

import (
	"bytes"
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
	"github.com/opencure/cure/internal/publish/mean"
	"github.com/opencure/cure/internal/publish/publishtest"
)

var update = flag.Bool("update", false, "write the golden files")

func now() time.Time { return time.Date(2026, 11, 20, 1, 40, 0, 0, time.UTC) }

func run(t *testing.T, h *publishtest.Hub, src cure.Source, files ...string) publish.Result {
	t.Helper()
	res, err := publish.Run(t.Context(), publish.Config{Source: src, Publisher: mean.Attack(), Sink: h, Now: now, Wait: true}, files...)
	if err != nil {
		t.Fatalf("publish %v: %v", files, err)
	}
	return res
}

// put writes an input with a fixed time.
func put(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, now(), now()); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func golden(t *testing.T, name string) {
	t.Helper()
	h := &publishtest.Hub{}
	res := run(t, h, "attack/enterprise", put(t, name, read(t, name+".in")))
	var b strings.Builder
	fmt.Fprintf(&b, "read %d published %d quarantined %d problems %v\n", res.Records, res.Published, res.Quarantined, res.Problems)
	for _, bad := range h.Bad {
		fmt.Fprintf(&b, "bad line %d: %s\n", bad.Line, bad.Reason)
	}
	for _, r := range h.Records {
		fmt.Fprintf(&b, "\nrecord %s\n", r.ID)
		for _, a := range r.Annotations {
			how := a.Relation.String()
			if how == "" {
				how = "carries"
			}
			fmt.Fprintf(&b, "  %s %s %s, %d, document %.8s: %q\n", a.Subject, how, a.Tag, a.Confidence, a.Document, a.Sentence)
		}
		for _, d := range r.Documents {
			fmt.Fprintf(&b, "  document %.8s %q %s\n", d.ID, d.Title, d.URL)
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

func TestAttackGolden(t *testing.T) { golden(t, "attack") }

func TestAttackBroken(t *testing.T) { golden(t, "attack-broken") }

// TestAttackAgain: a new release publishes what has changed in it, and the same
// one nothing.
func TestAttackAgain(t *testing.T) {
	h := &publishtest.Hub{}
	first := run(t, h, "attack/a", put(t, "old.json", read(t, "attack.in")))
	if again := run(t, h, "attack/a", put(t, "same.json", append(read(t, "attack.in"), '\n'))); again.Published != 0 {
		t.Errorf("the same objects published %d records again", again.Published)
	}
	changed := bytes.Replace(read(t, "attack.in"), []byte(`"modified":"2026-01-02T00:00:00.000Z","name":"Umi"`), []byte(`"modified":"2026-02-02T00:00:00.000Z","name":"Umi"`), 1)
	if next := run(t, h, "attack/a", put(t, "new.json", changed)); next.Published != 1 || first.Published < 10 {
		t.Errorf("one changed object published %d records of %d", next.Published, first.Published)
	}
}

// TestAttackTwoFiles: relationships may stand in a file of their own.
func TestAttackTwoFiles(t *testing.T) {
	var things, ties []byte
	for line := range bytes.Lines(read(t, "attack.in")) {
		line = append(bytes.TrimSuffix(bytes.TrimSpace(line), []byte(",")), '\n')
		switch {
		case bytes.Contains(line, []byte(`"type":"relationship"`)):
			ties = append(ties, line...)
		case bytes.HasPrefix(line, []byte(`{"type":`)):
			things = append(things, line...)
		}
	}
	whole, two := &publishtest.Hub{}, &publishtest.Hub{}
	run(t, whole, "attack/a", put(t, "one.json", read(t, "attack.in")))
	res := run(t, two, "attack/a", put(t, "ties.jsonl", ties))
	if len(res.Problems) != 1 {
		t.Errorf("relationships alone: %v", res.Problems)
	}
	res = run(t, two, "attack/a", put(t, "things.jsonl", things), put(t, "ties.jsonl", ties))
	if len(res.Problems) != 0 {
		t.Errorf("objects first: %v", res.Problems)
	}
	if diff := cmp.Diff(ids(whole), ids(two)); diff != "" {
		t.Errorf("records (-one file +two)\n%s", diff)
	}
}

func ids(h *publishtest.Hub) map[cure.ID]int {
	m := map[cure.ID]int{}
	for _, r := range h.Records {
		m[r.ID]++
	}
	return m
}

// big is a catalogue with many objects, aliases and a cycle.
func big(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"type":"bundle","objects":[`)
	for i := range n {
		fmt.Fprintf(&b, `{"type":"malware","id":"malware--%d","modified":"2026-01-02T00:00:00.000Z","name":"Family %d","x_mitre_aliases":[`, i, i)
		for a := range 100 {
			fmt.Fprintf(&b, `"alias %d of %d",`, a, i)
		}
		fmt.Fprintf(&b, `"x"],"external_references":[{"source_name":"mitre-attack","external_id":"S%d"}]},`, i)
		fmt.Fprintf(&b, `{"type":"relationship","id":"relationship--%d","modified":"2026-01-05T00:00:00.000Z","relationship_type":"uses","source_ref":"malware--%d","target_ref":"malware--%d","description":%q},`,
			i, i, (i+1)%n, strings.Repeat("long ", 200))
	}
	b.WriteString(`{"type":"identity","id":"identity--1"}]}`)
	return b.Bytes()
}

// TestAttackAnyCheckpoint kills the hub at every batch: the records are those
// of one run.
func TestAttackAnyCheckpoint(t *testing.T) {
	in := put(t, "big.json", big(100))
	whole := &publishtest.Hub{}
	run(t, whole, "attack/a", in)
	if whole.Seq() < 3 {
		t.Fatalf("only %d batches", whole.Seq())
	}
	cfg := publish.Config{Source: "attack/a", Publisher: mean.Attack(), Now: now, Checkpoint: 2}
	publishtest.KillEach(t, cfg, nil, func(kill uint64, h *publishtest.Hub) {
		if diff := cmp.Diff(ids(whole), ids(h)); diff != "" {
			t.Errorf("killed at batch %d (-whole +killed)\n%s", kill, diff)
		}
	}, in)
}

func FuzzAttack(f *testing.F) {
	for _, name := range []string{"attack.in", "attack-broken.in"} {
		for line := range bytes.Lines(read(f, name)) {
			f.Add(bytes.Trim(line, " ,\r\n"))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		dec, fold, err := mean.Attack().New(publish.Options{Source: "attack/a"})
		if err != nil {
			t.Fatal(err)
		}
		check := func(r *cure.Record) {
			for _, a := range r.Annotations {
				if err := a.Subject.Check(); err != nil {
					t.Errorf("subject: %v", err)
				}
				if err := a.Tag.Check(); err != nil {
					t.Errorf("tag: %v", err)
				}
			}
		}
		fold.Begin(publish.Copy{})
		_ = dec.Decode(raw, func(ev *publish.Event) { fold.Add(ev, check) }) // most input is broken
		_ = fold.End(true, check)
		state := fold.AppendState(nil)
		if len(state) > fold.Pending() {
			t.Errorf("state of %d bytes, bound %d", len(state), fold.Pending())
		}
		if err := fold.Restore(state); err != nil {
			t.Errorf("restore: %v", err)
		}
	})
}

func FuzzAttackRestore(f *testing.F) {
	f.Add([]byte{1, 1, 1, 'a', 3, 'a', ':', 'b', 0})
	f.Fuzz(func(t *testing.T, state []byte) {
		_, fold, err := mean.Attack().New(publish.Options{Source: "attack/a"})
		if err != nil {
			t.Fatal(err)
		}
		if fold.Restore(state) == nil && len(state) > 0 {
			if again := fold.AppendState(nil); len(again) > fold.Pending() {
				t.Errorf("state of %d bytes, bound %d", len(again), fold.Pending())
			}
		}
	})
}

func BenchmarkAttackRun(b *testing.B) {
	path := filepath.Join(b.TempDir(), "big.json")
	data := big(2000)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		h := &publishtest.Hub{}
		if _, err := publish.Run(b.Context(), publish.Config{Source: "attack/a", Publisher: mean.Attack(), Sink: h, Now: now}, path); err != nil {
			b.Fatal(err)
		}
	}
}
