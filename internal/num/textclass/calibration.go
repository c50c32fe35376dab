package textclass

import (
	"math"

	"github.com/opencure/cure/internal/num/vec"
)

// Calibration turns the scores of one or several scorers into probabilities
// that mean what they say: softmax(sum of Scale x score + Offset), the best of
// them moved to where Curve says. It is fitted on texts that the scorers were
// not trained on.
type Calibration struct {
	Scale  []float32 // by scorer
	Offset []float32 // by class
	// Curve is the share that was right at evenly spaced probabilities of the
	// best class, from 0 to 1, rising; nil: taken as it is.
	Curve []float32
}

// Scored is a text's scores, by scorer, with what would have been right.
type Scored struct {
	Logits [][]float32
	Target []Share
}

// Probabilities turns scores into calibrated probabilities, in the place of
// the first scorer's.
func (c *Calibration) Probabilities(logits []float32, others ...[]float32) {
	for i := range logits {
		logits[i] = logits[i]*c.Scale[0] + c.Offset[i]
	}
	for k, other := range others {
		vec.AddScaled(logits, other, c.Scale[k+1])
	}
	softmax(logits)
	c.bend(logits)
}

// bend moves the probability of the best class along the curve, the others in
// proportion. The best stays the best.
func (c *Calibration) bend(p []float32) {
	if len(c.Curve) < 2 {
		return
	}
	best, second := 0, float32(0)
	for i, x := range p {
		if x > p[best] {
			best = i
		}
	}
	for i, x := range p {
		if i != best {
			second = max(second, x)
		}
	}
	top := p[best]
	at := top * float32(len(c.Curve)-1)
	k := min(int(at), len(c.Curve)-2)
	to := c.Curve[k] + (c.Curve[k+1]-c.Curve[k])*(at-float32(k))
	rest := 1 - top
	if rest < 1e-6 || to <= 0 || to >= 1 {
		return
	}
	if least := 1.001 * second / (second + rest); to < least {
		to = least // or the second would pass it
	}
	scale(p, (1-to)/rest)
	p[best] = to
}

// Calibrate fits scale and offsets by gradient descent on the log loss. pull
// draws the offsets to zero: so many texts must speak for a class before its
// offset is believed; 0 fits the scales alone (Guo, Pleiss, Sun, Weinberger,
// ICML 2017). Cost: rounds x texts x classes x scorers.
func Calibrate(classes, scorers int, texts []Scored, pull float64) Calibration {
	c := Calibration{Scale: make([]float32, scorers), Offset: make([]float32, classes)}
	for k := range c.Scale {
		c.Scale[k] = 1 / float32(scorers)
	}
	if len(texts) == 0 {
		return c
	}
	const rounds = 250
	seen := make([]float64, classes)
	for _, t := range texts {
		for _, s := range t.Target {
			seen[s.Class] += float64(s.Mass)
		}
	}
	p := make([]float32, classes)
	grad := make([]float64, classes)
	// Adagrad for the scales; for an offset, the step that the curvature of its
	// class (about its count) asks for.
	squares := filled64(scorers, 1e-9)
	for range rounds {
		clear(grad)
		scaleGrad := make([]float64, scorers)
		for _, t := range texts {
			copy(p, t.Logits[0])
			c.Probabilities(p, t.Logits[1:]...)
			for _, s := range t.Target {
				p[s.Class] -= s.Mass
			}
			for i, d := range p {
				grad[i] += float64(d)
			}
			for k := range scaleGrad {
				scaleGrad[k] += float64(vec.Dot(p, t.Logits[k]))
			}
		}
		for k, g := range scaleGrad {
			g /= float64(len(texts))
			squares[k] += g * g
			c.Scale[k] -= float32(0.1 * g / math.Sqrt(squares[k]))
		}
		if pull <= 0 {
			continue
		}
		for i, g := range grad {
			g += pull * float64(c.Offset[i])
			c.Offset[i] -= float32(0.5 * g / (seen[i] + pull + 1))
		}
	}
	return c
}

func filled64(n int, x float64) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = x
	}
	return s
}

// The curve's places, and how many texts without any say pull a place to what
// the probability says.
const (
	curvePlaces = 21
	curvePull   = 20
)

// Straighten fits the curve: isotonic regression of "the best class was right"
// on its probability (Zadrozny and Elkan, KDD 2002), over evenly spaced places.
func (c *Calibration) Straighten(texts []Scored) {
	c.Curve = nil
	var sum, weight [curvePlaces]float64
	for i := range sum {
		at := float64(i) / (curvePlaces - 1)
		sum[i], weight[i] = curvePull*at, curvePull
	}
	var p []float32
	for _, t := range texts {
		p = append(p[:0], t.Logits[0]...)
		c.Probabilities(p, t.Logits[1:]...)
		best := 0
		for i, x := range p {
			if x > p[best] {
				best = i
			}
		}
		right := 0.0
		for _, s := range t.Target {
			if int(s.Class) == best {
				right = 1
			}
		}
		// A text speaks for both places beside its probability, for what it
		// says beyond that probability.
		at := float64(p[best]) * (curvePlaces - 1)
		k := min(int(at), curvePlaces-2)
		for side, share := range [2]float64{1 - (at - float64(k)), at - float64(k)} {
			place := float64(k+side) / (curvePlaces - 1)
			sum[k+side] += share * (place + right - float64(p[best]))
			weight[k+side] += share
		}
	}
	c.Curve = rising(sum[:], weight[:])
}

// rising returns the best rising fit to means (pool adjacent violators), kept
// within (0, 1).
func rising(sum, weight []float64) []float32 {
	type block struct {
		sum, weight float64
		n           int
	}
	var blocks []block
	for i := range sum {
		blocks = append(blocks, block{sum[i], weight[i], 1})
		for n := len(blocks); n > 1 && blocks[n-2].sum*blocks[n-1].weight >= blocks[n-1].sum*blocks[n-2].weight; n = len(blocks) {
			a, b := blocks[n-2], blocks[n-1]
			blocks = append(blocks[:n-2], block{a.sum + b.sum, a.weight + b.weight, a.n + b.n})
		}
	}
	var out []float32
	for _, b := range blocks {
		for range b.n {
			out = append(out, float32(min(max(b.sum/b.weight, 0.001), 0.999)))
		}
	}
	return out
}

// Bin is a row of a reliability table: of the answers whose probability was
// between Low and High, so many were right.
type Bin struct {
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	N     int     `json:"n"`
	Mean  float64 `json:"mean"` // probability
	Right float64 `json:"right"`
}

// Reliability sorts answers into bins of equal width, and returns with them
// the expected calibration error: the mean distance between probability and
// share of right answers, weighted by the answers of the bin.
func Reliability(prob []float64, right []bool, bins int) ([]Bin, float64) {
	table := make([]Bin, bins)
	for i := range table {
		table[i].Low, table[i].High = float64(i)/float64(bins), float64(i+1)/float64(bins)
	}
	for i, p := range prob {
		b := &table[max(0, min(bins-1, int(p*float64(bins))))]
		b.N++
		b.Mean += p
		if right[i] {
			b.Right++
		}
	}
	ece := 0.0
	for i := range table {
		b := &table[i]
		if b.N == 0 {
			continue
		}
		ece += math.Abs(b.Mean-b.Right) / float64(len(prob))
		b.Mean, b.Right = b.Mean/float64(b.N), b.Right/float64(b.N)
	}
	return table, ece
}
