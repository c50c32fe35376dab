package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/block"
	"github.com/opencure/cure/internal/publish/publishtest"
)

// ownSide is that of the samples.
var ownSide = []string{"203.0.113.0/26", "2001:db8::/64", "hinata.example", "@hinata.example"}

func now() time.Time { return time.Date(2026, 11, 20, 1, 40, 0, 0, time.UTC) }

// slow is a stream of one file whose records come one at a time, with a wait
// behind each, so that every record is followed by a batch with a checkpoint.
type slow struct {
	path    string
	framing feed.Framing
	done    bool
}

// Next implements feed.Stream.
func (s *slow) Next(_ context.Context, p feed.Progress) (feed.Input, error) {
	if s.done {
		return nil, feed.ErrEnded
	}
	f, err := feed.Open(s.path, s.framing, 0)
	if err != nil {
		return nil, err
	}
	return &slowFile{File: f}, nil
}

// Safe implements feed.Stream.
func (s *slow) Safe(string, int64) {}

// Done implements feed.Stream.
func (s *slow) Done(feed.Input, error) { s.done = true }

// slowFile is the file of a slow stream.
type slowFile struct {
	*feed.File
	waits bool
}

// Identity, Path and Shaped implement feed.Input.
func (f *slowFile) Identity() string   { return "sample" }
func (f *slowFile) Path() string       { return "" }
func (f *slowFile) Shaped() *feed.File { return f.File }

// Next implements feed.Input.
func (f *slowFile) Next(ctx context.Context, wait time.Duration) (feed.Frame, error) {
	if f.waits = !f.waits; !f.waits && wait >= 0 {
		return feed.Frame{}, feed.ErrIdle
	}
	return f.File.Next(ctx, feed.Forever)
}

// publishSlowly publishes a file that comes slowly to its end.
func publishSlowly(t *testing.T, cfg publish.Config, path string) error {
	t.Helper()
	_, err := publish.Follow(t.Context(), cfg, &slow{path: path, framing: cfg.Publisher.Framing})
	if errors.Is(err, feed.ErrEnded) {
		return nil
	}
	return err
}

// crashConfig is what a publisher needs to read its sample.
func crashConfig(t *testing.T, p publish.Publisher, h *publishtest.Hub) publish.Config {
	t.Helper()
	cfg := publish.Config{
		Source: cure.Source(p.Name + "/a"), Publisher: p, Sink: h, Now: now, Checkpoint: 1, Enabled: true,
	}
	switch p.Name {
	case "feeds":
		cfg.Source = "feeds/sample"
		cfg.Feed = &publish.Definition{
			Name: "sample", Format: "tsv", Columns: []publish.Column{{Kind: cure.KindIP}, {Attr: "lists"}},
			Role: cure.RoleInfected, MinLines: 2, TLP: cure.TLPClear, Licence: cure.LicencePublic,
		}
	case "webaccess":
		list, err := block.Read(strings.NewReader("news.sazanami.example\n192.0.2.130\n"))
		if err != nil {
			t.Fatal(err)
		}
		cfg.Block = list
	}
	return cfg
}

// TestKilledAtEachCheckpoint cuts the sample of each publisher into batches
// that each have a checkpoint, lets the hub fail at every one, with and without
// having taken the one before, and runs again: nothing lost, nothing counted
// twice, whatever fold the publisher has.
func TestKilledAtEachCheckpoint(t *testing.T) {
	folders := map[publish.Layer]string{publish.Observations: "../observe", publish.Meanings: "../mean"}
	for _, p := range Publishers() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			in := sample(t, filepath.Join(folders[p.Layer], "testdata", p.Name+".in"))
			whole := &publishtest.Hub{Own: ownSide}
			if err := publishSlowly(t, crashConfig(t, p, whole), in); err != nil {
				t.Fatal(err)
			}
			want := total(whole)
			if len(want) == 0 || whole.Seq() < 2 {
				t.Fatalf("%d batches of %d counts: too few to test anything", whole.Seq(), len(want))
			}
			step := uint64(1)
			if testing.Short() { // under the race detector
				step = max(1, whole.Seq()/4)
			}
			for kill := uint64(1); kill <= whole.Seq(); kill += step {
				for _, lose := range []bool{false, true} {
					h := &publishtest.Hub{Own: ownSide, KillAt: kill, Lose: lose}
					cfg := crashConfig(t, p, h)
					if err := publishSlowly(t, cfg, in); !errors.Is(err, publishtest.ErrKilled) {
						t.Fatalf("batch %d was not refused: %v", kill, err)
					}
					h.KillAt = 0
					if err := publishSlowly(t, cfg, in); err != nil {
						t.Fatalf("after a kill at batch %d: %v", kill, err)
					}
					if diff := cmp.Diff(want, total(h)); diff != "" {
						t.Errorf("killed at batch %d of %d, answer lost %v (-whole +killed)\n%s", kill, whole.Seq(), lose, diff)
					}
				}
			}
		})
	}
}

// sample copies a sample to where it has the time of the clock.
func sample(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	in, at := filepath.Join(t.TempDir(), filepath.Base(path)), time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC)
	if err := os.WriteFile(in, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(in, at, at); err != nil {
		t.Fatal(err)
	}
	return in
}

// total adds up what a hub holds, whatever the cut of parts and batches: the
// counts of observations, what is said of them, and the bytes of raw text.
func total(h *publishtest.Hub) map[string]uint64 {
	sum := map[string]uint64{}
	for _, r := range h.Records {
		for _, o := range r.Observations {
			sum[fmt.Sprint(r.ID, " ", o.Observable, " ", o.State)] += max(uint64(o.Count), 1)
		}
		for _, a := range r.Annotations {
			sum[fmt.Sprint(r.ID, " ", a.Subject, " is ", a.Tag)] = 1
		}
		sum["raw bytes"] += uint64(len(bytes.ReplaceAll(r.Raw, []byte("\n"), nil)))
	}
	sum["refused"] = uint64(len(h.Bad))
	return sum
}
