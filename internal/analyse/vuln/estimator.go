package vuln

import (
	"github.com/opencure/cure/internal/num/textclass"
)

// Estimator answers with a model, one text after another; it keeps buffers
// between texts. For one goroutine.
type Estimator struct {
	m     *Model
	by    scorer
	read  textclass.Reader
	vec   textclass.Vector
	kind  []float32 // probabilities of the labels
	mass  []float64 // of the nodes
	score [len(metrics)][]float32

	alike  []float32 // of known CVEs, by place; zero but during a search
	shared []uint32  // places that are not zero
}

// scorer gives calibrated probabilities: the model, or a contender that is
// measured beside it.
type scorer interface {
	kinds(dst []float32, v textclass.Vector)
	metrics(dst *[len(metrics)][]float32, v textclass.Vector)
}

// Estimator returns a new estimator.
func (m *Model) Estimator() *Estimator {
	o := &own{m: m, linear: make([]float32, m.all.Classes)}
	if m.deep != nil {
		o.deep = m.deep.Scorer()
	}
	return m.estimator(o)
}

// own are the heads of the model itself, with the buffers of one estimator.
type own struct {
	m    *Model
	deep func(textclass.Vector) [][]float32 // nil: the model has no encoder

	linear []float32 // scores of all metrics
	heard  textclass.Vector
}

func (m *Model) estimator(by scorer) *Estimator {
	e := &Estimator{
		m: m, by: by, read: textclass.Reader{Vocabulary: m.words},
		kind: make([]float32, len(m.types)), mass: make([]float64, len(m.nodes)),
	}
	for i := range e.score {
		e.score[i] = make([]float32, len(metrics[i].values))
	}
	return e
}

// take reads a text and computes the probabilities of the labels.
func (e *Estimator) take(text string) {
	e.vec = e.read.Read(clip(text))
	e.by.kinds(e.kind, e.vec)
}

func (o *own) kinds(dst []float32, v textclass.Vector) {
	o.m.kind.logits(dst, o.m.kind.heard.Hear(&o.heard, v))
	o.m.kind.cal.Probabilities(dst)
}

func (o *own) metrics(dst *[len(metrics)][]float32, v textclass.Vector) {
	var deep [][]float32
	if o.deep != nil {
		deep = o.deep(v)
	}
	o.m.all.Logits(o.linear, v, 1)
	rest := o.linear
	for i := range dst {
		rest = rest[copy(dst[i], rest):]
		if deep == nil {
			o.m.score[i].cal.Probabilities(dst[i])
		} else {
			o.m.score[i].cal.Probabilities(dst[i], deep[i])
		}
	}
}

// weigh computes the mass of each node: the sum over the labels below it.
func (e *Estimator) weigh() {
	clear(e.mass)
	for c, p := range e.kind {
		for _, n := range e.m.above[c] {
			e.mass[n] += float64(p)
		}
	}
}

// deepest returns the deepest node with a mass of at least theta that may be
// proposed; of two, the one with more mass. -1: none is that sure.
func (e *Estimator) deepest(theta float64) int {
	best := -1
	for n, mass := range e.mass {
		if mass < theta || e.m.tree.Get(e.m.nodes[n]).Usage == Prohibited {
			continue
		}
		if best < 0 || e.m.depth[n] > e.m.depth[best] || e.m.depth[n] == e.m.depth[best] && mass > e.mass[best] {
			best = n
		}
	}
	return best
}

// top returns the n most likely classes among those that pass, best first.
func (e *Estimator) top(n int, pass func(class int) bool) []int {
	var best []int
	for c, p := range e.kind {
		if len(best) == n && p <= e.kind[best[n-1]] || pass != nil && !pass(c) {
			continue
		}
		at := len(best)
		for at > 0 && p > e.kind[best[at-1]] {
			at--
		}
		best = append(best, 0)
		copy(best[at+1:], best[at:])
		best[at] = c
		best = best[:min(len(best), n)]
	}
	return best
}

// rate computes the probabilities of the CVSS metrics of the text taken last.
func (e *Estimator) rate() { e.by.metrics(&e.score, e.vec) }

// likeliest is the vector of the likeliest values.
func (e *Estimator) likeliest() choice {
	var c choice
	for i, p := range e.score {
		for v := range p {
			if p[v] > p[c[i]] {
				c[i] = uint8(v)
			}
		}
	}
	return c
}
