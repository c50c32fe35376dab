package tail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/feed/tail"
)

// reader reads a stream as a publisher does, and keeps how far it was.
type reader struct {
	t      *testing.T
	stream feed.Stream
	at     map[string]int64
	last   time.Time
	lines  []string
	first  chan struct{} // if not nil, closed when the first hundred lines are read
}

// until reads lines until n are there; each input is read to its end.
func (r *reader) until(n int) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 30*time.Second)
	defer cancel()
	for len(r.lines) < n {
		in, err := r.stream.Next(ctx, feed.Progress{At: r.last, Offset: func(id string) (int64, bool) { at, ok := r.at[id]; return at, ok }})
		if err != nil {
			r.t.Fatalf("after %d of %d lines: %v", len(r.lines), n, err)
		}
		r.read(ctx, in, n)
	}
}

func (r *reader) read(ctx context.Context, in feed.Input, n int) {
	r.t.Helper()
	id := in.Identity()
	if at := r.at[id]; at > 0 && (in.Path() != "" || in.Size() >= at) {
		if err := in.Skip(ctx, at); err != nil {
			r.t.Fatal(err)
		}
	}
	for len(r.lines) < n {
		fr, err := in.Next(ctx, feed.Forever)
		if err != nil && ctx.Err() != nil {
			r.t.Fatalf("after %d of %d lines: %v", len(r.lines), n, err)
		}
		if err != nil {
			in.Close()
			r.stream.Done(in, nil)
			return
		}
		if r.lines = append(r.lines, string(fr.Data)); len(r.lines) == 100 && r.first != nil {
			close(r.first)
		}
		r.last = time.Now()
		if now := in.Identity(); now != id {
			delete(r.at, id)
			id = now
		}
		r.at[id] = fr.Next
	}
	in.Close()
}

func lines(name string, from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "%s line %d %s\n", name, i, strings.Repeat("x", i%90))
	}
	return b.String()
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func pack(t *testing.T, path, text string) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	z.Close()
	put(t, path, b.String())
}

// TestLog changes a followed log in the ways that rotation knows, while it is
// read and while nobody reads: every line comes once, in order.
func TestLog(t *testing.T) {
	tests := map[string]func(t *testing.T, path string){
		"grows":           func(t *testing.T, path string) { add(t, path, lines("a", 100, 200)) },
		"a half line":     func(t *testing.T, path string) { add(t, path, "a li"); add(t, path, lines("a", 100, 200)[4:]) },
		"renamed":         func(t *testing.T, path string) { rename(t, path, path+".1"); put(t, path, lines("a", 100, 200)) },
		"renamed by date": func(t *testing.T, path string) { rename(t, path, path+"-20261120"); put(t, path, lines("a", 100, 200)) },
		"written after it was renamed": func(t *testing.T, path string) {
			rename(t, path, path+".1")
			add(t, path+".1", lines("a", 100, 150))
			put(t, path, lines("a", 150, 200))
		},
		"copied and truncated": func(t *testing.T, path string) {
			add(t, path, lines("a", 100, 150))
			b, _ := os.ReadFile(path)
			put(t, path+".1", string(b))
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
			add(t, path, lines("a", 150, 200))
		},
		"compressed": func(t *testing.T, path string) {
			pack(t, path+".1.gz", lines("a", 0, 150))
			put(t, path, lines("a", 150, 200))
		},
		"rotated twice": func(t *testing.T, path string) {
			pack(t, path+".2.gz", lines("a", 0, 120))
			later(t, path+".2.gz", -time.Second)
			put(t, path+".1", lines("a", 120, 150))
			later(t, path+".1", time.Second)
			put(t, path, lines("a", 150, 200))
		},
	}
	for name, change := range tests {
		for _, away := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, away %v", name, away), func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "a.json")
				put(t, path, lines("a", 0, 100))
				r := &reader{t: t, stream: tail.Follow(path, feed.Lines, 0), at: map[string]int64{}}
				if away {
					r.until(100)
					r.stream = tail.Follow(path, feed.Lines, 0)
					change(t, path)
				} else {
					r.first = make(chan struct{})
					changed := make(chan struct{})
					go func() {
						defer close(changed)
						select {
						case <-r.first:
							change(t, path)
						case <-t.Context().Done():
						}
					}()
					t.Cleanup(func() { <-changed })
				}
				r.until(200)
				if diff := cmp.Diff(strings.Split(strings.TrimSpace(lines("a", 0, 200)), "\n"), r.lines); diff != "" {
					t.Errorf("-written +read:\n%s", diff)
				}
			})
		}
	}
}

