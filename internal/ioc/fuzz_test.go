package ioc

import (
	"slices"
	"strings"
	"testing"

	"github.com/opencure/cure"
)

func FuzzCanonical(f *testing.F) {
	for _, r := range table(f, "canonical.txt") {
		name, in, _ := strings.Cut(r.in, ": ")
		kind, err := cure.ParseKind(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(kind), unquote(f, in))
	}
	for _, r := range table(f, "classify.txt") {
		f.Add(uint8(7), unquote(f, r.in))
	}
	f.Add(uint8(6), "http://198.51.100.2/bin1.100[[.]arm")
	f.Fuzz(func(t *testing.T, kind uint8, s string) {
		for _, read := range []func() (cure.Observable, error){
			func() (cure.Observable, error) { return Canonical(cure.Kind(kind%12), s) },
			func() (cure.Observable, error) { return Classify(s) },
		} {
			o, err := read()
			if err != nil {
				continue
			}
			if err := o.Check(); err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			if again, err := Canonical(o.Kind, o.Value); again != o {
				t.Fatalf("%q is %v, read again %v (%v)", s, o, again, err)
			}
			for _, c := range Companions(o) {
				if err := c.Check(); err != nil {
					t.Fatalf("companion of %v: %v", o, err)
				}
			}
		}
	})
}

func FuzzFind(f *testing.F) {
	for _, r := range table(f, "find.txt") {
		f.Add(unquote(f, r.in))
	}
	f.Fuzz(func(t *testing.T, text string) {
		found := slices.Collect(Find(text))
		sound(t, text, found)
		for _, m := range found {
			// What no rule about its surroundings concerns is found again where
			// it stands alone. The table holds how the other kinds are read.
			if !standsAlone(m) {
				continue
			}
			again := slices.Collect(Find(" " + m.Value + " "))
			if len(again) != 1 || again[0].Observable != m.Observable {
				t.Fatalf("%q: %v, of which is found %v", text, m.Observable, again)
			}
		}
	})
}

// standsAlone reports whether a match is of a kind that is recognised by itself:
// names, addresses and URLs are taken or left for what is around them.
func standsAlone(m Match) bool {
	switch m.Kind {
	case cure.KindCVE:
		return true
	case cure.KindHash: // a word without a digit is not looked at; one hash in 10^13 has none
		return strings.ContainsAny(m.Value, "0123456789")
	}
	return false
}
