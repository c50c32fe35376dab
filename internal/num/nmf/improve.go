package nmf

import (
	"math"

	"github.com/opencure/cure/internal/num/vec"
)

// Improve makes the loss of factors smaller until it rests or the steps are
// used up. The factors given are not changed; they must fit the matrix.
func Improve(m *Matrix, f Factors, o Options) Factors {
	o = o.defaults()
	f.W, f.H = append([]float64(nil), f.W...), append([]float64(nil), f.H...)
	f.Steps, f.Converged = 0, false
	w := newWork(m, f)
	step := w.squared
	if o.Method == KL {
		step = w.divergence
	}
	cells := math.Max(1, float64(m.Rows)*float64(m.Columns()))
	last := math.Inf(1)
	for f.Steps < o.Steps && !f.Converged {
		f.Loss = step(o.Method)
		f.Steps++
		f.Change = (last - f.Loss) / cells
		f.Converged = math.Abs(f.Change) < o.Tolerance
		last = f.Loss
	}
	return f
}

// work is the memory of Improve; w and h are those of the factors.
type work struct {
	m    *Matrix
	r    int
	w, h []float64
	a    []float64 // VH, rows × rank
	b    []float64 // H'H or W'W, rank × rank
	p    []float64 // a column's share of V'W
	sum  []float64 // of the columns of W or H
	norm float64   // ‖V‖², or Σ v log v − v
}

func newWork(m *Matrix, f Factors) *work {
	k := &work{
		m: m, r: f.Rank, w: f.W, h: f.H, a: make([]float64, m.Rows*f.Rank), b: make([]float64, f.Rank*f.Rank),
		p: make([]float64, f.Rank), sum: make([]float64, f.Rank),
	}
	for _, v := range m.Value {
		k.norm += v * v
	}
	return k
}

// squared is one step for ‖V − WH'‖²: all of W, then all of H. It returns the
// loss after it.
func (k *work) squared(method Method) float64 {
	m, r := k.m, k.r
	clear(k.a)
	for j := range m.Columns() {
		h := k.h[j*r:][:r]
		for at := m.Start[j]; at < m.Start[j+1]; at++ {
			vec.AddScaled(k.a[int(m.Row[at])*r:][:r], h, m.Value[at])
		}
	}
	k.product(k.h)
	for t := range m.Rows {
		k.improve(k.w[t*r:][:r], k.a[t*r:][:r], method)
	}
	k.product(k.w)
	loss := k.norm
	for j := range m.Columns() {
		clear(k.p)
		for at := m.Start[j]; at < m.Start[j+1]; at++ {
			vec.AddScaled(k.p, k.w[int(m.Row[at])*r:][:r], m.Value[at])
		}
		h := k.h[j*r:][:r]
		k.improve(h, k.p, method)
		for i, v := range h {
			loss += v * (vec.Dot(k.b[i*r:][:r], h) - 2*k.p[i])
		}
	}
	return max(0, loss)
}

// improve is the update of one row x of a factor, with b the product of the
// other and p its product with the data: exact by coordinate (HALS), or by
// x ← x p / xb.
func (k *work) improve(x, p []float64, method Method) {
	r := k.r
	if method == Multiplicative {
		copy(k.sum, x)
		for i := range x {
			x[i] *= p[i] / (vec.Dot(k.b[i*r:][:r], k.sum) + 1e-12)
		}
		return
	}
	for i := range x {
		if own := k.b[i*r+i]; own > 0 {
			x[i] = max(0, x[i]+(p[i]-vec.Dot(k.b[i*r:][:r], x))/own)
		}
	}
}

// product sets b to X'X of a factor.
func (k *work) product(x []float64) {
	clear(k.b)
	for ; len(x) > 0; x = x[k.r:] {
		row := x[:k.r]
		for i, v := range row {
			if v != 0 {
				vec.AddScaled(k.b[i*k.r:][:k.r], row, v)
			}
		}
	}
}
