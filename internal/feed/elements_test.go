package feed

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// elements returns the records at a path, "long" for one that was too long,
// and how the input ended.
func elements(t testing.TB, r io.Reader, path string, max int) (all []string, end error) {
	t.Helper()
	f, err := NewFile("x", io.NopCloser(r), Lines, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Elements(path, max); err != nil {
		t.Fatal(err)
	}
	for {
		fr, err := f.Next(t.Context(), Forever)
		if err != nil {
			return all, err
		}
		if fr.Long {
			all = append(all, "long")
			continue
		}
		all = append(all, string(fr.Data))
	}
}

func TestElements(t *testing.T) {
	tests := []struct {
		name, path, in string
		want           []string
		cut            bool
	}{
		{"list", "[*]", `[1, "a,b" ,{"x":[1]}, [2]]`, []string{"1", `"a,b"`, `{"x":[1]}`, "[2]"}, false},
		{"member", "data[*]", `{"skip":{"data":[9]},"data":[{"a":1},{"a":2}],"more":[3]}`, []string{`{"a":1}`, `{"a":2}`}, false},
		{"any member", "*[*]", `{"77":[{"v":1}],"78":[{"v":2},{"v":3}],"n":4}`, []string{`{"v":1}`, `{"v":2}`, `{"v":3}`}, false},
		{"deep", "a.b[*].c", `{"a":{"b":[{"c":1},{"d":2},{"c":{}}]}}`, []string{"1", "{}"}, false},
		{"documents", "", "{\"a\":1}\n{\"a\":2}{\"a\":3}", []string{`{"a":1}`, `{"a":2}`, `{"a":3}`}, false},
		{"several with a path", "o[*]", `{"o":[1]}{"o":[2]}`, []string{"1", "2"}, false},
		{"escapes", "[*]", `["\"]", "\\"]`, []string{`"\"]"`, `"\\"`}, false},
		{"too long", "[*]", `["` + strings.Repeat("x", 100) + `", 1]`, []string{"long", "1"}, false},
		{"no JSON", "data[*]", "<html>\n<body>", []string{"<html>", "<body>"}, false},
		{"empty", "data[*]", "", nil, false},
		{"cut", "data[*]", `{"data":[{"a":1},{"a"`, []string{`{"a":1}`}, true},
		{"cut before the end", "data[*]", `{"data":[1`, nil, true},
		{"a colon for a value", "[*]", `[1,:]`, []string{"1"}, true},
		{"a bracket for a value", "a", `{"a":]`, nil, true},
		{"no name", "a", `{3:4}`, nil, true},
		{"too deep", "a", strings.Repeat("[", 600), nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, end := elements(t, strings.NewReader(tt.in), tt.path, 64)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			var cut *ErrCut
			if errors.As(end, &cut) != tt.cut || !tt.cut && end != io.EOF {
				t.Errorf("ended with %v, cut %v", end, tt.cut)
			}
			slow, _ := elements(t, iotest.OneByteReader(strings.NewReader(tt.in)), tt.path, 64)
			if diff := cmp.Diff(got, slow); diff != "" {
				t.Errorf("byte by byte it reads differently:\n%s", diff)
			}
		})
	}
}

// endless is a JSON document of as many bytes as asked, most of it where
// nobody looks.
func endless(n int64) io.Reader {
	return io.MultiReader(
		strings.NewReader(`{"junk":[`), io.LimitReader(repeat(`"0123456789abcdef",`), n/19*19),
		strings.NewReader(`0],"data":["a"]}`))
}

type repeat string

// Read implements io.Reader.
func (r repeat) Read(p []byte) (int, error) {
	n := 0
	for n+len(r) <= len(p) {
		n += copy(p[n:], r)
	}
	if n == 0 {
		return copy(p, r[:min(len(p), len(r))]), nil
	}
	return n, nil
}

// TestElementsHoldNothing reads more than it may hold.
func TestElementsHoldNothing(t *testing.T) {
	f, err := NewFile("x", io.NopCloser(endless(20<<20)), Lines, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Elements("data[*]", 1<<10); err != nil {
		t.Fatal(err)
	}
	fr, err := f.Next(t.Context(), Forever)
	if err != nil || string(fr.Data) != `"a"` {
		t.Fatalf("%q, %v", fr.Data, err)
	}
	if c := cap(f.buf); c > 4*blockSize {
		t.Errorf("%d bytes held", c)
	}
}

func TestWhole(t *testing.T) {
	for _, tt := range []struct {
		in   string
		long bool
	}{{"<a>\n</a>", false}, {strings.Repeat("x", 40), true}} {
		f, err := NewFile("x", io.NopCloser(strings.NewReader(tt.in)), Lines, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.Whole(32)
		fr, err := f.Next(t.Context(), Forever)
		if err != nil || fr.Long != tt.long || string(fr.Data) != tt.in[:min(len(tt.in), 32)] {
			t.Errorf("%q, long %v, %v", fr.Data, fr.Long, err)
		}
		if _, err := f.Next(t.Context(), Forever); err != io.EOF {
			t.Errorf("behind it %v", err)
		}
		f.Close()
	}
}

func FuzzElements(f *testing.F) {
	f.Add([]byte(`{"data":[{"a":1},"x"],"n":null}`), "data[*]")
	f.Add([]byte(`[[[1],[2]]]`), "*[*]")
	f.Add([]byte(`{"a":]`), "a")
	f.Fuzz(func(t *testing.T, in []byte, path string) {
		if _, err := ParsePath(path); err != nil {
			return
		}
		a, errA := elements(t, bytes.NewReader(in), path, 1<<12)
		b, errB := elements(t, iotest.HalfReader(bytes.NewReader(in)), path, 1<<12)
		if diff := cmp.Diff(a, b); diff != "" || (errA == io.EOF) != (errB == io.EOF) {
			t.Errorf("in other pieces (%v, %v):\n%s", errA, errB, diff)
		}
	})
}
