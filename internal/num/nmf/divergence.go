package nmf

import (
	"math"

	"github.com/opencure/cure/internal/num/vec"
)

// divergence is one step for Σ v log(v/x) − v + x with x = WH' (Lee and Seung
// 2000, theorem 2): all of H, then all of W. It returns the loss before the
// update of W and after that of H, which falls from step to step.
func (k *work) divergence(Method) float64 {
	m, r := k.m, k.r
	total(k.sum, k.w)
	clear(k.a)
	loss := 0.0
	for j := range m.Columns() {
		h := k.h[j*r:][:r]
		clear(k.p)
		for at := m.Start[j]; at < m.Start[j+1]; at++ {
			w := k.w[int(m.Row[at])*r:][:r]
			vec.AddScaled(k.p, w, m.Value[at]/(vec.Dot(w, h)+1e-300))
		}
		for i := range h {
			h[i] *= k.p[i] / (k.sum[i] + 1e-300)
		}
		for at := m.Start[j]; at < m.Start[j+1]; at++ {
			t, v := int(m.Row[at]), m.Value[at]
			x := vec.Dot(k.w[t*r:][:r], h) + 1e-300
			vec.AddScaled(k.a[t*r:][:r], h, v/x)
			loss += v*math.Log(v/x) - v
		}
		loss += vec.Dot(k.sum, h)
	}
	total(k.sum, k.h)
	for t := range m.Rows {
		for i := range r {
			k.w[t*r+i] *= k.a[t*r+i] / (k.sum[i] + 1e-300)
		}
	}
	return loss
}

// total sums the rows of a factor.
func total(sum, x []float64) {
	clear(sum)
	for r := len(sum); len(x) > 0; x = x[r:] {
		vec.AddScaled(sum, x[:r], 1)
	}
}
