package cure

import (
	"slices"
	"strings"
)

// TLP is a Traffic Light Protocol 2.0 label, ordered by strictness.
type TLP uint8

// The labels. The zero value defers to the default of the source.
const (
	TLPDefault TLP = iota
	TLPClear
	TLPGreen
	TLPAmber
	TLPAmberStrict
	TLPRed
)

// PAP is a Permissible Actions Protocol label, ordered by strictness.
type PAP uint8

// The labels. The zero value defers to the default of the source.
const (
	PAPDefault PAP = iota
	PAPClear
	PAPGreen
	PAPAmber
	PAPRed
)

// Licence says how far the terms of a source let its data go.
type Licence uint8

// The licence classes. The zero value defers to the default of the source.
const (
	LicenceDefault  Licence = iota
	LicencePublic           // may be passed on to anyone
	LicenceMembers          // to member organisations
	LicenceInternal         // not outside the own organisation, by any way out
)

var (
	tlpNames     = []string{"", "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"}
	papNames     = []string{"", "CLEAR", "GREEN", "AMBER", "RED"}
	licenceNames = []string{"", "public", "members", "internal"}
)

// Marking is the data grade of a record: who may see it and what may be done
// with it. The zero Marking means "the default of its source", which is kept
// in one place so that regrading a source is one write. Marking is comparable;
// [Marking.Check] says whether it is canonical.
type Marking struct {
	TLP      TLP     `json:"tlp,omitempty"`
	PAP      PAP     `json:"pap,omitempty"`
	Licence  Licence `json:"licence,omitempty"`
	Personal bool    `json:"personal,omitempty"` // holds personal data
	// Orgs, when not empty, limits the release to these organisations:
	// comma-separated ids, sorted, no doubles. NoOrg releases to nobody but
	// the own organisation.
	Orgs string `json:"orgs,omitempty"`
}

// NoOrg in [Marking.Orgs] means: to the own organisation only. It is what
// combining two disjoint releases gives.
const NoOrg = "-"

// IsDefault reports whether m defers to the source's default in everything.
func (m Marking) IsDefault() bool { return m == Marking{} }

// Or fills what m leaves open from def. A marking of a record can therefore
// name a TLP alone and keep the licence of its source.
func (m Marking) Or(def Marking) Marking {
	if m.TLP == TLPDefault {
		m.TLP = def.TLP
	}
	if m.PAP == PAPDefault {
		m.PAP = def.PAP
	}
	if m.Licence == LicenceDefault {
		m.Licence = def.Licence
	}
	m.Personal = m.Personal || def.Personal
	if m.Orgs == "" {
		m.Orgs = def.Orgs
	}
	return m
}

// Join returns the strictest combination: what a record derived from inputs of
// both markings carries. Join is commutative, associative and idempotent on
// effective markings (those without a default in them).
func (m Marking) Join(o Marking) Marking {
	return Marking{
		TLP:      max(m.TLP, o.TLP),
		PAP:      max(m.PAP, o.PAP),
		Licence:  max(m.Licence, o.Licence),
		Personal: m.Personal || o.Personal,
		Orgs:     joinOrgs(m.Orgs, o.Orgs),
	}
}

func joinOrgs(a, b string) string {
	if a == "" || a == b {
		return b
	}
	if b == "" {
		return a
	}
	have := strings.Split(b, ",")
	var both []string
	for _, org := range strings.Split(a, ",") {
		if org != NoOrg && slices.Contains(have, org) {
			both = append(both, org)
		}
	}
	if both == nil {
		return NoOrg
	}
	return strings.Join(both, ",")
}

// ReleasedTo reports whether the Orgs part lets the organisation see it.
func (m Marking) ReleasedTo(org string) bool {
	return m.Orgs == "" || m.Orgs != NoOrg && slices.Contains(strings.Split(m.Orgs, ","), org)
}

