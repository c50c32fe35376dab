package vuln

import (
	"hash/fnv"
	"slices"

	"github.com/opencure/cure/internal/num/textclass"
	"github.com/opencure/cure/internal/publish/advisory"
)

// Report is everything that was measured with one model on one set of
// records.
type Report struct {
	Split          string      `json:"split"`
	Train          int         `json:"train"`
	Held           int         `json:"held"`
	Test           int         `json:"test"`
	Shared         int         `json:"shared"` // ids that are in training or calibration too: taken out of the test
	Twins          float64     `json:"twins"`  // share of labelled test records whose masked text is in training too
	Model          string      `json:"model"`
	Bytes          int         `json:"bytes"` // of the model file
	Types          []TypeTable `json:"types"`
	BackOffs       []BackOff   `json:"back_offs"`
	Severity       ScoreTable  `json:"severity"`
	Labelled       int         `json:"labelled"`        // test records with a weakness
	BackOffsKnown  []BackOff   `json:"back_offs_known"` // only records whose label the model knows
	Neural         []TypeTable `json:"neural,omitempty"`
	NeuralSeverity *ScoreTable `json:"neural_severity,omitempty"`
}

// measure runs a model over records, and a contender too where there is one.
// train are the records it was trained on, for the leak check; the label sets
// come from their counts alone.
func measure(m *Model, rival scorer, train, held, test []advisory.Record) Report {
	r := Report{Train: len(train), Held: len(held), Model: m.Version}
	test, r.Shared = without(test, train, held)
	r.Test = len(test)
	twins := twinsOf(slices.Concat(train, held))
	e := m.Estimator()
	all := e.predict(test, twins)
	n := 0
	for i := range all {
		if all[i].twin {
			n++
		}
	}
	r.Labelled, r.Twins = len(all), 100*float64(n)/float64(max(1, len(all)))
	r.Types = m.tables(all)
	known := slices.DeleteFunc(slices.Clone(all), func(p prediction) bool {
		return !slices.ContainsFunc(p.truth, func(id CWE) bool { _, ok := slices.BinarySearch(m.types, id); return ok })
	})
	for _, theta := range []float64{0.6, 0.7, 0.8, 0.9, 0.95} {
		r.BackOffs = append(r.BackOffs, m.backOff(theta, all))
		r.BackOffsKnown = append(r.BackOffsKnown, m.backOff(theta, known))
	}
	r.Severity = e.scoreTable(test)
	if rival != nil {
		e := m.estimator(rival)
		r.Neural = m.tables(e.predict(test, twins))
		s := e.scoreTable(test)
		r.NeuralSeverity = &s
	}
	return r
}

// tables are those of all label sets.
func (m *Model) tables(all []prediction) []TypeTable {
	t := []TypeTable{m.table("all weaknesses >= 50", m.tree.inUse(m.Support, 50, Discouraged), all)}
	for _, set := range []struct {
		name  string
		floor int
	}{{"leaves >= 50", 50}, {"leaves >= 200", 200}, {"leaves >= 500", 500}} {
		t = append(t, m.table(set.name, m.tree.Leaves(m.Support, set.floor), all))
	}
	allowed := m.tree.inUse(m.Support, 50, AllowedWithReview)
	return append(t, m.table("mapping allowed >= 50", allowed, all))
}

// predict runs the type head over all records with a weakness.
func (e *Estimator) predict(records []advisory.Record, train map[uint64]bool) []prediction {
	var all []prediction
	for i := range records {
		ids := e.m.tree.weaknesses(records[i].Weak)
		if len(ids) == 0 {
			continue
		}
		e.take(records[i].Text)
		all = append(all, prediction{ids, append([]float32(nil), e.kind...), train[masked(e.read.Tokens())]})
	}
	return all
}

// masked is a hash of a text without what tells templated texts apart:
// numbers, versions, names of files.
func masked(tokens []textclass.Token) uint64 {
	h := fnv.New64a()
	for _, t := range tokens {
		var b [8]byte
		for i := range b {
			b[i] = byte(t.Hash >> (8 * i))
		}
		_, _ = h.Write(b[:]) // never fails
	}
	return h.Sum64()
}

// twinsOf returns the masked texts of records.
func twinsOf(records []advisory.Record) map[uint64]bool {
	seen := make(map[uint64]bool, len(records))
	var tokens []textclass.Token
	for i := range records {
		tokens = textclass.Tokenize(tokens[:0], records[i].Text)
		seen[masked(tokens)] = true
	}
	return seen
}

// without takes the records out whose id is in others.
func without(records []advisory.Record, others ...[]advisory.Record) (kept []advisory.Record, shared int) {
	seen := map[string]bool{}
	for _, o := range others {
		for i := range o {
			seen[o[i].ID] = true
		}
	}
	for _, r := range records {
		if seen[r.ID] {
			shared++
			continue
		}
		kept = append(kept, r)
	}
	return kept, shared
}
