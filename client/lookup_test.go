package client

import (
	"testing"

	"github.com/opencure/cure"
)

func TestOnlyCanonicalValuesAreAsked(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   []cure.Observable
	}{
		{"defanged", []cure.Observable{{Kind: cure.KindIP, Value: "198.51.100[.]7"}}},
		{"no kind", []cure.Observable{{Value: "198.51.100.7"}}},
		{"too many", make([]cure.Observable, MaxLookup+1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := AppendKeys(nil, tt.in); cure.KindOf(err) != cure.Invalid {
				t.Errorf("error %v, want Invalid", err)
			}
		})
	}
}

func FuzzParseHits(f *testing.F) {
	f.Add([]byte("CKA1\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00aaaabbbbcccc\x00\x00\x02\x00\x05a/b-c"))
	f.Add([]byte("CKA1\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := ParseHits(b)
		if err != nil {
			return
		}
		for _, hits := range l.Hits {
			for _, h := range hits {
				_ = l.Sources[h.Source] // the promise of a parsed answer
			}
		}
	})
}
