package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/opencure/cure"
)

var errDisk = errors.New("no space left on device")

// faultyFile fails when its plan says so: a failing write leaves half of the
// bytes behind, as a full disk does.
type faultyFile struct {
	file
	fail func(op string) bool
}

func (f faultyFile) Write(b []byte) (int, error) {
	if f.fail("write") {
		n, _ := f.file.Write(b[:len(b)/2])
		return n, errDisk
	}
	return f.file.Write(b)
}

func (f faultyFile) Sync() error {
	if f.fail("sync") {
		return errDisk
	}
	return f.file.Sync()
}

// TestFaults lets single operations of the disk fail, one after the other:
// the append that met the failure is refused, all others are there, before
// and after opening again.
func TestFaults(t *testing.T) {
	for _, op := range []string{"create", "write", "sync"} {
		for at := 1; at <= 8; at++ {
			t.Run(fmt.Sprintf("%s %d", op, at), func(t *testing.T) { testFault(t, op, at) })
		}
	}
}

func testFault(t *testing.T, op string, at int) {
	calls := 0
	fail := func(this string) bool {
		if this == op {
			calls++
		}
		return this == op && calls == at
	}
	cfg := Config{Dir: t.TempDir(), SegmentBytes: 60}
	s, err := open(cfg, func(path string) (file, error) {
		if fail("create") {
			return nil, errDisk
		}
		f, err := createFile(path)
		return faultyFile{f, fail}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[uint64]string{}
	refused := 0
	for i := range 24 {
		data := fmt.Sprintf("record %02d", i)
		n, err := s.Append(t.Context(), []byte(data))
		switch {
		case err == nil:
			want[n] = data
		case errors.Is(err, errDisk) && cure.KindOf(err) == cure.Unavailable:
			refused++
		default:
			t.Fatal(err)
		}
	}
	if refused != 1 {
		t.Fatalf("%d appends refused, want 1", refused)
	}
	check(t, s, want)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(cfg); err != nil {
		t.Fatal(err)
	}
	check(t, s, want)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// check reads everything and compares.
func check(t *testing.T, s *Spool, want map[uint64]string) {
	t.Helper()
	enough := errors.New("enough")
	seen := 0
	err := s.Consume(t.Context(), 0, func(n uint64, data []byte) error {
		if want[n] != string(data) {
			return fmt.Errorf("record %d is %q, want %q", n, data, want[n])
		}
		if seen++; seen == len(want) {
			return enough
		}
		return nil
	})
	if err != enough || s.Stats().Lost != 0 {
		t.Fatalf("consume: %v after %d of %d records, %+v", err, seen, len(want), s.Stats())
	}
}

// TestGroupCommit holds the first fsync up: all senders that come meanwhile
// share the second one.
func TestGroupCommit(t *testing.T) {
	const senders = 32
	syncing, gate := make(chan struct{}, senders), make(chan struct{})
	s, err := open(Config{Dir: t.TempDir()}, func(path string) (file, error) {
		f, err := createFile(path)
		return faultyFile{f, func(op string) bool {
			if op == "sync" {
				syncing <- struct{}{}
				<-gate
			}
			return false
		}}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan error, senders)
	send := func() {
		_, err := s.Append(t.Context(), []byte("x"))
		results <- err
	}
	go send()
	<-syncing
	for range senders - 1 {
		go send()
	}
	for waiting := uint64(0); waiting < senders-1; {
		time.Sleep(time.Millisecond)
		s.mu.Lock()
		waiting = s.pending.count
		s.mu.Unlock()
	}
	close(gate)
	for range senders {
		if err := <-results; err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if more := len(syncing); more != 1 {
		t.Errorf("%d more fsyncs, want 1", more)
	}
}

// FuzzSegment reads arbitrary bytes as a segment: whatever is accepted is
// byte for byte what writing it gives, and memory stays bounded.
func FuzzSegment(f *testing.F) {
	whole := []byte(magic)
	for i, data := range []string{"one", "", "three"} {
		b := append(appendHeader(nil, len(data)), data...)
		sealRecord(b, uint64(i+1))
		whole = append(whole, b...)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add([]byte(magic))
	f.Add([]byte("CUREspl2........"))
	f.Add(append([]byte(magic), 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1))
	f.Add(append([]byte(magic), 0, 0, 0, 1, 0, 0, 0, 0, 1))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := newReader(bytes.NewReader(in), 1)
		if err != nil {
			if err != errTorn {
				t.Fatal(err)
			}
			return
		}
		out := []byte(magic)
		for {
			n := r.number
			data, err := r.next()
			if err == io.EOF && !bytes.Equal(in, out) {
				t.Fatalf("clean end after %d of %d bytes", len(out), len(in))
			}
			if err == io.EOF || err == errTorn {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			b := append(appendHeader(nil, len(data)), data...)
			sealRecord(b, n)
			out = append(out, b...)
		}
		if !bytes.HasPrefix(in, out) {
			t.Fatal("records read are not those that were written")
		}
		if cap(r.buf) > len(in)*2+256<<10 {
			t.Fatalf("%d bytes of memory for %d bytes of input", cap(r.buf), len(in))
		}
	})
}
