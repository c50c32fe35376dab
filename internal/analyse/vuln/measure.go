package vuln

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/opencure/cure/internal/num/textclass"
	"github.com/opencure/cure/internal/publish/advisory"
)

// Score of a type classifier on records whose label is in a set. A prediction
// is right when it is one of the record's labels.
type TypeTable struct {
	Name     string  `json:"name"`
	Labels   []CWE   `json:"labels"`
	N        int     `json:"n"`
	Top1     Rate    `json:"top1"`
	Top3     float64 `json:"top3"`
	MacroF1  float64 `json:"macro_f1"`
	Fresh    Rate    `json:"fresh"` // top-1 without records whose masked text is in training too
	FreshN   int     `json:"fresh_n"`
	Cover90  float64 `json:"cover90"` // share answered when 90 of 100 answers must be right
	Cover95  float64 `json:"cover95"`
	ECE      float64 `json:"ece"`
	AtDepth  []Depth `json:"at_depth"`
	Majority float64 `json:"majority"` // top-1 of always the most frequent label
}

// Depth says: of records whose label is at least so deep, so many predictions
// pass through the right node at that depth.
type Depth struct {
	Depth int     `json:"depth"`
	N     int     `json:"n"`
	Right float64 `json:"right"`
}

// Rate is a share of 100 with the interval that holds it in 95 of 100
// bootstrap samples.
type Rate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// prediction is what a classifier says of one record.
type prediction struct {
	truth []CWE
	prob  []float32 // by class
	twin  bool      // its masked text is in training too
}

// rateOf returns the share of right ones in percent, with 400 bootstrap
// samples from a fixed seed.
func rateOf(right []bool) Rate {
	if len(right) == 0 {
		return Rate{}
	}
	rnd := rand.New(rand.NewPCG(1, uint64(len(right))))
	percent := func(n int) float64 { return 100 * float64(n) / float64(len(right)) }
	count := func(pick func(i int) bool) (n int) {
		for i := range right {
			if pick(i) {
				n++
			}
		}
		return n
	}
	var samples []float64
	for range 400 {
		samples = append(samples, percent(count(func(int) bool { return right[rnd.IntN(len(right))] })))
	}
	slices.Sort(samples)
	return Rate{percent(count(func(i int) bool { return right[i] })), samples[10], samples[389]}
}

// table measures predictions on the records whose label is in the set.
func (m *Model) table(name string, set []CWE, all []prediction) TypeTable {
	t := TypeTable{Name: name, Labels: set}
	var in []int // classes of the set
	for c, id := range m.types {
		if slices.Contains(set, id) {
			in = append(in, c)
		}
	}
	s := sums{hit: map[CWE]int{}, wrong: map[CWE]int{}, missed: map[CWE]int{}, truth: map[CWE]int{}}
	for i := range all {
		truth := slices.DeleteFunc(slices.Clone(all[i].truth), func(id CWE) bool { return !slices.Contains(set, id) })
		if len(truth) > 0 {
			s.add(m, &all[i], truth, in)
		}
	}
	t.N, t.Top1 = len(s.right), rateOf(s.right)
	t.Fresh, t.FreshN = rateOf(s.fresh), len(s.fresh)
	t.Top3 = 100 * float64(s.top3) / float64(max(1, t.N))
	labels := 0
	for id, n := range s.truth {
		t.Majority = max(t.Majority, 100*float64(n)/float64(max(1, t.N)))
		labels++
		t.MacroF1 += 200 * float64(s.hit[id]) / float64(max(1, 2*s.hit[id]+s.wrong[id]+s.missed[id]))
	}
	t.MacroF1 /= float64(max(1, labels))
	t.Cover90, t.Cover95 = cover(s.prob, s.right, 0.90), cover(s.prob, s.right, 0.95)
	_, t.ECE = textclass.Reliability(s.prob, s.right, 15)
	for d := 3; d <= 5; d++ {
		t.AtDepth = append(t.AtDepth, Depth{d, s.deep[d], 100 * float64(s.through[d]) / float64(max(1, s.deep[d]))})
	}
	return t
}

// sums gathers what a table is made of.
type sums struct {
	right, fresh              []bool
	prob                      []float64
	top3                      int
	hit, wrong, missed, truth map[CWE]int
	deep, through             [6]int
}

func (s *sums) add(m *Model, p *prediction, truth []CWE, in []int) {
	sum := float32(0)
	best := []int{}
	for _, c := range in {
		sum += p.prob[c]
		at := len(best)
		for at > 0 && p.prob[c] > p.prob[best[at-1]] {
			at--
		}
		if at < 3 {
			best = slices.Insert(best, at, c)
			best = best[:min(len(best), 3)]
		}
	}
	said := m.types[best[0]]
	ok := slices.Contains(truth, said)
	s.right = append(s.right, ok)
	s.prob = append(s.prob, float64(p.prob[best[0]]/max(sum, 1e-9)))
	if !p.twin {
		s.fresh = append(s.fresh, ok)
	}
	if slices.ContainsFunc(best, func(c int) bool { return slices.Contains(truth, m.types[c]) }) {
		s.top3++
	}
	want := truth[0]
	if ok {
		want = said
		s.hit[said]++
	} else {
		s.wrong[said]++
		s.missed[want]++
	}
	s.truth[want]++
	path, true0 := m.tree.Path(said), m.tree.Path(want)
	for d := 3; d <= 5 && d <= len(true0); d++ {
		s.deep[d]++
		if d <= len(path) && path[d-1] == true0[d-1] {
			s.through[d]++
		}
	}
}

