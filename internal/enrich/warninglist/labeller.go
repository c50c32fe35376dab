package warninglist

import "github.com/opencure/cure"

// Labeller labels values that are on a list; see internal/enrich. It is not
// safe for concurrent use, the set behind it is.
type Labeller struct {
	set     *Set
	matches []Match
}

// NewLabeller makes a labeller of a set.
func NewLabeller(s *Set) *Labeller { return &Labeller{set: s} }

// Name returns "warninglist".
func (l *Labeller) Name() string { return "warninglist" }

// code is part of the fingerprint: another number retracts all labels that
// older code made.
const code = "1 "

// Fingerprint names the code and the lists.
func (l *Labeller) Fingerprint() string { return code + l.set.Fingerprint() }

// Label appends one enrichment a list that o is on.
func (l *Labeller) Label(o cure.Observable, dst []cure.Enrichment) []cure.Enrichment {
	l.matches = l.set.Lookup(o, l.matches[:0])
	for _, m := range l.matches {
		dst = append(dst, cure.Enrichment{Name: "warninglist", Value: m.List.Slug, Why: m.Why()})
	}
	return dst
}
