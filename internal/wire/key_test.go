package wire

import (
	"strings"
	"testing"

	"github.com/opencure/cure"
)

// sameVerdict compares checkKey with the vocabulary's own check.
func sameVerdict(t *testing.T, kind cure.Kind, key []byte) {
	o, err := cure.FromKey(kind, key)
	if got := checkKey(kind, key); (got == nil) != (err == nil) {
		t.Fatalf("%v key %q: %v, FromKey says %v", kind, key, got, err)
	}
	if err == nil && string(o.AppendKey(nil)) != string(key) {
		t.Fatalf("%v key %q comes back as %q", kind, key, o.AppendKey(nil))
	}
}

var oddKeys = []string{
	"", "a", "org.example", "org.", ".org", "com..a", "7.example", "example.7", "1.2", "org.-a", "org.a-", "org.A", "org.a\x00",
	"org.example@user", "org.example@", "@user", "org.example@a@b", "org.example@U", "7.example@a", "org.example@" + strings.Repeat("x", 65),
	"org." + strings.Repeat("a", 63), "org." + strings.Repeat("a", 64), strings.Repeat("a.", 126) + "a", strings.Repeat("a.", 127) + "a",
	"\x01\x02\x03\x04", "\x01\x02\x03\x00\x18", "\x01\x02\x03\x04\x18", "\x01\x02\x03\x04\x20", "\x01\x02\x03\x04\x21", "\x00\x00\x00\x00\x00",
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x01\x02\x03\x04", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x00\x00\x60",
	"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80", "tcp/0", "tcp/00", "tcp/65536", "tcp/", "AS0", "AS1", "AS01", "AS", "CVE-2021-44228",
	"http://example.org/", "http://EXAMPLE.org/", "mirai", "Mirai", "two  words", "hassh:x", strings.Repeat("a", cure.MaxValue+1),
}

func TestCheckKeyAgreesWithVocabulary(t *testing.T) {
	for _, kind := range cure.Kinds() {
		for _, key := range oddKeys {
			sameVerdict(t, kind, []byte(key))
		}
		for _, o := range oneOfEachKind {
			sameVerdict(t, kind, o.AppendKey(nil))
		}
	}
}

func FuzzKey(f *testing.F) {
	for _, key := range oddKeys {
		for _, kind := range cure.Kinds() {
			f.Add(uint8(kind), []byte(key))
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, key []byte) {
		if cure.Kind(kind).Valid() {
			sameVerdict(t, cure.Kind(kind), key)
		}
	})
}
