package textclass

import (
	"math"
	"slices"
)

// Sparse is a Softmax in eight bits: of each feature only the weights that
// matter, as multiples of a step of their class. Read-only once made.
type Sparse struct {
	Classes int
	start   []uint32 // by feature, and one more
	class   []uint8
	weight  []int8
	step    []float32 // by class
	bias    []float32
}

// MaxClasses is how many classes a Sparse can tell apart.
const MaxClasses = 256

// Quantise rounds a classifier to eight bits and keeps the keep weights that
// are largest (ties by place). The steps are such that nothing overflows.
func Quantise(s *Softmax, keep int) *Sparse {
	q := &Sparse{Classes: s.Classes, step: make([]float32, s.Classes), bias: slices.Clone(s.Bias)}
	floor := threshold(s.Weight, keep)
	for i, w := range s.Weight {
		q.step[i%s.Classes] = max(q.step[i%s.Classes], abs32(w)/127)
	}
	features := len(s.Weight) / s.Classes
	q.start = make([]uint32, 1, features+1)
	for f := range features {
		for c, w := range s.Weight[f*s.Classes : (f+1)*s.Classes] {
			if abs32(w) < floor || q.step[c] == 0 {
				continue
			}
			if n := int8(math.Round(float64(w / q.step[c]))); n != 0 {
				q.class, q.weight = append(q.class, uint8(c)), append(q.weight, n)
			}
		}
		q.start = append(q.start, uint32(len(q.class)))
	}
	return q
}

// threshold returns the size that keep weights reach.
func threshold(w []float32, keep int) float32 {
	if keep >= len(w) {
		return 0
	}
	// Histogram of the exponent and the upper bits of the mantissa: fine
	// enough, and without sorting millions.
	var counts [1 << 16]int
	for _, x := range w {
		counts[math.Float32bits(abs32(x))>>15]++
	}
	for b := len(counts) - 1; b >= 0; b-- {
		if keep -= counts[b]; keep < 0 {
			return math.Float32frombits(uint32(b+1) << 15)
		}
	}
	return 0
}

func abs32(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }

// Join puts classifiers over the same features beside each other: the scores
// of the joined one are those of the first, then those of the next. Several
// that are always asked together are asked in one walk over the features, and
// each feature's weights lie in one place.
func Join(of ...*Sparse) *Sparse {
	q := &Sparse{start: make([]uint32, 1, len(of[0].start))}
	for _, s := range of {
		q.Classes += s.Classes
		q.step, q.bias = append(q.step, s.step...), append(q.bias, s.bias...)
	}
	for f := 1; f < len(of[0].start); f++ {
		first := 0
		for _, s := range of {
			from, to := s.start[f-1], s.start[f]
			for i, c := range s.class[from:to] {
				q.class, q.weight = append(q.class, uint8(first+int(c))), append(q.weight, s.weight[int(from)+i])
			}
			first += s.Classes
		}
		q.start = append(q.start, uint32(len(q.class)))
	}
	return q
}

// Len returns the number of weights.
func (q *Sparse) Len() int { return len(q.class) }

// Logits writes the scores of the classes into dst, which has Classes places,
// for the vector times stretch.
func (q *Sparse) Logits(dst []float32, v Vector, stretch float32) {
	clear(dst)
	for i, id := range v.ID {
		x := v.Value[i]
		from, to := q.start[id], q.start[id+1]
		class, weight := q.class[from:to], q.weight[from:to]
		for j, c := range class {
			dst[c] += x * float32(weight[j])
		}
	}
	for c := range dst {
		dst[c] = stretch*dst[c]*q.step[c] + q.bias[c]
	}
}

// Weight returns the weight of a feature for a class.
func (q *Sparse) Weight(id uint32, class int) float32 {
	from, to := q.start[id], q.start[id+1]
	at, ok := slices.BinarySearch(q.class[from:to], uint8(class))
	if !ok {
		return 0
	}
	return float32(q.weight[int(from)+at]) * q.step[class]
}
