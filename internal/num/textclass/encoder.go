package textclass

import (
	"math/rand/v2"

	"github.com/opencure/cure/internal/num/vec"
)

// Shape says how large an Encoder is.
type Shape struct {
	Width   int     // of a word vector
	Hidden  int     // units
	Dropout float32 // share of features left out in each training step
}

// Encoder is the neural contender: a text is the weighted sum of learned
// vectors of its features (Joulin et al., "Bag of tricks for efficient text
// classification", EACL 2017), under one hidden layer of rectified units.
// Several heads share vectors and hidden layer.
type Encoder struct {
	Shape
	Heads  []int     // classes of each head
	Embed  []float32 // feature * Width
	Inner  []float32 // hidden * Width
	InBias []float32
	Outer  []float32 // all classes of all heads * Hidden
	Bias   []float32
}

// Task is a text with a target for some heads.
type Task struct {
	Row    int32
	Weight float32
	Target [][]Share // by head; none: nothing is known
}

// classes is the number of outputs.
func (e *Encoder) classes() int {
	n := 0
	for _, h := range e.Heads {
		n += h
	}
	return n
}

// newEncoder returns an encoder with small random weights.
func newEncoder(features int, heads []int, shape Shape, rnd *rand.Rand) *Encoder {
	e := &Encoder{Shape: shape, Heads: heads}
	outs := e.classes()
	uniform := func(n int, span float32) []float32 {
		w := make([]float32, n)
		for i := range w {
			w[i] = (rnd.Float32()*2 - 1) * span
		}
		return w
	}
	e.Embed = uniform(features*shape.Width, 0.5)
	e.Inner, e.InBias = uniform(shape.Hidden*shape.Width, sqrt32(3/float32(shape.Width))), make([]float32, shape.Hidden)
	e.Outer, e.Bias = make([]float32, outs*shape.Hidden), make([]float32, outs)
	return e
}

// pass is the working memory of one text on its way through an encoder.
type pass struct {
	sum, hidden, out []float32
	gradSum, gradHid []float32
	kept             Vector
}

func (e *Encoder) newPass() *pass {
	return &pass{
		sum: make([]float32, e.Width), hidden: make([]float32, e.Hidden), out: make([]float32, e.classes()),
		gradSum: make([]float32, e.Width), gradHid: make([]float32, e.Hidden),
	}
}

func (e *Encoder) forward(p *pass, v Vector) {
	clear(p.sum)
	for i, id := range v.ID {
		vec.AddScaled(p.sum, e.Embed[int(id)*e.Width:int(id+1)*e.Width], v.Value[i])
	}
	for h := range p.hidden {
		p.hidden[h] = max(0, e.InBias[h]+vec.Dot(p.sum, e.Inner[h*e.Width:(h+1)*e.Width]))
	}
	for c := range p.out {
		p.out[c] = e.Bias[c] + vec.Dot(p.hidden, e.Outer[c*e.Hidden:(c+1)*e.Hidden])
	}
}

// Logits returns a function that scores texts: one slice of scores a head,
// valid until the next call. Each function belongs to one goroutine.
func (e *Encoder) Logits() func(Vector) [][]float32 {
	p := e.newPass()
	heads := make([][]float32, len(e.Heads))
	return func(v Vector) [][]float32 {
		e.forward(p, v)
		at := 0
		for i, n := range e.Heads {
			heads[i] = p.out[at : at+n]
			at += n
		}
		return heads
	}
}

// TrainEncoder fits an encoder to the tasks, as TrainSoftmax does. One
// goroutine.
func TrainEncoder(m *Matrix, tasks []Task, features int, heads []int, shape Shape, t Training) *Encoder {
	rnd := rand.New(rand.NewPCG(t.Seed, 2))
	e := newEncoder(features, heads, shape, rnd)
	p := e.newPass()
	g := &gradients{
		embed: filled(features, 1e-6), inner: filled(shape.Hidden, 1e-2), outer: filled(len(e.Bias), 1e-2),
	}
	steps, step := float32(t.Epochs*len(tasks)), float32(0)
	for range t.Epochs {
		for _, at := range rnd.Perm(len(tasks)) {
			rate := t.Rate * (1 - 0.95*step/steps)
			step++
			p.drop(m.Row(int(tasks[at].Row)), shape.Dropout, rnd)
			e.forward(p, p.kept)
			e.step(p, &tasks[at], g, rate)
		}
	}
	return e
}

// drop keeps a random part of the features, and their scale.
func (p *pass) drop(v Vector, share float32, rnd *rand.Rand) {
	p.kept.ID, p.kept.Value = p.kept.ID[:0], p.kept.Value[:0]
	for i, id := range v.ID {
		if rnd.Float32() >= share {
			p.kept.ID, p.kept.Value = append(p.kept.ID, id), append(p.kept.Value, v.Value[i]/(1-share))
		}
	}
}

// gradients are the sums of squares of AdaGrad, one a row.
type gradients struct{ embed, inner, outer []float32 }

func filled(n int, x float32) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = x
	}
	return s
}

// step moves the weights against the gradient of one text.
func (e *Encoder) step(p *pass, task *Task, g *gradients, rate float32) {
	clear(p.gradHid)
	hid := vec.Dot(p.hidden, p.hidden)/float32(e.Hidden) + 1e-3
	at := 0
	for head, n := range e.Heads {
		out := p.out[at : at+n]
		at += n
		if len(task.Target[head]) == 0 {
			continue
		}
		softmax(out)
		for _, s := range task.Target[head] {
			out[s.Class] -= s.Mass
		}
		for c := range out {
			d := out[c] * task.Weight
			if d < 1e-5 && d > -1e-5 {
				continue
			}
			row := at - n + c
			w := e.Outer[row*e.Hidden : (row+1)*e.Hidden]
			vec.AddScaled(p.gradHid, w, d)
			g.outer[row] += d * d * hid
			r := rate / sqrt32(g.outer[row])
			vec.AddScaled(w, p.hidden, -r*d)
			e.Bias[row] -= r * d
		}
	}
	clear(p.gradSum)
	sum := vec.Dot(p.sum, p.sum)/float32(e.Width) + 1e-3
	for h, d := range p.gradHid {
		if p.hidden[h] == 0 || d == 0 {
			continue
		}
		w := e.Inner[h*e.Width : (h+1)*e.Width]
		vec.AddScaled(p.gradSum, w, d)
		g.inner[h] += d * d * sum
		r := rate / sqrt32(g.inner[h])
		vec.AddScaled(w, p.sum, -r*d)
		e.InBias[h] -= r * d
	}
	norm := vec.Dot(p.gradSum, p.gradSum) / float32(e.Width)
	for i, id := range p.kept.ID {
		x := p.kept.Value[i]
		g.embed[id] += x * x * norm
		r := rate / sqrt32(g.embed[id])
		vec.AddScaled(e.Embed[int(id)*e.Width:int(id+1)*e.Width], p.gradSum, -r*x)
	}
}
