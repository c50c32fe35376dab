package ioc

import (
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
