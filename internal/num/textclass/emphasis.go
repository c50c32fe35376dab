package textclass

import (
	"math"
	"slices"
)

// Emphasis says how loudly a classifier hears each feature: not by how rare it
// is, but by how much its presence changes what is to be expected. The name of
// a product is rare and tells little; "stack-based" is frequent and tells
// nearly all. Supervised term weighting after Debole and Sebastiani (SAC 2003),
// by the divergence of Kullback and Leibler. Read-only once made.
type Emphasis struct {
	weight []byte    // in steps of idfStep: what is kept
	ratio  []float32 // of it to the rarity, by feature
}

const (
	// doubtful is how many texts without any say stand beside those of a
	// feature: one that occurs in five says less than one that occurs in fifty.
	doubtful = 8
	// silent is the divergence of a feature that tells nothing; it still counts.
	silent = 0.02
)

// NewEmphasis weighs the features of m by what the examples tell of them:
// (divergence from the shares of all classes to those with the feature) to the
// power. All are brought to such a size that half of the texts are longer than
// Length says now and half are shorter. Cost: features x classes of memory.
func NewEmphasis(v *Vocabulary, m *Matrix, examples []Example, classes int, power float64) *Emphasis {
	counts := make([]float32, v.Len()*classes)
	prior := make([]float64, classes)
	for _, ex := range examples {
		for _, s := range ex.Target {
			prior[s.Class] += float64(s.Mass)
			for _, id := range m.Row(int(ex.Row)).ID {
				counts[int(id)*classes+int(s.Class)] += s.Mass
			}
		}
	}
	for c := range prior {
		prior[c] /= float64(max(1, len(examples)))
	}
	loud := make([]float64, v.Len())
	for id := range loud {
		loud[id] = math.Pow(divergence(counts[id*classes:(id+1)*classes], prior)+silent, power)
	}
	size := m.size(v, loud)
	e := &Emphasis{weight: make([]byte, v.Len())}
	for id, x := range loud {
		e.weight[id] = byte(max(1, min(255, math.Round(x*size/idfStep))))
	}
	e.relate(v)
	return e
}

// divergence is that of the shares of counts from those expected, with some
// texts beside that are as expected.
func divergence(counts []float32, expected []float64) float64 {
	n, sum := 0.0, 0.0
	for _, x := range counts {
		n += float64(x)
	}
	for c, q := range expected {
		if q > 0 {
			p := (float64(counts[c]) + doubtful*q) / (n + doubtful)
			sum += p * math.Log(p/q)
		}
	}
	return max(sum, 0)
}

// size returns by what weights must be multiplied for the median text to keep
// its Length.
func (m *Matrix) size(v *Vocabulary, weights []float64) float64 {
	var before, after []float64
	for i := range m.Len() {
		row := m.Row(i)
		sum := 0.0
		for k, id := range row.ID {
			x := float64(row.Value[k]*row.Length/v.idf[id]) * weights[id]
			sum += x * x
		}
		if sum > 0 {
			before, after = append(before, float64(row.Length)), append(after, math.Sqrt(sum))
		}
	}
	if len(before) == 0 {
		return 1
	}
	slices.Sort(before)
	slices.Sort(after)
	return before[len(before)/2] / after[len(after)/2]
}

func (e *Emphasis) relate(v *Vocabulary) {
	e.ratio = make([]float32, len(e.weight))
	for id, w := range e.weight {
		if v.idf[id] > 0 {
			e.ratio[id] = float32(w) * idfStep / v.idf[id]
		}
	}
}

// Hear writes the vector of a text as it is heard into to, and returns it; the
// same for no emphasis.
func (e *Emphasis) Hear(to *Vector, v Vector) Vector {
	if e == nil {
		return v
	}
	to.ID, to.Value = v.ID, to.Value[:0]
	sum := 0.0
	for i, id := range v.ID {
		x := v.Value[i] * e.ratio[id]
		sum += float64(x) * float64(x)
		to.Value = append(to.Value, x)
	}
	norm := float32(math.Sqrt(sum))
	if to.Length = v.Length * norm; norm > 0 {
		scale(to.Value, 1/norm)
	}
	return *to
}

// Matrix returns the rows of m as they are heard.
func (e *Emphasis) Matrix(m *Matrix) *Matrix {
	if e == nil {
		return m
	}
	to := &Matrix{}
	var buf Vector
	for i := range m.Len() {
		to.Add(e.Hear(&buf, m.Row(i)))
	}
	return to
}

// AppendBinary appends the stored form: a byte a feature.
func (e *Emphasis) AppendBinary(dst []byte) []byte { return append(dst, e.weight...) }

// ReadEmphasis reads that of a vocabulary and returns what is behind it.
func ReadEmphasis(b []byte, v *Vocabulary) (*Emphasis, []byte, error) {
	c := &cursor{b: b}
	e := &Emphasis{weight: slices.Clone(c.take(v.Len()))}
	if c.err != nil {
		return nil, nil, c.err
	}
	e.relate(v)
	return e, c.b, nil
}
