package ops

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/opencure/cure"
)

func TestBackupRestore(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "new")
	files := map[string]string{"admin.key": "secret\n", "log/a/b.blk": "\x00\x01binary", "url": "left out"}
	for name, text := range files {
		path := filepath.Join(from, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var archive bytes.Buffer
	if _, err := Backup(t.Context(), from, &archive, "url"); err != nil {
		t.Fatal(err)
	}
	whole := archive.Bytes()
	if _, err := Restore(t.Context(), bytes.NewReader(whole), to); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		got, err := os.ReadFile(filepath.Join(to, name))
		if name == "url" {
			if err == nil {
				t.Error("the skipped file was restored")
			}
			continue
		}
		if err != nil || string(got) != text {
			t.Errorf("%s came back as %q, %v", name, got, err)
		}
	}
	if _, err := Restore(t.Context(), bytes.NewReader(whole), to); cure.KindOf(err) != cure.Conflict {
		t.Errorf("restored over a folder in use: %v", err)
	}
	for _, cut := range []int{len(whole) / 2, len(whole) - 1} {
		if _, err := Restore(t.Context(), bytes.NewReader(whole[:cut]), t.TempDir()); err == nil {
			t.Errorf("an archive cut at %d of %d was taken", cut, len(whole))
		}
	}
}

func TestRestoreRefusesEscapes(t *testing.T) {
	for _, h := range []tar.Header{
		{Name: "../x", Typeflag: tar.TypeReg},
		{Name: "/etc/x", Typeflag: tar.TypeReg},
		{Name: "a/../../x", Typeflag: tar.TypeReg},
		{Name: "x", Typeflag: tar.TypeSymlink, Linkname: "/etc"},
	} {
		var archive bytes.Buffer
		z, err := zstd.NewWriter(&archive)
		if err != nil {
			t.Fatal(err)
		}
		w := tar.NewWriter(z)
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		w.Close()
		z.Close()
		if _, err := Restore(t.Context(), &archive, t.TempDir()); cure.KindOf(err) != cure.Invalid {
			t.Errorf("%s (%c) was taken: %v", h.Name, h.Typeflag, err)
		}
	}
}
