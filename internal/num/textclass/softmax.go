package textclass

import (
	"math"
	"math/rand/v2"

	"github.com/opencure/cure/internal/num/vec"
)

// Share is a part of what a text is to be labelled with.
type Share struct {
	Class uint16
	Mass  float32
}

// Example is a row of a Matrix with what it is to give.
type Example struct {
	Row    int32
	Weight float32 // of the example in training, 1 usually
	Target []Share // masses sum to one
}

// Training says how a classifier is trained.
type Training struct {
	Epochs int
	Rate   float32 // of the first step
	Seed   uint64
	Decay  float32 // of weights, a step of the feature; 0: none
	// Apart trains each class against all others by itself (logistic loss)
	// and not one of all (softmax).
	Apart bool `json:",omitempty"`
}

// apartBias is where the biases of classes that are trained apart begin: each
// is rare.
const apartBias = -4

// Softmax is a linear classifier: a row of weights a feature, a column a
// class.
type Softmax struct {
	Classes int
	Weight  []float32 // feature * Classes + class
	Bias    []float32
}

// TrainSoftmax fits a classifier to the examples by stochastic gradient
// descent with one AdaGrad rate a feature (Duchi, Hazan, Singer, JMLR 12,
// 2011) that falls linearly to a tenth. One goroutine; cost: epochs x non-zeros x
// classes x 2 multiplications.
func TrainSoftmax(m *Matrix, examples []Example, features, classes int, t Training) *Softmax {
	s := &Softmax{Classes: classes, Weight: make([]float32, features*classes), Bias: make([]float32, classes)}
	if t.Apart {
		for c := range s.Bias {
			s.Bias[c] = apartBias
		}
	}
	squares := make([]float32, features)
	biasSquare := float32(1)
	order := rand.New(rand.NewPCG(t.Seed, 1))
	logits := make([]float32, classes)
	steps := float32(t.Epochs * len(examples))
	step := float32(0)
	for range t.Epochs {
		for _, at := range order.Perm(len(examples)) {
			ex := &examples[at]
			rate := t.Rate * (1 - 0.9*step/steps)
			step++
			row := m.Row(int(ex.Row))
			s.Logits(logits, row)
			if t.Apart {
				logistic(logits)
			} else {
				softmax(logits)
			}
			for _, share := range ex.Target {
				logits[share.Class] -= share.Mass
			}
			norm := float32(0)
			for i := range logits {
				logits[i] *= ex.Weight
				norm += logits[i] * logits[i]
			}
			for i, id := range row.ID {
				x := row.Value[i]
				squares[id] += x * x * norm
				r := rate / sqrt32(squares[id]+1e-6)
				w := s.Weight[int(id)*classes : int(id+1)*classes]
				if t.Decay > 0 {
					scale(w, 1-r*t.Decay)
				}
				vec.AddScaled(w, logits, -r*x)
			}
			biasSquare += norm
			vec.AddScaled(s.Bias, logits, -rate*0.1/sqrt32(biasSquare))
		}
	}
	return s
}

// Logits writes the scores of the classes into dst.
func (s *Softmax) Logits(dst []float32, v Vector) {
	copy(dst, s.Bias)
	for i, id := range v.ID {
		vec.AddScaled(dst, s.Weight[int(id)*s.Classes:int(id+1)*s.Classes], v.Value[i])
	}
}

func scale(x []float32, a float32) {
	for i := range x {
		x[i] *= a
	}
}

// softmax turns scores into probabilities, in place.
func softmax(x []float32) {
	top := x[0]
	for _, v := range x {
		top = max(top, v)
	}
	sum := float32(0)
	for i, v := range x {
		e := exp32(v - top)
		x[i] = e
		sum += e
	}
	scale(x, 1/sum)
}

// logistic turns each score into a probability of its own, in place.
func logistic(x []float32) {
	for i, v := range x {
		e := exp32(-abs32(v))
		if v < 0 {
			x[i] = e / (1 + e)
		} else {
			x[i] = 1 / (1 + e)
		}
	}
}

// Mean is the classifier whose scores are the means of those of others, over
// the same features and classes: their weights averaged, which costs no more
// than one of them. The first is overwritten.
func Mean(of ...*Softmax) *Softmax {
	m := of[0]
	for _, s := range of[1:] {
		vec.AddScaled(m.Weight, s.Weight, 1)
		vec.AddScaled(m.Bias, s.Bias, 1)
	}
	scale(m.Weight, 1/float32(len(of)))
	scale(m.Bias, 1/float32(len(of)))
	return m
}

func sqrt32(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// exp32 is e to the power of x <= 0, to about 1e-4 of its value: a power of two
// by exponent bits and a polynomial for the rest. An exact one costs as much
// as the rest of a training step.
func exp32(x float32) float32 {
	if x < -80 {
		return 0
	}
	t := x * 1.44269504
	whole := float32(math.Floor(float64(t)))
	f := t - whole
	p := 1 + f*(0.69314718+f*(0.24022651+f*(0.05550411+f*(0.00961813+f*0.00133336))))
	return p * math.Float32frombits(uint32(int32(whole)+127)<<23)
}
