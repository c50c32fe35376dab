package feed

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencure/cure"
)

func TestIntact(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for i := range 2000 {
		if _, err := z.Write([]byte(strings.Repeat("x", i%80) + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	whole := packed.Bytes()
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 4
	for name, c := range map[string]struct {
		data []byte
		bad  bool
	}{
		"whole":   {whole, false},
		"cut":     {whole[:len(whole)/2], false},
		"flipped": {flipped, true},
		"plain":   {[]byte("no compression\n"), false},
		"empty":   {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f.gz")
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := Intact(path); (cure.KindOf(err) == cure.Invalid && err != nil) != c.bad {
				t.Errorf("Intact: %v, want bad %v", err, c.bad)
			}
		})
	}
	if err := Intact(filepath.Join(t.TempDir(), "none")); err != nil {
		t.Errorf("a file that is not there: %v", err)
	}
}