// cover returns the largest share in percent of the surest answers of which
// at least so many are right.
func cover(prob []float64, right []bool, accuracy float64) float64 {
	order := make([]int, len(prob))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return -cmpFloat(prob[a], prob[b]) })
	best, hits := 0, 0
	for n, i := range order {
		if right[i] {
			hits++
		}
		if float64(hits) >= accuracy*float64(n+1) {
			best = n + 1
		}
	}
	return 100 * float64(best) / float64(max(1, len(prob)))
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// BackOff measures the answers of the tree at one theta, on all records with
// a weakness, whether the model knows the label or not.
type BackOff struct {
	Theta  float64 `json:"theta"`
	N      int     `json:"n"`
	Right  Rate    `json:"right"`  // of those answered
	Silent float64 `json:"silent"` // share of "cannot tell"
	Depth  float64 `json:"depth"`  // mean of the answers
	Full   float64 `json:"full"`   // share answered with a label, not a node above
}

// backOff measures one theta.
func (m *Model) backOff(theta float64, all []prediction) BackOff {
	b := BackOff{Theta: theta, N: len(all)}
	e := m.Estimator()
	var right []bool
	for i := range all {
		copy(e.kind, all[i].prob)
		e.weigh()
		n := e.deepest(theta)
		if n < 0 {
			b.Silent++
			continue
		}
		right = append(right, m.tree.holds(m.nodes[n], all[i].truth))
		b.Depth += float64(m.depth[n])
		if _, ok := slices.BinarySearch(m.types, m.nodes[n]); ok {
			b.Full++
		}
	}
	b.Right = rateOf(right)
	b.Depth /= float64(max(1, len(right)))
	b.Silent *= 100 / float64(max(1, b.N))
	b.Full *= 100 / float64(max(1, b.N))
	return b
}

// ScoreTable measures severity on records with a CVSS v3 vector.
type ScoreTable struct {
	N        int                   `json:"n"`
	Metric   [len(metrics)]float64 `json:"metric"`   // accuracy of each
	Majority [len(metrics)]float64 `json:"majority"` // of always the most frequent value
	Exact    Rate                  `json:"exact"`    // whole vector
	Argmax   float64               `json:"argmax"`   // mean absolute error of the score of the likeliest vector
	Expected float64               `json:"expected"` // of the expected score
	Median   float64               `json:"median"`   // of the median of its distribution
	Constant float64               `json:"constant"` // of always the mean
	Within1  float64               `json:"within1"`  // expected score at most 1 off
	Band     float64               `json:"band"`     // severity word right
	Inside   float64               `json:"inside"`   // true score within the 80 % interval
	Width    float64               `json:"width"`    // of it
}

// scoreTable measures severity.
func (e *Estimator) scoreTable(records []advisory.Record) ScoreTable {
	var t ScoreTable
	var exact []bool
	m := e.m
	var seen [len(metrics)][4]int
	var truths []float64
	for i := range records {
		truth, ok := parseChoice(records[i].CVSS3)
		if !ok {
			continue
		}
		t.N++
		e.take(records[i].Text)
		e.rate()
		c := e.likeliest()
		for k := range metrics {
			seen[k][truth[k]]++
			if c[k] == truth[k] {
				t.Metric[k]++
			}
		}
		exact = append(exact, c == truth)
		dist := scores(&e.score)
		want, low, high := truth.score(), quantile(&dist, m.Interval[0]), quantile(&dist, m.Interval[1])
		truths = append(truths, want)
		t.Argmax += math.Abs(c.score() - want)
		t.Expected += math.Abs(mean(&dist) - want)
		t.Median += math.Abs(quantile(&dist, 0.5) - want)
		t.Within1 += one(math.Abs(mean(&dist)-want) <= 1)
		t.Band += one(Band(quantile(&dist, 0.5)) == Band(want))
		t.Inside += one(low <= want && want <= high)
		t.Width += high - low
	}
	n := float64(max(1, t.N))
	for k := range metrics {
		t.Metric[k] *= 100 / n
		t.Majority[k] = 100 * float64(slices.Max(seen[k][:])) / n
	}
	t.Exact = rateOf(exact)
	t.Argmax, t.Expected, t.Median, t.Width = t.Argmax/n, t.Expected/n, t.Median/n, t.Width/n
	t.Within1, t.Band, t.Inside = t.Within1*100/n, t.Band*100/n, t.Inside*100/n
	average := 0.0
	for _, s := range truths {
		average += s / n
	}
	for _, s := range truths {
		t.Constant += math.Abs(s-average) / n
	}
	return t
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
