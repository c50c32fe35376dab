package log_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/log/logtest"
)

// TestMemoryAge lets messages and message ids grow old.
func TestMemoryAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := log.NewMemory(time.Now)
		defer b.Close()
		cfg := logtest.Config
		cfg.MaxAge = time.Hour
		s, err := b.Stream(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		add := func(want uint64) {
			t.Helper()
			if seq, err := s.Append(t.Context(), "ctl.a", "same-id", nil); err != nil || seq != want {
				t.Fatalf("sequence %d, %v; want %d", seq, err, want)
			}
		}
		add(1)
		time.Sleep(log.DuplicateWindow - time.Second)
		add(1)
		time.Sleep(time.Second)
		add(2)
		time.Sleep(time.Hour - log.DuplicateWindow)
		if _, err := s.Read(t.Context(), 1); cure.KindOf(err) != cure.NotFound {
			t.Errorf("read of an expired message: %v", err)
		}
		if info, err := s.Info(t.Context()); err != nil || info.First != 2 || info.Last != 2 {
			t.Errorf("info %+v, %v", info, err)
		}
	})
}

// gappy is a stream whose messages 3, 4 and 7 are gone.
type gappy struct{ log.Stream }

func (g gappy) Consume(ctx context.Context, from uint64, fn func(log.Message) error) error {
	return g.Stream.Consume(ctx, from, func(m log.Message) error {
		switch m.Seq {
		case 3, 4, 7:
			return nil
		}
		return fn(m)
	})
}

func TestVerifyGaps(t *testing.T) {
	b := log.NewMemory(time.Now)
	defer b.Close()
	s, err := b.Stream(t.Context(), logtest.Config)
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if _, err := s.Append(t.Context(), "ctl.a", "", []byte("xyz")); err != nil {
			t.Fatal(err)
		}
	}
	report, err := log.Verify(t.Context(), gappy{s}, func(log.Message) error { return nil })
	want := log.VerifyReport{
		First: 1, Last: 8, Messages: 5, Bytes: 15, Missing: 3,
		Flaws: []log.Flaw{{First: 3, Last: 4}, {First: 7, Last: 7}},
	}
	if diff := cmp.Diff(want, report); diff != "" || err != nil {
		t.Errorf("report (-want +got), %v:\n%s", err, diff)
	}
}
