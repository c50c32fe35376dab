package hub

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"
)

// FuzzKept: whatever stands in the file of an engine is refused, or is taken
// apart into what was written.
func FuzzKept(f *testing.F) {
	head, err := json.Marshal(kept{time.Unix(1795003200, 0).UTC(), 2, "1", 77})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(head, []byte("state\nwith lines"), false)
	f.Add([]byte("{}"), []byte{}, true)
	f.Add([]byte(`{"seq":-1}`), []byte{0}, false)
	f.Fuzz(func(t *testing.T, head, state []byte, damaged bool) {
		body := append(append(bytes.Clone(head), '\n'), state...)
		sum := sha256.Sum256(body)
		if damaged {
			sum[0]++
		}
		k, got, err := parseKept(append([]byte(hex.EncodeToString(sum[:])+"\n"), body...))
		if err == nil && damaged {
			t.Fatal("a damaged file is taken")
		}
		if err == nil && !bytes.Contains(head, []byte("\n")) && !bytes.Equal(got, state) {
			t.Fatalf("state %q of %+v, want %q", got, k, state)
		}
	})
}
