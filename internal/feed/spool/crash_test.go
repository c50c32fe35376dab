package spool_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure/internal/feed/spool"
)

// TestMain lets the test binary play a process that appends until it is
// killed: it prints the number and data of each record that is durable.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SPOOL_APPEND"); dir != "" {
		if err := appendForever(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func appendForever(dir string) error {
	s, err := spool.Open(spool.Config{Dir: dir, SegmentBytes: 20_000})
	if err != nil {
		return err
	}
	start := s.Stats().Last
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				data := fmt.Sprintf("%d-%d-%d-%s", start, w, i, strings.Repeat("x", i%200))
				n, err := s.Append(context.Background(), []byte(data))
				if err != nil {
					return
				}
				os.Stdout.WriteString(fmt.Sprintln(n, data)) // one write, as the kill comes at any moment
			}
		})
	}
	wg.Wait()
	return nil
}

// TestKilled kills a process again and again while it appends: what it said is
// durable is there, in order, and numbers go on.
func TestKilled(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	told := map[uint64]string{}
	for round := range 8 {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), "SPOOL_APPEND="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for i := 0; lines.Scan(); i++ {
			if i == 50+37*round {
				_ = cmd.Process.Kill()
			}
			var n uint64
			var data string
			if k, _ := fmt.Sscan(lines.Text(), &n, &data); k != 2 {
				continue // the last line may be cut
			}
			if old, twice := told[n]; twice {
				t.Fatalf("number %d given twice: %q and %q", n, old, data)
			}
			told[n] = data
		}
		_ = cmd.Wait()
	}
	s := open(t, spool.Config{Dir: dir})
	want := uint64(1)
	for _, r := range take(t, s, 0) {
		if data, ok := told[r.N]; r.N != want || ok && data != r.Data {
			t.Fatalf("record %d is %q, want %d and %q", r.N, r.Data, want, data)
		}
		delete(told, r.N)
		want++
	}
	if len(told) > 0 || s.Stats().Lost > 0 {
		t.Errorf("%d records lost that were durable, %+v", len(told), s.Stats())
	}
}

// sixRecords writes a segment and returns its bytes, the records, and the
// offsets at which they end.
func sixRecords(t *testing.T) (segment []byte, records []record, ends []int) {
	t.Helper()
	dir := t.TempDir()
	s := open(t, spool.Config{Dir: dir})
	end := 8
	for _, data := range []string{"first", "", "third record", "4", strings.Repeat("five", 10), "last"} {
		records = append(records, record{add(t, s, data), data})
		end += 8 + len(data)
		ends = append(ends, end)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	segment, err := os.ReadFile(filepath.Join(dir, firstSegment))
	if err != nil || len(segment) != end {
		t.Fatalf("segment of %d bytes, want %d: %v", len(segment), end, err)
	}
	return segment, records, ends
}

const firstSegment = "00000000000000000001.spool"

// survivors opens a folder whose only segment has these bytes, appends one
// record, and returns what is read, before and after opening once more.
func survivors(t *testing.T, segment []byte) []record {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, firstSegment), segment, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := spool.Open(spool.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	add(t, s, "after the crash")
	got := take(t, s, 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = spool.Open(spool.Config{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, take(t, s, 0)); diff != "" {
		t.Fatalf("second reading differs:\n%s", diff)
	}
	if st := s.Stats(); st.Lost != 0 {
		t.Fatalf("counts %d lost records where none was durable", st.Lost)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestTornWrite cuts a segment at every byte: the whole records before the cut
// stay, and appending goes on after them.
func TestTornWrite(t *testing.T) {
	segment, records, ends := sixRecords(t)
	for cut := range len(segment) + 1 {
		whole := 0
		for whole < len(ends) && ends[whole] <= cut {
			whole++
		}
		want := append(append([]record{}, records[:whole]...), record{uint64(whole + 1), "after the crash"})
		if diff := cmp.Diff(want, survivors(t, segment[:cut])); diff != "" {
			t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
		}
	}
}

// TestDamagedByte flips every byte of a segment: no record is read wrongly,
// and those before the damage stay.
func TestDamagedByte(t *testing.T) {
	segment, records, ends := sixRecords(t)
	for at := range segment {
		bad := append([]byte{}, segment...)
		bad[at] ^= 0x41
		whole := 0
		for at >= 8 && whole < len(ends) && ends[whole] <= at {
			whole++
		}
		want := append(append([]record{}, records[:whole]...), record{uint64(whole + 1), "after the crash"})
		if diff := cmp.Diff(want, survivors(t, bad)); diff != "" {
			t.Fatalf("damage at %d (-want +got):\n%s", at, diff)
		}
	}
}

// TestDamagedMiddle damages a segment that others follow: the reader goes on
// with the next one and counts what is missing.
func TestDamagedMiddle(t *testing.T) {
	dir := t.TempDir()
	s := open(t, spool.Config{Dir: dir, SegmentBytes: 60})
	for i := range 12 {
		add(t, s, fmt.Sprintf("record %02d", i+1))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.spool"))
	if err != nil || len(files) < 4 {
		t.Fatalf("segments %v, %v; want several", files, err)
	}
	if err := os.Truncate(files[1], 8+8+9+5); err != nil { // the second segment keeps its first record
		t.Fatal(err)
	}
	if err := os.Remove(files[2]); err != nil {
		t.Fatal(err)
	}
	s = open(t, spool.Config{Dir: dir})
	got := take(t, s, 0)
	last := uint64(0)
	for _, r := range got {
		if r.N <= last || r.Data != fmt.Sprintf("record %02d", r.N) {
			t.Errorf("record %d after %d is %q", r.N, last, r.Data)
		}
		last = r.N
	}
	if lost := s.Stats().Lost; last != 12 || lost == 0 || uint64(len(got))+lost != 12 {
		t.Errorf("%d records up to %d, %d counted as lost", len(got), last, lost)
	}
}
