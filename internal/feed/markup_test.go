package feed

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// events reads everything as logs of events are read.
func events(t testing.TB, data []byte, max, chunk int) ([]string, error) {
	t.Helper()
	f, err := NewFile("test", &reader{bytes.NewReader(data), chunk}, Lines, max)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.Events()
	return rest(t, f)
}

func TestEvents(t *testing.T) {
	tests := map[string]struct {
		in   string
		want []string
	}{
		"one a line":               {"<Event a='1'>x</Event>\n<Event>y</Event>\n", []string{"<Event a='1'>x</Event>", "<Event>y</Event>"}},
		"all in one line":          {"<?xml v?><Events><Event>x</Event><Event>y</Event></Events>", []string{"<Event>x</Event>", "<Event>y</Event>"}},
		"many lines":               {"\ufeffRecord 1\n<?xml v?>\n<Event>\n x\n</Event>\n", []string{"Record 1", "<Event>\n x\n</Event>"}},
		"names that only begin so": {"<EventData>x</EventData>\n<Object Type='a'>y</Object>", []string{"x</EventData>", "<Object Type='a'>y</Object>"}},
		"objects too":              {"[{\n\"a\":1},\n{\"b\":2}]\n<Event>x</Event>", []string{"{\n\"a\":1}", `{"b":2}`, "<Event>x</Event>"}},
		"lines of a table":         {"#fields\ta\nvalue\n", []string{"#fields\ta", "value"}},
		"one without an end":       {"<Event>x\n<Event>y</Event>\n", []string{"<Event>x", "<Event>y</Event>"}},
		"before an object":         {"<Event>x\n{\"a\":1}\n", []string{"<Event>x", `{"a":1}`}},
		"cut":                      {"<Event>y</Event>\n<Event>x\n", []string{"<Event>y</Event>", "<Event>x LAST"}},
		"cut in a tag":             {"<Event>y</Event>\n<Eve", []string{"<Event>y</Event>", "<Eve LAST"}},
		"too long":                 {"<Event>" + strings.Repeat("x", 100) + "</Event>\n<Event>y</Event>\n", []string{"<Event>" + strings.Repeat("x", 57) + " LONG", "<Event>y</Event>"}},
		"no event":                 {"\ufeff\n<Events>\n<Other a='1'/>\n</Events>\n", []string{"<Events> NONE at line 2, byte 4, up to 38"}},
		"nothing":                  {"\n", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, chunk := range []int{1, 7, 1 << 16} {
				got, err := events(t, []byte(tt.in), 64, chunk)
				if diff := cmp.Diff(tt.want, got); diff != "" || !errors.Is(err, io.EOF) {
					t.Errorf("%d bytes a read, ended with %v (-want +got)\n%s", chunk, err, diff)
				}
			}
		})
	}
}

// FuzzEvents checks for any bytes that records do not depend on how they
// arrive, and that it ends.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("<Events><Event a='1'>\n<Data>x</Data></Event>\n<Event>\n{\"a\":1}"))
	f.Add([]byte("Record 1\n<?xml v?>\n<Object>\n</Object>[{\"a\":[\n{}]}\n,{}]"))
	f.Add([]byte("<Event <Event>\n<Event></Event"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) || bytes.HasPrefix(data, []byte{0x28, 0xb5}) {
			return // compressed: TestFraming
		}
		want, err := events(t, data, 64, 1<<16)
		if !errors.Is(err, io.EOF) {
			t.Fatalf("ended with %v", err)
		}
		got, _ := events(t, data, 64, 2)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("two bytes a read (-want +got):\n%s", diff)
		}
	})
}

// long is a line of n bytes, and one behind it.
type long struct{ n int }

func (l *long) Read(p []byte) (int, error) {
	if l.n == 0 {
		return 0, io.EOF
	}
	n := min(len(p), l.n)
	clear(p[:n])
	if l.n -= n; l.n == 0 {
		copy(p[n-min(n, 7):], "\nafter\n")
	}
	return n, nil
}

func (l *long) Close() error { return nil }

// TestLineOfTwoGigabytes: a line that has no end costs time, not memory.
func TestLineOfTwoGigabytes(t *testing.T) {
	size := 2 << 30
	if testing.Short() { // under the race detector
		size = 128 << 20
	}
	for name, framing := range map[string]Framing{"lines": Lines, "objects": Objects, "members": Members} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			f, err := NewFile("test", &long{n: size}, framing, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			got, err := rest(t, f)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, io.EOF) || len(got) != 2 || !strings.HasSuffix(got[0], " LONG") || !strings.HasPrefix(got[1], "after") {
				t.Errorf("%d records, %v", len(got), err)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
				t.Errorf("allocated %d bytes", n)
			}
		})
	}
}
