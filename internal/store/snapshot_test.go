package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/store/storetest"
)

// worldStore returns a store that applied n batches of a world.
func worldStore(t testing.TB, o store.Options, seed uint64, n int) (*store.Store, *storetest.World) {
	t.Helper()
	s, w := open(t, o), storetest.NewWorld(seed)
	for range n {
		at, b := w.Batch()
		if _, err := s.Apply(at, b, nil); err != nil {
			t.Fatal(err)
		}
	}
	return s, w
}

func snapshot(t testing.TB, s *store.Store, dir string) string {
	t.Helper()
	if _, err := s.Snapshot(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.cure-snapshot"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no snapshot in %s: %v", dir, err)
	}
	return names[len(names)-1]
}

// A snapshot cut off or changed anywhere is refused with a reason, and the one
// before it is used.
func TestTornSnapshot(t *testing.T) {
	dir := t.TempDir()
	s, w := worldStore(t, small(true), 3, 60)
	older := snapshot(t, s, dir)
	want := s.Reader(storetest.All()).Digest()
	at, b := w.Batch()
	if _, err := s.Apply(at, b, nil); err != nil {
		t.Fatal(err)
	}
	newer := snapshot(t, s, dir)
	if older == newer {
		t.Fatal("two snapshots have one name")
	}
	whole, err := os.ReadFile(newer)
	if err != nil {
		t.Fatal(err)
	}
	damage := map[string]func([]byte) []byte{
		"empty":           func([]byte) []byte { return nil },
		"end cut off":     func(d []byte) []byte { return d[:len(d)-1] },
		"half":            func(d []byte) []byte { return d[:len(d)/2] },
		"a bit of a page": func(d []byte) []byte { d[4096+100] ^= 1; return d },
		"a bit of a sum":  func(d []byte) []byte { d[len(d)-50] ^= 1; return d },
		"longer":          func(d []byte) []byte { return append(d, 0) },
		"other magic":     func(d []byte) []byte { d[len(d)-1] = 'x'; return d },
	}
	for name, f := range damage {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(newer, f(bytes.Clone(whole)), 0o600); err != nil {
				t.Fatal(err)
			}
			r, done, err := store.Restore(dir, small(true))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if len(done.Refused) != 1 || cure.KindOf(done.Refused[0]) != cure.Invalid || !strings.Contains(done.Refused[0].Error(), filepath.Base(newer)) {
				t.Errorf("refused %v, want the newer one as invalid", done.Refused)
			}
			if got := r.Reader(storetest.All()).Digest(); got != want {
				t.Errorf("digest %x, want that of the older snapshot %x", got, want)
			}
		})
	}
}

func TestRestoreWithoutSnapshot(t *testing.T) {
	r, done, err := store.Restore(filepath.Join(t.TempDir(), "none"), small(true))
	if err != nil || done.Path != "" || r.Applied() != 0 {
		t.Fatalf("restored %+v, %v, want an empty store", done, err)
	}
	r.Close()
}

func TestTwoSnapshotsAreKept(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "writing-1.tmp"), []byte("left by a killed process"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, w := worldStore(t, small(true), 5, 3)
	for range 4 {
		snapshot(t, s, dir)
		at, b := w.Batch()
		if _, err := s.Apply(at, b, nil); err != nil {
			t.Fatal(err)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("%d files in the folder, want two snapshots: %v", len(left), left)
	}
}
