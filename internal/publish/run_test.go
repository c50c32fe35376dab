package publish_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/publishtest"
)

func now() time.Time { return time.Date(2026, 11, 20, 1, 40, 0, 0, time.UTC) }

// toy reads lines "session address seconds text ."; the text "end" ends the
// session. The text is of no use but to fill batches.
func toy() publish.Publisher {
	return publish.Publisher{
		Name: "toy",
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return toyDecoder{}, publish.NewSessions(o.Source), nil
		},
	}
}

type toyDecoder struct{}

func (toyDecoder) Decode(raw []byte, emit func(*publish.Event)) error {
	var seconds int
	f := strings.Fields(string(raw))
	if len(f) < 5 || f[4] != "." {
		return errors.New("not four words and a full stop")
	}
	if _, err := fmt.Sscan(f[2], &seconds); err != nil {
		return errors.New("no time")
	}
	emit(&publish.Event{
		Key: f[0], Time: time.Unix(int64(seconds), 0).UTC(), Ends: f[3] == "end",
		Actor: cure.Observable{Kind: cure.KindIP, Value: f[1]}, Role: cure.RoleScanner, Raw: raw,
	})
	return nil
}

// toyLog writes so many sessions of five lines, some of them open at a time.
func toyLog(sessions, text int) []byte {
	rng := rand.New(rand.NewPCG(1, 1))
	var b bytes.Buffer
	for from := 0; from < sessions; from += 10 {
		for step := range 5 {
			for i := from; i < min(from+10, sessions); i++ {
				word := "end"
				if step < 4 {
					word = randomText(rng, text)
				}
				fmt.Fprintf(&b, "s%d 198.18.%d.%d %d %s .\n", i, i>>8, i&255, 1790000000+i*10+step, word)
			}
		}
	}
	return b.Bytes()
}

func randomText(rng *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + rng.IntN(75))
	}
	return string(b)
}

