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
			// What is found is found again where it stands alone, if text can
			// hold it: a port is in text what a word beside it says.
			again := slices.Collect(Find(" " + m.Value + " "))
			if m.Kind == cure.KindTag || m.Kind == cure.KindFingerprint || plainlyRefused(m) {
				continue
			}
			if len(again) != 1 || again[0].Observable != m.Observable {
				t.Fatalf("%q: %v, of which is found %v", text, m.Observable, again)
			}
		}
	})
}

// plainlyRefused reports whether the rules for plain text may refuse what was
// found because it was defanged, linked or labelled.
func plainlyRefused(m Match) bool {
	f := finder{s: m.Value, wordy: len(m.Value)}
	r := f.run(0)
	switch m.Kind {
	case cure.KindURL: // punctuation before a fragment that went
		return strings.IndexByte(".,;:!?'*_", m.Value[len(m.Value)-1]) >= 0
	case cure.KindDomain:
		_, whole := isName(m.Value)
		return f.notName(&r, m.Value) || whole
	case cure.KindIP:
		return strings.HasPrefix(m.Value, "0.") || strings.HasPrefix(m.Value, "255.") || strings.Contains(m.Value, ":") || f.isVersion(&r, m.Value)
	case cure.KindHash: // a word without a digit is not looked at; one hash in 10^13 has none
		return !strings.ContainsAny(m.Value, "0123456789")
	case cure.KindCIDR:
		return strings.HasPrefix(m.Value, "0.") || strings.HasPrefix(m.Value, "255.") || strings.Contains(m.Value, ":")
	}
	return false
}
