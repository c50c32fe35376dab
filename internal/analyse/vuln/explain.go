package vuln

import (
	"cmp"
	"slices"
	"strings"

	"github.com/opencure/cure/internal/num/textclass"
)

// Bounds of an explanation: its words, and how weak one may be beside the
// strongest.
const (
	maxWords = 12
	least    = 0.15
)

// Explain answers a text and says why: the words that decided between the two
// likeliest labels, those behind each metric, and three known CVEs that read
// alike, not the one named id.
func (e *Estimator) Explain(id, text string) Answer {
	a := e.Estimate(text)
	m := e.m
	best := e.top(2, m.mapped)
	if len(a.Top) == 0 || len(best) < 2 {
		return a
	}
	a.Reasons = &Reasons{For: m.types[best[0]], Against: m.types[best[1]]}
	spoke := e.spoke(&m.kind, best[0], best[1])
	for _, w := range spoke[:min(len(spoke), maxWords)] {
		if abs(w.Weight) < least*abs(spoke[0].Weight) {
			break
		}
		w.Text = text[w.Start:w.End]
		a.Reasons.Words = append(a.Reasons.Words, w)
	}
	slices.SortFunc(a.Reasons.Words, func(a, b Word) int { return cmp.Compare(a.Start, b.Start) })
	a.Reasons.Similar = e.nearest(id, 3)
	if a.CVSS == nil {
		return a
	}
	c := e.likeliest()
	for i := range metrics {
		next := -1
		for v, p := range e.score[i] {
			if v != int(c[i]) && (next < 0 || p > e.score[i][next]) {
				next = v
			}
		}
		a.CVSS.Metrics[i].Words = deciding(text, e.spoke(&m.score[i], int(c[i]), next))
	}
	return a
}

// deciding returns the three words that spoke most for a value.
func deciding(text string, spoke []Word) []string {
	var words []string
	for _, w := range spoke {
		s := strings.ToLower(text[w.Start:w.End])
		if w.Weight > 0 && !slices.Contains(words, s) {
			if words = append(words, s); len(words) == 3 {
				break
			}
		}
	}
	return words
}

// spoke returns what each word of the text taken last says for class a
// against class b: the weights of its features times their values, a pair of
// words giving half to each. Strongest first.
func (e *Estimator) spoke(h *head, a, b int) []Word {
	tokens := e.read.Tokens()
	weight := make([]float64, len(tokens))
	times := map[uint32]int{}
	for _, f := range e.read.Features() {
		times[f.ID]++
	}
	var buf textclass.Vector
	heard := h.heard.Hear(&buf, e.vec)
	value := make(map[uint32]float32, len(heard.ID))
	for i, id := range heard.ID {
		value[id] = heard.Value[i]
	}
	at := 0
	stretch := heard.Stretch(h.long)
	for _, f := range e.read.Features() {
		for at < len(tokens) && tokens[at].End < f.End {
			at++
		}
		w := float64(stretch * h.cal.Scale[0] * (h.weights.Weight(f.ID, a) - h.weights.Weight(f.ID, b)) * value[f.ID] / float32(times[f.ID]))
		if tokens[at].Start == f.Start {
			weight[at] += w
			continue
		}
		weight[at] += w / 2
		weight[at-1] += w / 2
	}
	var words []Word
	for i, t := range tokens {
		if w := weight[i]; w > 0.02 || w < -0.02 {
			words = append(words, Word{Start: int(t.Start), End: int(t.End), Weight: round3(w)})
		}
	}
	slices.SortStableFunc(words, func(a, b Word) int { return cmp.Compare(abs(b.Weight), abs(a.Weight)) })
	return words
}

func abs(x float64) float64 { return max(x, -x) }

func round3(x float64) float64 {
	if x < 0 {
		return -round3(-x)
	}
	return float64(int(x*1000+0.5)) / 1000
}
