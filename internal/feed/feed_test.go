package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func gz(t testing.TB, data string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zst(t testing.TB, data string) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll([]byte(data), nil)
}

// reader gives at most n bytes a call.
type reader struct {
	r io.Reader
	n int
}

func (r *reader) Read(p []byte) (int, error) { return r.r.Read(p[:min(len(p), r.n)]) }

func (r *reader) Close() error { return nil }

// all reads everything: each record as "line@offset text", flags behind.
func all(t testing.TB, data []byte, framing Framing, max, chunk int) ([]string, error) {
	t.Helper()
	f, err := NewFile("test", &reader{bytes.NewReader(data), chunk}, framing, max)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return rest(t, f)
}

// rest reads what is left of a file.
func rest(t testing.TB, f *File) ([]string, error) {
	t.Helper()
	var got []string
	next := int64(0)
	for {
		fr, err := f.Next(context.Background(), Forever)
		if err != nil {
			return got, err
		}
		if fr.Offset < next || fr.Next < fr.Offset {
			t.Fatalf("record from %d to %d after %d", fr.Offset, fr.Next, next)
		}
		next = fr.Next
		s := string(fr.Data)
		if fr.Long {
			s += " LONG"
		}
		if fr.Last {
			s += " LAST"
		}
		if fr.None != nil {
			s += fmt.Sprintf(" NONE at line %d, byte %d, up to %d", fr.Line, fr.Offset, fr.Next)
		}
		got = append(got, s)
	}
}

func TestFraming(t *testing.T) {
	long := strings.Repeat("x", 100)
	tests := map[string]struct {
		in      string
		framing Framing
		want    []string
	}{
		"lines":                      {"a\nb\n", Lines, []string{"a", "b"}},
		"no line end at the end":     {"a\nb", Lines, []string{"a", "b LAST"}},
		"empty lines, CRLF":          {"\n\na\r\n\r\nb\n", Lines, []string{"a", "b"}},
		"byte-order mark":            {"\xef\xbb\xbfa\nb\n", Lines, []string{"a", "b"}},
		"NUL":                        {"a\x00b\n\x00\n", Lines, []string{"a\x00b", "\x00"}},
		"long line":                  {"a\n" + long + "\nb\n", Lines, []string{"a", long[:32] + " LONG", "b"}},
		"long line at the end":       {"a\n" + long, Lines, []string{"a", long[:32] + " LONG LAST"}},
		"line of just the limit":     {long[:32] + "\nb\n", Lines, []string{long[:32], "b"}},
		"nothing":                    {"", Lines, nil},
		"objects on lines":           {"{\"a\":1}\n{\"b\":2}\n", Objects, []string{`{"a":1}`, `{"b":2}`}},
		"array":                      {"[{\"a\":1},{\"b\":{\"c\":3}} , \n{\"d\":4}]", Objects, []string{`{"a":1}`, `{"b":{"c":3}}`, `{"d":4}`}},
		"array with holes":           {"[{\"a\":1},\n,\n,{\"b\":2}\n ]\n", Objects, []string{`{"a":1}`, `{"b":2}`}},
		"over several lines":         {"[\n  {\n  \"a\": \"}\\\"{\"\n  },\n  {}\n]", Objects, []string{"{\n  \"a\": \"}\\\"{\"\n  }", "{}"}},
		"broken one costs itself":    {"{\"a\": \"x\n{\"b\":2}\n{\"c\":3}\n", Objects, []string{"{\"a\": \"x", `{"b":2}`, `{"c":3}`}},
		"garbage":                    {"what\n{\"b\":2}\n", Objects, []string{"what", `{"b":2}`}},
		"object cut off":             {"{\"a\":1}\n{\"b\":", Objects, []string{`{"a":1}`, `{"b": LAST`}},
		"long object":                {`{"a":"` + long + "\"}\n{\"b\":2}\n", Objects, []string{(`{"a":"` + long)[:32] + " LONG", `{"b":2}`}},
		"garbage at the end":         {"{\"a\":1}\nwhat", Objects, []string{`{"a":1}`, "what LAST"}},
		"array with byte-order mark": {"\xef\xbb\xbf[{\"a\":1}]", Objects, []string{`{"a":1}`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, chunk := range []int{1, 3, 1 << 16} {
				for form, data := range map[string][]byte{"plain": []byte(tt.in), "gzip": gz(t, tt.in), "zstd": zst(t, tt.in)} {
					got, err := all(t, data, tt.framing, 32, chunk)
					if !errors.Is(err, io.EOF) {
						t.Errorf("%s, %d bytes a read: ended with %v", form, chunk, err)
					}
					if diff := cmp.Diff(tt.want, got); diff != "" {
						t.Errorf("%s, %d bytes a read (-want +got):\n%s", form, chunk, diff)
					}
				}
			}
		})
	}
}