func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func gzipped(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// hurried is a clock by which everything has waited too long.
func hurried() func() time.Time {
	clock := now()
	return func() time.Time { clock = clock.Add(150 * time.Millisecond); return clock }
}

func config(h *publishtest.Hub) publish.Config {
	return publish.Config{Source: "toy/a", Publisher: toy(), Sink: h, Now: now, Checkpoint: 4, Wait: true}
}

func run(t testing.TB, cfg publish.Config, inputs ...string) publish.Result {
	t.Helper()
	res, err := publish.Run(t.Context(), cfg, inputs...)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// TestKilledAtEachBatch lets the hub fail at each batch in turn, with and
// without having taken the one before, runs again, and compares with an
// uninterrupted run: nothing lost, nothing counted twice.
func TestKilledAtEachBatch(t *testing.T) {
	log := toyLog(300, 3000)
	bad := bytes.Replace(log, []byte("s77 "), []byte("s77\n"), 1)
	in := write(t, "log", bad)
	whole := &publishtest.Hub{}
	want := run(t, config(whole), in)
	if want.Quarantined == 0 || whole.Seq() < 9 {
		t.Fatalf("%d batches, %d quarantined: too few to test anything", whole.Seq(), want.Quarantined)
	}
	for at := uint64(1); at <= whole.Seq(); at++ {
		for i := range 4 {
			h := &publishtest.Hub{KillAt: at, Lose: i&1 != 0}
			cfg := config(h)
			if i&2 != 0 { // batches are cut at any time
				cfg.Now = hurried()
			}
			if _, err := publish.Run(t.Context(), cfg, in); !errors.Is(err, publishtest.ErrKilled) {
				t.Fatalf("killed at %d: %v", at, err)
			}
			h.KillAt = 0
			run(t, cfg, in)
			compare(t, fmt.Sprintf("killed at %d, answer lost %v, hurried %v", at, h.Lose, i&2 != 0), whole, h)
			if diff := cmp.Diff(places(whole), places(h)); diff != "" {
				t.Errorf("killed at %d: quarantine (-uninterrupted +resumed):\n%s", at, diff)
			}
		}
	}
}

// places returns where bad records stand; the same one may come twice.
func places(h *publishtest.Hub) map[int64]string {
	m := make(map[int64]string)
	for _, bad := range h.Bad {
		m[bad.Offset] = bad.Reason
	}
	return m
}

func compare(t *testing.T, what string, want, got *publishtest.Hub) {
	t.Helper()
	if diff := cmp.Diff(want.Digest(), got.Digest()); diff != "" {
		t.Fatalf("%s (-uninterrupted +resumed):\n%.2000s", what, diff)
	}
}

// TestKilledAgainAndAgain lets each run get only a few batches further.
func TestKilledAgainAndAgain(t *testing.T) {
	in := write(t, "log", toyLog(300, 3000))
	whole, h := &publishtest.Hub{}, &publishtest.Hub{}
	run(t, config(whole), in)
	for runs := 1; ; runs++ {
		h.KillAt, h.Lose = h.Seq()+3, runs%2 == 0
		_, err := publish.Run(t.Context(), config(h), in)
		if err == nil {
			break
		}
		if runs > 100 {
			t.Fatal("no run gets to the end")
		}
	}
	compare(t, "killed every third batch", whole, h)
}

func TestSecondReadingPublishesNothing(t *testing.T) {
	log := toyLog(30, 50)
	h := &publishtest.Hub{}
	run(t, config(h), write(t, "log", log))
	before := h.Digest()
	seq := h.Seq()
	res := run(t, config(h), write(t, "log", log), write(t, "log.1.gz", gzipped(t, string(log))))
	if res.Records != 0 || res.Resumed != 2*int64(len(log)) || h.Seq() != seq {
		t.Errorf("read %d records, passed over %d bytes, %d batches", res.Records, res.Resumed, h.Seq()-seq)
	}
	if diff := cmp.Diff(before, h.Digest()); diff != "" {
		t.Errorf("published again:\n%s", diff)
	}
}

// TestFilesThatGrow reads a log while it is written and rotated: sessions go
// on over files, a half-written line waits for its other half.
func TestFilesThatGrow(t *testing.T) {
	log := toyLog(60, 20)
	whole := &publishtest.Hub{}
	run(t, config(whole), write(t, "log", log))
	h := &publishtest.Hub{}
	path := write(t, "log", nil)
	for _, share := range []int{1, 3, 4, 8, 10} {
		if err := os.WriteFile(path, log[:len(log)*share/10/2+share%2], 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, config(h), path)
	}
	half := bytes.LastIndexByte(log[:len(log)/2], '\n') + 1
	if err := os.WriteFile(path, log[:half], 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, config(h), path, write(t, "next", log[half:]))
	compare(t, "in pieces", whole, h)
}

func TestInterruptedInputHasToComeFirst(t *testing.T) {
	first, second := write(t, "first", toyLog(300, 3000)), write(t, "second", []byte("x 198.51.100.7 1790000000 end .\n"))
	h := &publishtest.Hub{KillAt: 3, Lose: true}
	if _, err := publish.Run(t.Context(), config(h), first); !errors.Is(err, publishtest.ErrKilled) {
		t.Fatal(err)
	}
	h.KillAt = 0
	if _, err := publish.Run(t.Context(), config(h), second); cure.KindOf(err) != cure.Conflict || !strings.Contains(err.Error(), "first") {
		t.Errorf("got %v, want a conflict that names the input", err)
	}
	whole := &publishtest.Hub{}
	run(t, config(whole), first, second)
	again := &publishtest.Hub{KillAt: 3, Lose: true}
	if _, err := publish.Run(t.Context(), config(again), first); err == nil {
		t.Fatal("not killed")
	}
	again.KillAt = 0
	run(t, config(again), second, first) // in any order
	compare(t, "second first", whole, again)

	cfg := config(h)
	cfg.Abandon = true
	if res := run(t, cfg, second); res.Published != 1 {
		t.Errorf("abandoned, and published %d", res.Published)
	}
}

func TestAnotherPublisherTakesTheSource(t *testing.T) {
	h := &publishtest.Hub{}
	cfg := config(h)
	cfg.Sink = &taken{Hub: h}
	if _, err := publish.Run(t.Context(), cfg, write(t, "log", toyLog(300, 3000))); cure.KindOf(err) != cure.Conflict {
		t.Errorf("got %v, want a conflict", err)
	}
}

// taken is a hub whose source is opened by somebody else all the time.
type taken struct{ *publishtest.Hub }

func (h *taken) Send(ctx context.Context, src cure.Source, token string, payload []byte, done func(uint64, error)) error {
	if _, err := h.Open(ctx, src); err != nil {
		return err
	}
	return h.Hub.Send(ctx, src, token, payload, done)
}

func TestCancelEndsARun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := publish.Run(ctx, config(&publishtest.Hub{}), write(t, "log", toyLog(300, 3000)))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestBrokenInputs(t *testing.T) {
	line := "x 198.51.100.7 1790000000 end .\n"
	packed := gzipped(t, string(toyLog(500, 100)))
	tests := map[string]struct {
		in                     []byte
		published, quarantined bool
		problem                string
	}{
		"line of 10 MB":    {[]byte(line + strings.Repeat("y", 10<<20) + "\n" + line), true, true, ""},
		"NUL":              {[]byte("\x00\x00\n" + line), true, true, ""},
		"invalid UTF-8":    {[]byte("\xff\xfe\n" + line), true, true, ""},
		"1970":             {[]byte("x 198.51.100.7 17 end .\n" + line), true, true, ""},
		"2106":             {[]byte("x 198.51.100.7 4294967295 end .\n" + line), true, true, ""},
		"cut gzip":         {packed[:len(packed)/2], true, true, "byte "},
		"gzip header only": {packed[:5], false, false, "byte 0"},
		"empty":            {nil, false, false, ""},
		"long record":      {[]byte("x 198.51.100.7 1790000000 " + strings.Repeat("z", 100<<10) + " .\n"), true, false, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := &publishtest.Hub{}
			res := run(t, config(h), write(t, "log", tt.in))
			if (res.Published > 0) != tt.published || (res.Quarantined > 0) != tt.quarantined || len(h.Bad) != int(res.Quarantined) {
				t.Errorf("published %d, quarantined %d, in the quarantine %d", res.Published, res.Quarantined, len(h.Bad))
			}
			if (len(res.Problems) > 0) != (tt.problem != "") || tt.problem != "" && !strings.Contains(res.Problems[0].Error(), tt.problem) {
				t.Errorf("problems %v, want %q", res.Problems, tt.problem)
			}
			for _, bad := range h.Bad {
				if len(bad.Raw) > publish.MaxBad || bad.Reason == "" || bad.Input != "log" || bad.Time.IsZero() {
					t.Errorf("entry %+v", bad)
				}
			}
		})
	}
}

func TestLongRawTextGoesToTheObjects(t *testing.T) {
	h := &publishtest.Hub{}
	raw := "x 198.51.100.7 1790000000 " + strings.Repeat("z", 100<<10) + " ."
	run(t, config(h), write(t, "log", []byte(raw+"\n")))
	if len(h.Records) != 1 || len(h.Records[0].Attrs) != 1 {
		t.Fatalf("records %+v", h.Records)
	}
	sum := strings.TrimPrefix(h.Records[0].Attrs[0].Value, "sha256:")
	if string(h.Objects[sum]) != raw {
		t.Errorf("object %.10s has %d bytes, want %d", sum, len(h.Objects[sum]), len(raw))
	}
}

func TestProgressAndWaiting(t *testing.T) {
	h := &publishtest.Hub{}
	cfg := config(h)
	clock := now()
	cfg.Now = func() time.Time { clock = clock.Add(time.Millisecond); return clock }
	var seen []publish.Progress
	cfg.Progress = func(p publish.Progress) { seen = append(seen, p) }
	res := run(t, cfg, write(t, "log", toyLog(1000, 50)))
	if len(seen) < 2 {
		t.Fatalf("%d reports", len(seen))
	}
	last := seen[len(seen)-1]
	if last.Records != res.Records || last.Read != last.Total || last.Seq != res.Seq || last.Input != "log" {
		t.Errorf("last report %+v of %+v", last, res)
	}
	if h.AppliedSeq != res.Seq || res.Seq != h.Seq() {
		t.Errorf("waited for %d of %d", h.AppliedSeq, res.Seq)
	}
}
