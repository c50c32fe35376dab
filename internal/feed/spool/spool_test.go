package spool_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed/spool"
)

func open(t testing.TB, cfg spool.Config) *spool.Spool {
	t.Helper()
	s, err := spool.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func add(t testing.TB, s *spool.Spool, data string) uint64 {
	t.Helper()
	n, err := s.Append(t.Context(), []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

type record struct {
	N    uint64
	Data string
}

var errEnough = errors.New("enough")

// take reads up to the last durable record.
func take(t testing.TB, s *spool.Spool, from uint64) (got []record) {
	t.Helper()
	last := s.Stats().Last
	if from > last || s.Stats().First > last {
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := s.Consume(ctx, from, func(n uint64, data []byte) error {
		got = append(got, record{n, string(data)})
		if n == last {
			return errEnough
		}
		return nil
	})
	if err != errEnough {
		t.Fatalf("consume: %v", err)
	}
	return got
}

func wantKind(t *testing.T, what string, err error, want cure.ErrorKind) {
	t.Helper()
	if err == nil || cure.KindOf(err) != want {
		t.Errorf("%s: error %v of kind %v, want kind %v", what, err, cure.KindOf(err), want)
	}
}

func TestAppendConsume(t *testing.T) {
	s := open(t, spool.Config{Dir: t.TempDir()})
	want := []record{{1, "one"}, {2, ""}, {3, string(bytes.Repeat([]byte{0xff, 0}, 1<<20))}, {4, "four"}}
	for _, r := range want {
		if n := add(t, s, r.Data); n != r.N {
			t.Fatalf("number %d, want %d", n, r.N)
		}
	}
	if diff := cmp.Diff(want, take(t, s, 0)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[2:], take(t, s, 3)); diff != "" {
		t.Errorf("records from 3 (-want +got):\n%s", diff)
	}
	_, err := s.Append(t.Context(), make([]byte, spool.MaxRecord+1))
	wantKind(t, "record too large", err, cure.Invalid)
}

// TestConcurrent has many senders and a reader at the tail.
func TestConcurrent(t *testing.T) {
	s := open(t, spool.Config{Dir: t.TempDir(), SegmentBytes: 2000})
	const senders, each = 16, 50
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	next := make([]int, senders)
	ended := make(chan error, 1)
	go func() {
		want := uint64(1)
		ended <- s.Consume(ctx, 0, func(n uint64, data []byte) error {
			var w, i int
			if _, err := fmt.Sscanf(string(data), "%d %d", &w, &i); err != nil || n != want || next[w] != i {
				return fmt.Errorf("record %d is %q, want number %d and %d of its sender", n, data, want, next[w])
			}
			next[w]++
			want++
			if n%10 == 0 {
				if err := s.Ack(n); err != nil {
					return err
				}
			}
			if n == senders*each {
				return errEnough
			}
			return nil
		})
	}()
	var wg sync.WaitGroup
	for w := range senders {
		wg.Go(func() {
			for i := range each {
				if _, err := s.Append(ctx, fmt.Appendf(nil, "%d %d", w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := <-ended; err != errEnough {
		t.Fatal(err)
	}
	if st := s.Stats(); st.Last != senders*each || st.Lost != 0 || st.Bytes > 4000 {
		t.Errorf("stats %+v after all was acknowledged", st)
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	var want []record
	for round := range 5 {
		s := open(t, spool.Config{Dir: dir, SegmentBytes: 64})
		if diff := cmp.Diff(want, take(t, s, 0)); diff != "" {
			t.Fatalf("round %d (-want +got):\n%s", round, diff)
		}
		for i := range 7 {
			data := fmt.Sprintf("round %d record %d", round, i)
			want = append(want, record{add(t, s, data), data})
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for i, r := range want {
		if r.N != uint64(i+1) {
			t.Fatalf("record %d has number %d", i+1, r.N)
		}
	}
}

func TestAck(t *testing.T) {
	dir := t.TempDir()
	s := open(t, spool.Config{Dir: dir, SegmentBytes: 100})
	for i := range 20 {
		add(t, s, fmt.Sprintf("record number %02d", i+1))
	}
	before := s.Stats().Bytes
	wantKind(t, "acknowledge beyond the end", s.Ack(21), cure.Invalid)
	for _, n := range []uint64{10, 4, 10} {
		if err := s.Ack(n); err != nil {
			t.Fatal(err)
		}
	}
	st := s.Stats()
	if st.Acked != 10 || st.Bytes >= before || st.First > 11 || st.First < 7 {
		t.Errorf("stats %+v after acknowledging 10", st)
	}
	got := take(t, s, 0)
	if got[0].N != st.First || got[len(got)-1] != (record{20, "record number 20"}) {
		t.Errorf("read %v, want %d to 20", got, st.First)
	}
	if err := s.Ack(20); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, spool.Config{Dir: dir, SegmentBytes: 100})
	if st := s.Stats(); st.Acked != 20 || st.Last != 20 {
		t.Errorf("stats %+v after opening again", st)
	}
	if n := add(t, s, "next"); n != 21 {
		t.Errorf("number %d after opening again, want 21", n)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*.spool")); len(files) != 1 {
		t.Errorf("segments %v, want the one that is not acknowledged", files)
	}
}

// TestFull fills a spool, also with one segment only, and empties it.
func TestFull(t *testing.T) {
	for name, cfg := range map[string]spool.Config{
		"many segments":   {MaxBytes: 8000, SegmentBytes: 500},
		"one large group": {MaxBytes: 8000},
	} {
		t.Run(name, func(t *testing.T) {
			cfg.Dir = t.TempDir()
			s := open(t, cfg)
			for round := range 3 {
				n, err := 0, error(nil)
				for ; err == nil; n++ {
					_, err = s.Append(t.Context(), make([]byte, 300))
				}
				wantKind(t, "append to a full spool", err, cure.Unavailable)
				if st := s.Stats(); n < 24 || st.Bytes > cfg.MaxBytes {
					t.Fatalf("round %d: full after %d records, %+v", round, n, st)
				}
				if err := s.Ack(s.Stats().Last); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.Append(t.Context(), make([]byte, 7900)); err != nil {
				t.Errorf("large record into an emptied spool: %v", err)
			}
			_, err := s.Append(t.Context(), make([]byte, 8000))
			wantKind(t, "record larger than the spool", err, cure.Invalid)
		})
	}
}

func TestClose(t *testing.T) {
	dir := t.TempDir()
	s := open(t, spool.Config{Dir: dir})
	_, err := spool.Open(spool.Config{Dir: dir})
	wantKind(t, "open twice", err, cure.Conflict)
	add(t, s, "one")
	reading, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- s.Consume(context.Background(), 0, func(uint64, []byte) error {
			close(reading)
			return nil
		})
	}()
	<-reading
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	wantKind(t, "consume", <-ended, cure.Unavailable)
	_, err = s.Append(t.Context(), nil)
	wantKind(t, "append", err, cure.Unavailable)
	wantKind(t, "acknowledge", s.Ack(1), cure.Unavailable)
	s = open(t, spool.Config{Dir: dir})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Append(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("append with an ended context: %v", err)
	}
	if err := s.Consume(ctx, 0, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("consume with an ended context: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	_, err := spool.Open(spool.Config{Dir: t.TempDir(), MaxBytes: -1})
	wantKind(t, "size below zero", err, cure.Invalid)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = spool.Open(spool.Config{Dir: path})
	wantKind(t, "a file for a folder", err, cure.Unavailable)
}