// TestCatchUp finds three rotations and is interrupted in the second: what is
// known then is younger than all the files, of which two were never opened.
func TestCatchUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	put(t, path, lines("a", 0, 50))
	r := &reader{t: t, stream: tail.Follow(path, feed.Lines, 0), at: map[string]int64{}}
	r.until(50)
	rename(t, path, path+".3")
	put(t, path+".2", lines("a", 50, 100))
	put(t, path+".1", lines("a", 100, 150))
	put(t, path+".4", lines("before the first look", 0, 50))
	for i, name := range []string{".1", ".2", ".3", ".4"} {
		later(t, path+name, -time.Duration(i+1)*time.Hour)
	}
	put(t, path, lines("a", 150, 200))
	r.last = time.Now().Add(-150 * time.Minute) // when the first was read
	for _, n := range []int{75, 120, 200} {
		r.stream = tail.Follow(path, feed.Lines, 0)
		r.until(n)
	}
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(lines("a", 0, 200)), "\n"), r.lines); diff != "" {
		t.Errorf("-written +read:\n%s", diff)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func later(t *testing.T, path string, d time.Duration) {
	t.Helper()
	at := time.Now().Add(d)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// TestSameFirstLine begins a new log with the line that the old one began with.
func TestSameFirstLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "conn.log")
	put(t, path, "#separator\n")
	r := &reader{t: t, stream: tail.Follow(path, feed.Lines, 0), at: map[string]int64{}}
	r.until(1)
	add(t, path, lines("a", 0, 10))
	r.stream = tail.Follow(path, feed.Lines, 0)
	r.until(11)
	rename(t, path, path+".1")
	put(t, path, "#separator\n"+lines("b", 0, 30))
	r.stream = tail.Follow(path, feed.Lines, 0)
	r.until(42)
	if got := strings.Join(r.lines, "\n"); !strings.HasSuffix(got, strings.TrimSpace("#separator\n"+lines("b", 0, 30))) {
		t.Errorf("the second log is not whole:\n%s", got)
	}
}

// TestFolder lets files come: each is read when it is finished, and moves.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "one.json"), lines("a", 0, 10))
	put(t, filepath.Join(dir, "two.json.part"), "unfinished\n")
	put(t, filepath.Join(dir, ".hidden"), "unfinished\n")
	stream, err := tail.Watch(dir, feed.Lines, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, stream: stream, at: map[string]int64{}}
	r.until(10)
	pack(t, filepath.Join(dir, "three.json.gz"), lines("b", 0, 10))
	stream.Done(mustNext(t, stream, r), nil)
	r.until(20)
	if left, err := filepath.Glob(filepath.Join(dir, "done", "*")); err != nil || len(left) == 0 {
		t.Errorf("nothing moved: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "two.json.part")); err != nil {
		t.Error(err)
	}
}

// mustNext returns the file that was read and not yet called done.
func mustNext(t *testing.T, s feed.Stream, r *reader) feed.Input {
	t.Helper()
	in, err := s.Next(t.Context(), feed.Progress{Offset: func(id string) (int64, bool) { at, ok := r.at[id]; return at, ok }})
	if err != nil {
		t.Fatal(err)
	}
	in.Close()
	return in
}