func TestCutFileGivesWhatStandsBeforeTheCut(t *testing.T) {
	var text strings.Builder
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		fmt.Fprintf(&text, "%016x%016x\n", rng.Uint64(), rng.Uint64())
	}
	for name, whole := range map[string][]byte{"gzip": gz(t, text.String()), "zstd": zst(t, text.String())} {
		t.Run(name, func(t *testing.T) {
			got, err := all(t, whole[:len(whole)*2/3], Lines, 0, 4096)
			var cut *ErrCut
			if !errors.As(err, &cut) {
				t.Fatalf("ended with %v", err)
			}
			if len(got) < 1000 || len(got) >= 20000 {
				t.Errorf("%d records", len(got))
			}
			if cut.Offset < int64(len(got)) || cut.Offset > int64(text.Len()) {
				t.Errorf("cut at byte %d of %d", cut.Offset, text.Len())
			}
			if !strings.HasPrefix(text.String(), strings.Join(got[:len(got)-1], "\n")) {
				t.Error("records are not those before the cut")
			}
		})
	}
}

// TestBombCostsNoMemory reads a line of 256 MiB out of a quarter megabyte.
func TestBombCostsNoMemory(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	zero := make([]byte, 1<<20)
	for range 256 {
		if _, err := w.Write(zero); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.WriteString(w, "\nafter\n"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := all(t, b.Bytes(), Lines, 0, 1<<16)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, io.EOF) || len(got) != 2 || got[1] != "after" {
		t.Fatalf("%d records, %v", len(got), err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 32<<20 {
		t.Errorf("allocated %d bytes", n)
	}
}

func TestSkipGoesOnWhereItWas(t *testing.T) {
	text := "one\ntwo\nthree\nfour\n"
	for _, data := range [][]byte{[]byte(text), gz(t, text)} {
		f, err := NewFile("test", &reader{bytes.NewReader(data), 3}, Lines, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Skip(t.Context(), 8); err != nil {
			t.Fatal(err)
		}
		fr, err := f.Next(t.Context(), Forever)
		if err != nil || string(fr.Data) != "three" || fr.Offset != 8 {
			t.Errorf("got %q at %d, %v", fr.Data, fr.Offset, err)
		}
		f.Close()
	}
}

func TestSkipBehindTheEnd(t *testing.T) {
	f, err := NewFile("test", &reader{strings.NewReader("short\n"), 3}, Lines, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Skip(t.Context(), 100); !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
}

func TestIdentityStaysWhileAFileGrows(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log.json")
	identify := func(path string, known func(string) bool) string {
		t.Helper()
		f, err := Open(path, Lines, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		id, err := f.Identity(t.Context(), known)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	write := func(path string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(path, []byte("first line\nsecond li"))
	small := identify(path, nil)
	known := func(id string) bool { return id == small }
	text := "first line\nsecond line\n" + strings.Repeat("and so on\n", 1000)
	write(path, []byte(text))
	if got := identify(path, known); got != small {
		t.Errorf("grown file is %s, was %s", got, small)
	}
	grown := identify(path, nil)
	moved := filepath.Join(dir, "log.json.1.gz")
	write(moved, gz(t, text))
	if got := identify(moved, nil); got != grown || got == small {
		t.Errorf("renamed and compressed file is %s, was %s", got, grown)
	}
	write(path, []byte("another\n"+text))
	if got := identify(path, known); got == small || got == grown {
		t.Error("another file has the same identity")
	}
}

func TestNextTellsOfIdleness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		f, err := NewFile("-", r, Lines, 0)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, _ = io.WriteString(w, "hello\nhalf") // a pipe that is closed below
			time.Sleep(time.Second)
			_, _ = io.WriteString(w, " and half\n")
		}()
		if fr, err := f.Next(t.Context(), Forever); err != nil || string(fr.Data) != "hello" {
			t.Fatalf("got %q, %v", fr.Data, err)
		}
		start := time.Now()
		if _, err := f.Next(t.Context(), 200*time.Millisecond); !errors.Is(err, ErrIdle) {
			t.Fatalf("got %v, want idle", err)
		}
		if d := time.Since(start); d != 200*time.Millisecond {
			t.Errorf("idle after %v", d)
		}
		if fr, err := f.Next(t.Context(), Forever); err != nil || string(fr.Data) != "half and half" {
			t.Fatalf("got %q, %v", fr.Data, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := f.Next(ctx, Forever); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want cancelled", err)
		}
		f.Close()
		w.Close()
	})
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "none"), dir} {
		if f, err := Open(path, Lines, 0); err == nil {
			f.Close()
			t.Errorf("%s could be opened", path)
		}
	}
}

// FuzzFraming checks for any bytes that records do not depend on how they
// arrive, that no byte of a line is lost, and that it ends.
func FuzzFraming(f *testing.F) {
	f.Add([]byte("a\nb\r\n\nc"), true)
	f.Add([]byte("[{\"a\":1},\n,{\"b\":\"}\\\"\"}]"), false)
	f.Add([]byte("{\"a\n{}\n{{{\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, lines bool) {
		framing := Objects
		if lines {
			framing = Lines
		}
		if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) || bytes.HasPrefix(data, []byte{0x28, 0xb5}) {
			return // compressed: TestFraming
		}
		want, err := all(t, data, framing, 64, 1<<16)
		if !errors.Is(err, io.EOF) {
			t.Fatalf("ended with %v", err)
		}
		got, _ := all(t, data, framing, 64, 2)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("two bytes a read (-want +got):\n%s", diff)
		}
		if whole := bytes.Count(data, []byte("\n")) + 1; lines && len(got) > whole {
			t.Errorf("%d records of %d lines", len(got), whole)
		}
	})
}
