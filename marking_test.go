package cure

import (
	"testing"
	"testing/quick"
)

func TestMarkingText(t *testing.T) {
	for _, s := range []string{
		"default", "TLP:RED", "TLP:AMBER+STRICT PAP:GREEN licence:members personal orgs:aoba,minato", "orgs:-",
	} {
		m, err := ParseMarking(s)
		if err != nil || m.String() != s {
			t.Errorf("%q came back as %q, %v", s, m, err)
		}
	}
	if m, err := ParseMarking("tlp:white ORGS:b,a,a"); err != nil || m.String() != "TLP:CLEAR orgs:a,b" {
		t.Errorf("other spelling: %q, %v", m, err)
	}
	for _, s := range []string{"TLP:PINK", "colour:red", "licence:free", "orgs:A B", "orgs:a,,b"} {
		if _, err := ParseMarking(s); KindOf(err) != Invalid || err == nil {
			t.Errorf("%q was read", s)
		}
	}
}

// level folds arbitrary bytes into an effective marking.
func level(tlp, pap, lic uint8, personal bool, org uint8) Marking {
	orgs := []string{"", "-", "a", "b", "a,b", "a,b,c"}
	return Marking{TLP(tlp%5) + 1, PAP(pap%4) + 1, Licence(lic%3) + 1, personal, orgs[int(org)%len(orgs)]}
}

func TestJoinIsALattice(t *testing.T) {
	law := func(a1, a2, a3 uint8, ap bool, ao uint8, b1, b2, b3 uint8, bp bool, bo uint8, c1 uint8, co uint8) bool {
		a, b, c := level(a1, a2, a3, ap, ao), level(b1, b2, b3, bp, bo), level(c1, c1, c1, false, co)
		j := a.Join(b)
		for _, org := range []string{"a", "b", "c"} {
			if j.ReleasedTo(org) != (a.ReleasedTo(org) && b.ReleasedTo(org)) {
				return false
			}
		}
		return j == b.Join(a) && a.Join(a) == a && j.Join(c) == a.Join(b.Join(c)) &&
			j.TLP >= a.TLP && j.TLP >= b.TLP && j.Check() == nil
	}
	if err := quick.Check(law, nil); err != nil {
		t.Error(err)
	}
}

func TestOrFillsOnlyWhatIsOpen(t *testing.T) {
	def := Marking{TLP: TLPAmber, PAP: PAPGreen, Licence: LicenceInternal, Orgs: "a"}
	got := Marking{TLP: TLPClear}.Or(def)
	want := Marking{TLP: TLPClear, PAP: PAPGreen, Licence: LicenceInternal, Orgs: "a"}
	if got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if def.Or(Marking{TLP: TLPRed}) != def {
		t.Error("a full marking was changed by the default")
	}
}