// Check returns nil when every part is known and Orgs is canonical.
func (m Marking) Check() error {
	if int(m.TLP) >= len(tlpNames) || int(m.PAP) >= len(papNames) || int(m.Licence) >= len(licenceNames) {
		return Errorf(Invalid, "marking with an unknown level")
	}
	if m.Orgs == "" || m.Orgs == NoOrg {
		return nil
	}
	if len(m.Orgs) > 1024 {
		return Errorf(Invalid, "marking names organisations in %d bytes, want at most 1024", len(m.Orgs))
	}
	last := ""
	for org := range strings.SplitSeq(m.Orgs, ",") {
		if !sourceWord(org) || org <= last {
			return Errorf(Invalid, "organisations %.80q of a marking are not sorted ids", m.Orgs)
		}
		last = org
	}
	return nil
}

// String writes the marking as people do: "TLP:AMBER PAP:GREEN
// licence:members personal orgs:aoba,minato"; the zero marking is "default".
func (m Marking) String() string {
	var w []string
	if m.TLP != TLPDefault {
		w = append(w, "TLP:"+m.TLP.String())
	}
	if m.PAP != PAPDefault {
		w = append(w, "PAP:"+m.PAP.String())
	}
	if m.Licence != LicenceDefault {
		w = append(w, "licence:"+m.Licence.String())
	}
	if m.Personal {
		w = append(w, "personal")
	}
	if m.Orgs != "" {
		w = append(w, "orgs:"+m.Orgs)
	}
	if w == nil {
		return "default"
	}
	return strings.Join(w, " ")
}

// ParseMarking reads what [Marking.String] writes; letter case and the order
// of the words do not matter, "" is the zero marking.
func ParseMarking(s string) (Marking, error) {
	var m Marking
	for _, word := range strings.Fields(s) {
		key, val, _ := strings.Cut(strings.ToLower(word), ":")
		var err error
		switch key {
		case "default":
		case "tlp":
			err = m.TLP.UnmarshalText([]byte(val))
		case "pap":
			err = m.PAP.UnmarshalText([]byte(val))
		case "licence", "license":
			err = m.Licence.UnmarshalText([]byte(val))
		case "personal":
			m.Personal = true
		case "orgs":
			orgs := strings.Split(val, ",")
			slices.Sort(orgs)
			m.Orgs = strings.Join(slices.Compact(orgs), ",")
		default:
			err = Errorf(Invalid, "unknown word %.40q in marking", word)
		}
		if err != nil {
			return Marking{}, err
		}
	}
	return m, m.Check()
}

// String returns the label without "TLP:", "" for the default.
func (t TLP) String() string { return nameOf(tlpNames, int(t)) }

// String returns the label without "PAP:", "" for the default.
func (p PAP) String() string { return nameOf(papNames, int(p)) }

// String returns the class, "" for the default.
func (l Licence) String() string { return nameOf(licenceNames, int(l)) }

// MarshalText writes the label.
func (t TLP) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// MarshalText writes the label.
func (p PAP) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// MarshalText writes the class.
func (l Licence) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a label in any letter case, with or without "TLP:";
// TLP 1.0's WHITE is CLEAR.
func (t *TLP) UnmarshalText(b []byte) error {
	s := strings.TrimPrefix(strings.ToUpper(string(b)), "TLP:")
	if s == "WHITE" {
		s = "CLEAR"
	}
	return parseName(t, tlpNames, s, "TLP label")
}

// UnmarshalText reads a label in any letter case, with or without "PAP:".
func (p *PAP) UnmarshalText(b []byte) error {
	return parseName(p, papNames, strings.TrimPrefix(strings.ToUpper(string(b)), "PAP:"), "PAP label")
}

// UnmarshalText reads a class.
func (l *Licence) UnmarshalText(b []byte) error {
	return parseName(l, licenceNames, strings.ToLower(string(b)), "licence class")
}

func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return "unknown"
}

func parseName[T ~uint8](dst *T, names []string, s, what string) error {
	i := slices.Index(names, s)
	if i < 0 {
		return Errorf(Invalid, "unknown %s %.40q", what, s)
	}
	*dst = T(i)
	return nil
}
