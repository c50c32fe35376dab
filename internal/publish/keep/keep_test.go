package keep

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/feed/tail"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/publishtest"
)

// lines reads lines that hold an address each.
type lines struct{}

func (lines) Decode(raw []byte, emit func(*publish.Event)) error {
	o := cure.Observable{Kind: cure.KindIP, Value: string(raw)}
	if o.Check() != nil {
		return errors.New("no address")
	}
	emit(&publish.Event{Key: string(raw), Time: time.Now(), Ends: true, Actor: o, Role: cure.RoleScanner})
	return nil
}

func keeper(stream feed.Stream) *Keeper {
	p := publish.Publisher{Name: "toy", New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
		return lines{}, publish.NewSessions(o.Source), nil
	}}
	cfg := publish.Config{Source: "toy/a", Publisher: p, Sink: &publishtest.Hub{}, Now: time.Now}
	return New(cfg, stream, slog.New(slog.DiscardHandler), rand.New(rand.NewPCG(1, 1)))
}

// failing is a stream that cannot be read.
type failing struct {
	errs []error
	at   []time.Time
}

func (f *failing) Next(ctx context.Context, _ feed.Progress) (feed.Input, error) {
	n := len(f.at)
	if f.at = append(f.at, time.Now()); n < len(f.errs) {
		return nil, f.errs[n]
	}
	<-ctx.Done()
	return nil, ctx.Err()
}
func (*failing) Safe(string, int64)     {}
func (*failing) Done(feed.Input, error) {}

// TestPauses lets a source fail again and again: the pauses grow up to a
// minute, the state says why, and the end of the context is no error.
func TestPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &failing{}
		for range 12 {
			f.errs = append(f.errs, cure.Errorf(cure.Unavailable, "hub is away"))
		}
		k := keeper(f)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- k.Run(ctx, false) }()
		time.Sleep(time.Second / 4)
		synctest.Wait()
		if s := k.State(); s.Running || s.Err == nil || s.Attempts != 1 {
			t.Errorf("after the first failure %+v", s)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if s := k.State(); !s.Running || len(f.at) != 13 {
			t.Errorf("after an hour %d attempts, %+v", len(f.at), s)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		for i := range f.at[1:] {
			most := min(shortest<<i, longest)
			if pause := f.at[i+1].Sub(f.at[i]); pause < most/2 || pause > most {
				t.Errorf("pause %d is %v, want %v to %v", i, pause, most/2, most)
			}
		}
	})
}

func TestRunEnds(t *testing.T) {
	denied := cure.Errorf(cure.Denied, "no right")
	for name, tt := range map[string]struct {
		err     error
		patient bool
		want    error
		tries   int
	}{
		"the input has ended": {err: feed.ErrEnded, tries: 1},
		"will not pass":       {err: denied, want: denied, tries: 1},
		"may pass":            {err: cure.Errorf(cure.Unavailable, "away"), tries: 2},
		"patient":             {err: denied, patient: true, tries: 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &failing{errs: []error{tt.err}}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if err := keeper(f).Run(ctx, tt.patient); !errors.Is(err, tt.want) || len(f.at) != tt.tries {
					t.Errorf("%v after %d attempts, want %v after %d", err, len(f.at), tt.want, tt.tries)
				}
			})
		})
	}
}

// TestStateCounts follows a log and counts what is read of it.
func TestStateCounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("198.51.100.1\n198.51.100.2\nbroken\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		k := keeper(tail.Follow(path, feed.Lines, 0))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- k.Run(ctx, true) }()
		time.Sleep(30 * time.Second)
		s := k.State()
		if s.Records != 3 || s.Published != 2 || s.Quarantined != 1 || s.Err != nil || s.Good.IsZero() || !s.Running {
			t.Errorf("state %+v", s)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
