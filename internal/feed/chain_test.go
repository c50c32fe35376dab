package feed_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure/internal/feed"
)

// TestChained: lines that belong together are one record, others as before.
func TestChained(t *testing.T) {
	tests := map[string]struct {
		in   string
		max  int
		want []string
	}{
		"nothing":            {in: "", want: nil},
		"others":             {in: "one\ntwo\n", want: []string{"one", "two"}},
		"a record":           {in: "#1\na\nb\n#2\nc\n", want: []string{"#1\na\nb", "#2\nc"}},
		"behind others":      {in: "one\n#1\na\n", want: []string{"one", "#1\na"}},
		"without an end":     {in: "#1\na", want: []string{"#1\na"}},
		"only its beginning": {in: "#1", want: []string{"#1"}},
		"too long":           {in: "#1\n" + strings.Repeat("a\n", 40), max: 20, want: []string{"long"}},
		"one line too long":  {in: "#" + strings.Repeat("a", 5000) + "\n#2\n", max: 3000, want: []string{"long", "#2"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f, err := feed.NewFile("in", io.NopCloser(strings.NewReader(tt.in)), feed.Lines, tt.max)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			begins := func(line []byte) bool { return bytes.HasPrefix(line, []byte("#")) }
			f.Chained(begins, func(_, line []byte) bool { return !begins(line) })
			var got []string
			for {
				fr, err := f.Next(t.Context(), feed.Forever)
				if err != nil {
					break
				}
				if fr.Long {
					fr.Data = []byte("long")
				}
				got = append(got, string(fr.Data))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRecordingBeside: what stands beside comes with it and is taken off.
func TestRecordingBeside(t *testing.T) {
	in := filepath.Join(t.TempDir(), "typescript")
	for name, text := range map[string]string{in: "what was shown", in + ".tm": "0.1 4\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := feed.Open(in, feed.Lines, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.Recording(feed.MaxLarge, ".timing", ".tm")
	fr, err := f.Next(t.Context(), feed.Forever)
	if err != nil {
		t.Fatal(err)
	}
	beside, rest := feed.Beside(fr.Data)
	if string(beside) != "0.1 4\n" || string(rest) != "what was shown" || fr.Next != 14 {
		t.Errorf("beside %q, rest %q, next %d", beside, rest, fr.Next)
	}
	for _, other := range []string{"beside", "beside 3 bytes\nab", "beside 03 bytes\nabc", "beside -1 bytes\n"} {
		if beside, rest := feed.Beside([]byte(other)); beside != nil || string(rest) != other {
			t.Errorf("%q was taken apart", other)
		}
	}
}
