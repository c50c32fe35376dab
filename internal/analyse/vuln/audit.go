package vuln

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/opencure/cure/internal/publish/advisory"
)

// Suspect is a published label that the model doubts.
type Suspect struct {
	ID        string  `json:"id"`
	Published []CWE   `json:"published"`
	Labeller  string  `json:"labeller,omitempty"`
	Instead   CWE     `json:"instead"`
	Doubt     float64 `json:"doubt"` // 0 to 1: mass of the other label that the published branch does not have
	Why       string  `json:"why"`
	Known     bool    `json:"known,omitempty"` // the model was trained on this record: doubts of it are rarer
}

// Doubt returns what the model has against the labels of a record; false
// where it has nothing, or too little to go on. A label is doubted when
// another one is likelier, not as its parent or child alone, and the branch of
// the published one has less mass.
func (e *Estimator) Doubt(r *advisory.Record) (Suspect, bool) {
	m := e.m
	ids := m.tree.weaknesses(r.Weak)
	if len(ids) == 0 || r.State != advisory.Published || r.Text == "" || Language(clip(r.Text)) != "" {
		return Suspect{}, false
	}
	e.take(r.Text)
	if e.understood().known < minKnown {
		return Suspect{}, false
	}
	best := e.top(1, nil)[0]
	instead := m.types[best]
	published := 0.0
	for c, id := range m.types {
		if slices.ContainsFunc(ids, func(p CWE) bool { return m.tree.Above(p, id) || m.tree.Above(id, p) }) {
			published += float64(e.kind[c])
		}
	}
	if slices.ContainsFunc(ids, func(p CWE) bool { return m.tree.Above(p, instead) || m.tree.Above(instead, p) }) {
		return Suspect{}, false
	}
	doubt := float64(e.kind[best]) - published
	if doubt <= 0 {
		return Suspect{}, false
	}
	s := Suspect{
		ID: r.ID, Published: ids, Labeller: r.Labeller, Instead: instead, Doubt: round(doubt), Known: m.known.has(r.ID),
	}
	s.Why = fmt.Sprintf("the text reads like %s (%.0f of 100); all labels in line with %s together have %.0f",
		m.tree.describe(instead), 100*float64(e.kind[best]), ids[0], 100*published)
	words := e.spoke(&m.kind, best, m.rank(ids, best, e.kind))
	if said := deciding(r.Text, words); len(said) > 0 {
		s.Why += fmt.Sprintf("; deciding words: %q", said)
	}
	return s, true
}

// rank returns the class of a published label, else the likeliest other.
func (m *Model) rank(ids []CWE, not int, p []float32) int {
	if c, ok := slices.BinarySearch(m.types, ids[0]); ok {
		return c
	}
	best := 0
	if not == 0 {
		best = 1
	}
	for c := range p {
		if c != not && p[c] > p[best] {
			best = c
		}
	}
	return best
}

// SortSuspects puts the strongest doubts first.
func SortSuspects(all []Suspect) {
	slices.SortStableFunc(all, func(a, b Suspect) int {
		return cmp.Or(cmp.Compare(b.Doubt, a.Doubt), cmp.Compare(a.ID, b.ID))
	})
}

// AuditTable measures doubts on records whose labels experts have looked at
// again.
type AuditTable struct {
	N         int     `json:"n"`
	Changed   float64 `json:"changed"`   // share of labels the experts changed: precision by chance
	Doubted   int     `json:"doubted"`   // labels the model doubts
	At100     Rate    `json:"at_100"`    // precision among the 100 strongest doubts
	Precision float64 `json:"precision"` // among all doubts
	Recall    float64 `json:"recall"`    // share of the changed that is doubted
	GoldTop1  float64 `json:"gold_top1"` // model against the experts' labels
	GoldTop3  float64 `json:"gold_top3"`
	Published float64 `json:"published"` // published label against the experts' labels
}

// auditTable measures a model on records in which Weak is the experts' label
// and WeakCNA the published one.
func (m *Model) auditTable(gold []advisory.Record) AuditTable {
	var t AuditTable
	var doubts []Suspect
	changed := map[string]bool{}
	e := m.Estimator()
	scored := 0
	for i := range gold {
		r := gold[i]
		truth, published := m.tree.weaknesses(r.Weak), m.tree.weaknesses(r.WeakCNA)
		if len(truth) == 0 {
			continue
		}
		e.take(r.Text)
		top := e.top(3, nil)
		scored++
		t.GoldTop1 += one(slices.Contains(truth, m.types[top[0]]))
		t.GoldTop3 += one(slices.ContainsFunc(top, func(c int) bool { return slices.Contains(truth, m.types[c]) }))
		if len(published) == 0 {
			continue
		}
		t.N++
		changed[r.ID] = !slices.ContainsFunc(published, func(id CWE) bool { return slices.Contains(truth, id) })
		t.Changed += one(changed[r.ID])
		r.Weak = r.WeakCNA
		if s, ok := e.Doubt(&r); ok {
			doubts = append(doubts, s)
		}
	}
	SortSuspects(doubts)
	var right []bool
	for _, s := range doubts {
		right = append(right, changed[s.ID])
	}
	all := rateOf(right).Value
	t.Doubted, t.Precision, t.At100 = len(doubts), all, rateOf(right[:min(100, len(right))])
	t.Recall = all * float64(len(right)) / max(1, t.Changed)
	t.Published = 100 * (1 - t.Changed/float64(max(1, t.N)))
	t.Changed *= 100 / float64(max(1, t.N))
	t.GoldTop1, t.GoldTop3 = t.GoldTop1*100/float64(max(1, scored)), t.GoldTop3*100/float64(max(1, scored))
	return t
}
