package hub

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
)

// TestHouseIsKeptInTime lets days pass: snapshots are written while something
// happens, observations expire by themselves, and Run ends with everything it
// started.
func TestHouseIsKeptInTime(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		backend := log.NewMemory(time.Now)
		defer backend.Close()
		h, err := Open(ctx, Options{
			Log: backend, Self: all, Dir: filepath.Join(dir, "snap"), Heap: true, Now: time.Now,
			SnapshotEvery: time.Minute, KeepSegments: 6 * time.Hour, KeepPairs: 48 * time.Hour,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		run, stop := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- h.Run(run) }()
		rec := record("a", "198.51.100.1")
		rec.Observations[0].First = time.Now()
		at, err := h.Push(ctx, "cowrie/a", "", []cure.Record{rec})
		if err == nil {
			err = h.Applied(ctx, at)
		}
		if err != nil {
			t.Fatal(err)
		}
		known := func() (observations, values uint64) {
			st := h.Stats(all)
			return st.Observations, st.Values["ip"]
		}
		time.Sleep(2 * time.Minute)
		first := h.upkeep.snapshot.Load()
		if first == 0 || h.upkeep.snapSeq.Load() != at {
			t.Errorf("no snapshot after two minutes, or at %d instead of %d", h.upkeep.snapSeq.Load(), at)
		}
		if o, v := known(); o != 1 || v != 1 {
			t.Errorf("%d observations of %d values, want one", o, v)
		}
		time.Sleep(8 * time.Hour)
		if h.upkeep.snapshot.Load() != first {
			t.Error("a snapshot was written although nothing happened")
		}
		if o, v := known(); o != 0 || v != 1 {
			t.Errorf("after 8 hours %d observations of %d values, want none of one", o, v)
		}
		time.Sleep(96 * time.Hour)
		if o, v := known(); o != 0 || v != 0 {
			t.Errorf("after four days %d observations of %d values, want none", o, v)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := h.Applied(ctx, at+1); cure.KindOf(err) != cure.Unavailable {
			t.Errorf("waiting on a hub that has stopped: %v", err)
		}
	})
}

// TestEverybodyAtOnce is for the race detector: publishers, readers of two
// scopes, subscribers, deletions and snapshots beside each other.
func TestEverybodyAtOnce(t *testing.T) {
	r := newRig(t)
	sub := r.Subscribe(public, 16)
	defer sub.Close()
	ctx, stop := context.WithCancel(context.Background())
	var readers, writers sync.WaitGroup
	read := func(f func() error) {
		readers.Go(func() {
			for ctx.Err() == nil {
				if err := f(); err != nil && !errors.Is(err, context.Canceled) && cure.KindOf(err) != cure.NotFound {
					t.Error(err)
					return
				}
			}
		})
	}
	for _, sc := range []cure.Scope{all, public} {
		read(func() error { _, err := r.Answer(ctx, sc, ip("198.51.100.1")); return err })
		read(func() error { _, err := r.Search(ctx, sc, "198.51.100.0/24 seen>=2", Cursor{}); return err })
		read(func() error { _, err := r.Shared(ctx, sc, "cowrie", "feeds", Cursor{}); return err })
		read(func() error { _, err := r.Record(ctx, sc, cure.NewID("cowrie/a0").String()); return err })
		read(func() error { r.Stats(sc); r.Sources(sc); return nil })
	}
	read(func() error { _, err := r.Snapshot(ctx); return err })
	read(func() error { r.Expire(); time.Sleep(time.Millisecond); return nil })
	read(func() error { _, err := sub.Next(ctx); return err })
	for _, src := range []cure.Source{"cowrie/a", "feeds/a"} {
		p := r.publisher(src)
		writers.Go(func() {
			for i := range 60 {
				rec := record(fmt.Sprint(src, i), fmt.Sprintf("198.51.100.%d", i%20), fmt.Sprintf("203.0.113.%d", i%7))
				if i%3 == 0 {
					rec.Marking = cure.Marking{TLP: cure.TLPRed}
				}
				p.send(rec)
				if i%10 == 9 {
					if _, err := r.Control(context.Background(), src, cure.Control{Op: cure.OpDelete, Observable: ip("198.51.100.3")}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	writers.Wait()
	stop()
	readers.Wait()
}
