package vuln

import (
	"cmp"
	"math"
	"slices"

	"github.com/opencure/cure/internal/num/textclass"
	"github.com/opencure/cure/internal/publish/advisory"
)

// bins is how many rows a reliability table has.
const bins = 20

// calibrate measures on texts that were held back how often answers of a
// confidence are right, and how wide an interval of scores must be.
func (m *Model) calibrate(held []advisory.Record) {
	e := m.Estimator()
	var prob, mass []float64
	var right, passed []bool
	var below, above []float64 // share of the distribution under and up to the true score
	for i := range held {
		r := &held[i]
		e.take(r.Text)
		if ids := m.tree.weaknesses(r.Weak); len(ids) > 0 {
			best := e.top(1, nil)[0]
			prob, right = append(prob, float64(e.kind[best])), append(right, slices.Contains(ids, m.types[best]))
			e.weigh()
			if n := e.deepest(m.Settings.Theta); n >= 0 {
				mass, passed = append(mass, e.mass[n]), append(passed, m.tree.holds(m.nodes[n], ids))
			}
		}
		if c, ok := parseChoice(r.CVSS3); ok {
			e.rate()
			under, upto := shares(scores(&e.score), c.score())
			below, above = append(below, under), append(above, upto)
		}
	}
	m.Bins, _ = textclass.Reliability(prob, right, bins)
	m.Passed, _ = textclass.Reliability(mass, passed, bins)
	m.Coverage = coverage(prob, right)
	m.Interval = interval(below, above)
}

// holds reports whether a node is one of the weaknesses or above one.
func (t *Tree) holds(node CWE, ids []CWE) bool {
	return slices.ContainsFunc(ids, func(id CWE) bool { return t.Above(node, id) })
}

// shares returns how much of a distribution lies under a score, and up to it.
func shares(dist [101]float64, score float64) (under, upto float64) {
	total := 0.0
	at := int(math.Round(score * 10))
	for s, p := range dist {
		total += p
		if s < at {
			under += p
		}
		if s <= at {
			upto += p
		}
	}
	return under / max(total, 1e-9), upto / max(total, 1e-9)
}

// interval returns the narrowest pair of quantiles q and 1-q between which
// lie at least 80 of 100 true scores. The metrics of one text are not
// independent, as their product takes them to be, so the nominal 0.1 is too
// narrow.
func interval(below, above []float64) [2]float64 {
	for q := 0.15; q > 0.001; q -= 0.005 {
		in := 0
		for i := range below {
			if above[i] >= q && below[i] <= 1-q {
				in++
			}
		}
		if float64(in) >= 0.8*float64(len(below)) {
			return [2]float64{q, 1 - q}
		}
	}
	return [2]float64{0.001, 0.999}
}

// coverage is the accuracy when only the surest share of answers is given, in
// steps of five of 100.
func coverage(prob []float64, right []bool) []CoveragePoint {
	order := make([]int, len(prob))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(prob[b], prob[a]) })
	var points []CoveragePoint
	hits := 0
	for n, i := range order {
		if right[i] {
			hits++
		}
		if step := len(order) / 20; step > 0 && (n+1)%step == 0 && len(points) < 20 {
			points = append(points, CoveragePoint{
				Share: float64(n+1) / float64(len(order)), Accuracy: float64(hits) / float64(n+1), Threshold: prob[i],
			})
		}
	}
	return points
}

// binOf returns the row of a reliability table that a probability belongs to;
// nil where too few texts speak for it.
func binOf(table []textclass.Bin, p float64) *textclass.Bin {
	i := max(0, min(len(table)-1, int(p*float64(len(table)))))
	if i >= len(table) || table[i].N < 20 {
		return nil
	}
	return &table[i]
}
