package publish_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

// feedOf is a feed of addresses with a date.
func feedOf() *publish.Definition {
	return &publish.Definition{
		Name: "test", Format: publish.FormatLines, Kind: cure.KindIP, Role: cure.RoleInfected,
		TLP: cure.TLPClear, Licence: cure.LicencePublic, Updated: "updated", MinLines: 1,
	}
}

// poll publishes a copy made at a day of November, as a poll would.
func poll(t *testing.T, h *publishtest.Hub, def *publish.Definition, day int, lines ...string) (publish.Result, []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list.txt")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, day, 12, 0, 0, 0, time.UTC)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	from := len(h.Records)
	res, err := publish.Run(t.Context(), publish.Config{
		Source: "feeds/test", Publisher: observe.Feeds(), Feed: def, Sink: h, Now: now,
	}, path)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, r := range h.Records[from:] {
		o := r.Observations[0]
		said = append(said, fmt.Sprintf("%s %s on %d", o.Observable.Value, o.State, o.First.Day()))
	}
	return res, said
}

func TestListPublishesTheDifference(t *testing.T) {
	h, def := &publishtest.Hub{}, feedOf()
	steps := []struct {
		what  string
		day   int
		lines []string
		want  []string
	}{
		{"first copy", 1, []string{"198.51.100.1", "198.51.100.2"}, []string{"198.51.100.1 listed on 1", "198.51.100.2 listed on 1"}},
		{"same copy", 1, []string{"198.51.100.1", "198.51.100.2"}, nil},
		{"one added, one removed", 1, []string{"198.51.100.2", "198.51.100.3"}, []string{"198.51.100.1 ended on 1", "198.51.100.3 listed on 1"}},
		{"next day", 2, []string{"198.51.100.3", "198.51.100.2"}, []string{"198.51.100.2 listed on 2", "198.51.100.3 listed on 2"}},
		{"back again, twice in the list", 2, []string{"198.51.100.1", "198.51.100.1", "198.51.100.2", "198.51.100.3"}, []string{"198.51.100.1 listed on 2"}},
		{"date in the copy", 2, []string{"# updated 2026-11-03", "198.51.100.1"}, []string{"198.51.100.1 listed on 3", "198.51.100.2 ended on 3", "198.51.100.3 ended on 3"}},
	}
	for _, s := range steps {
		if _, said := poll(t, h, def, s.day, s.lines...); cmp.Diff(s.want, said) != "" {
			t.Errorf("%s (-want +got):\n%s", s.what, cmp.Diff(s.want, said))
		}
	}
}

func TestImplausibleCopyChangesNothing(t *testing.T) {
	var lines []string
	for i := range 200 {
		lines = append(lines, fmt.Sprintf("198.18.0.%d", i))
	}
	tests := map[string]struct {
		change func(*publish.Definition)
		lines  []string
		want   string
	}{
		"web page":   {nil, []string{"<!DOCTYPE html>", "<html><body>", "<p>Moved</p>"}, "web page"},
		"empty":      {nil, nil, "0 entries"},
		"much less":  {nil, lines[:15], "15 entries"},
		"too few":    {func(d *publish.Definition) { d.MinLines = 300 }, lines, "want at least 300"},
		"too many":   {func(d *publish.Definition) { d.MaxLines = 199 }, lines, "more than 199"},
		"unreadable": {nil, append(strings.Split(strings.Repeat("what is this?;", 40), ";"), lines[:30]...), "cannot be read"},
		"older":      {nil, append([]string{"# updated 2026-10-31"}, lines...), "older"},
		"no header": {func(d *publish.Definition) {
			d.Format, d.Header, d.Columns = publish.FormatTSV, "#sources", []publish.Column{{Kind: cure.KindIP}, {Attr: "by", Mask: true}}
		}, []string{"198.18.0.1\t1", "198.18.0.2\t1"}, "header"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := &publishtest.Hub{}
			if _, said := poll(t, h, feedOf(), 1, lines...); len(said) != 200 {
				t.Fatalf("first copy: %d records", len(said))
			}
			def := feedOf()
			if tt.change != nil {
				tt.change(def)
			}
			for range 2 { // the reason is given each time
				res, said := poll(t, h, def, 2, tt.lines...)
				if len(said) != 0 || len(res.Problems) != 1 || !strings.Contains(res.Problems[0].Error(), tt.want) {
					t.Errorf("published %d, problems %v, want %q", len(said), res.Problems, tt.want)
				}
				if n := len(h.Bad); n == 0 || h.Bad[n-1].Line != 0 || !strings.Contains(h.Bad[n-1].Reason, tt.want) {
					t.Errorf("quarantine has no entry for the whole copy: %+v", h.Bad)
				}
			}
			if _, said := poll(t, h, feedOf(), 1, lines[:199]...); cmp.Diff([]string{"198.18.0.199 ended on 1"}, said) != "" {
				t.Errorf("afterwards: %v", said)
			}
		})
	}
}

func TestCutCopyAddsButRemovesNothing(t *testing.T) {
	h, def := &publishtest.Hub{}, feedOf()
	poll(t, h, def, 1, "198.51.100.1", "198.51.100.2")
	data := gzipped(t, "198.51.100.2\n198.51.100.3\n"+strings.Repeat("# comment\n", 100))
	path := write(t, "list.gz", data[:len(data)-6]) // without its checksum
	res, err := publish.Run(t.Context(), publish.Config{
		Source: "feeds/test", Publisher: observe.Feeds(), Feed: def, Sink: h, Now: now,
	}, path)
	if err != nil || len(res.Problems) != 1 {
		t.Fatalf("problems %v, %v", res.Problems, err)
	}
	for _, r := range h.Records {
		if o := r.Observations[0]; o.State == cure.StateEnded {
			t.Errorf("%s ended", o.Observable)
		}
	}
	if _, said := poll(t, h, def, 20, "198.51.100.3"); len(said) != 2 {
		t.Errorf("the whole copy then says %v", said)
	}
}

// TestListKilledAtEachBatch does with two copies of a list what
// TestKilledAtEachBatch does with a log.
func TestListKilledAtEachBatch(t *testing.T) {
	var first, second bytes.Buffer
	for i := range 20000 {
		line := fmt.Sprintf("198.%d.%d.%d\n", 18+i>>16, i>>8&255, i&255)
		if i%10 != 0 {
			first.WriteString(line)
		}
		if i%3 != 0 {
			second.WriteString(line)
		}
	}
	one, two := write(t, "one", first.Bytes()), write(t, "two", second.Bytes())
	cfg := func(h *publishtest.Hub) publish.Config {
		return publish.Config{Source: "feeds/test", Publisher: observe.Feeds(), Feed: feedOf(), Sink: h, Now: now, Checkpoint: 2}
	}
	whole := &publishtest.Hub{}
	run(t, cfg(whole), one, two)
	if whole.Seq() < 4 {
		t.Fatalf("%d batches: too few to test anything", whole.Seq())
	}
	for at := uint64(1); at <= whole.Seq(); at++ {
		h := &publishtest.Hub{KillAt: at, Lose: at%2 == 0}
		if _, err := publish.Run(t.Context(), cfg(h), one, two); !errors.Is(err, publishtest.ErrKilled) {
			t.Fatalf("killed at %d: %v", at, err)
		}
		h.KillAt = 0
		run(t, cfg(h), one, two)
		compare(t, fmt.Sprintf("killed at %d", at), whole, h)
	}
}
