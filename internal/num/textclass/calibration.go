package textclass

import "math"

// Calibration turns the scores of a classifier into probabilities that mean
// what they say: softmax(Scale * score + Offset). It is fitted on texts that
// the classifier was not trained on.
type Calibration struct {
	Scale  float32
	Offset []float32 // by class
}

// Scored is a text's scores with what would have been right.
type Scored struct {
	Logits []float32
	Target []Share
}

// Identity leaves scores as they are.
func Identity(classes int) Calibration {
	return Calibration{Scale: 1, Offset: make([]float32, classes)}
}

// Probabilities turns scores into calibrated probabilities, in place.
func (c *Calibration) Probabilities(logits []float32) {
	for i := range logits {
		logits[i] = logits[i]*c.Scale + c.Offset[i]
	}
	softmax(logits)
}

// Calibrate fits a calibration by gradient descent on the log loss. pull draws
// the offsets to zero: so many texts must speak for a class before its offset
// is believed; 0 fits the scale alone (Guo, Pleiss, Sun, Weinberger, ICML
// 2017). Cost: rounds x texts x classes.
func Calibrate(classes int, texts []Scored, pull float64) Calibration {
	c := Identity(classes)
	if len(texts) == 0 {
		return c
	}
	const rounds = 200
	seen := make([]float64, classes)
	for _, t := range texts {
		for _, s := range t.Target {
			seen[s.Class] += float64(s.Mass)
		}
	}
	p := make([]float32, classes)
	grad := make([]float64, classes)
	// Adagrad for the scale; for an offset, the step that the curvature of its
	// class (about its count) asks for.
	scaleSquare := 1e-9
	for range rounds {
		clear(grad)
		scaleGrad := 0.0
		for _, t := range texts {
			copy(p, t.Logits)
			c.Probabilities(p)
			for _, s := range t.Target {
				p[s.Class] -= s.Mass
			}
			for i, d := range p {
				grad[i] += float64(d)
				scaleGrad += float64(d) * float64(t.Logits[i])
			}
		}
		scaleGrad /= float64(len(texts))
		scaleSquare += scaleGrad * scaleGrad
		c.Scale -= float32(0.1 * scaleGrad / math.Sqrt(scaleSquare))
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
