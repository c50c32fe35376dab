package tucker

import "github.com/opencure/cure/internal/num/vec"

// small is a dense tensor of core size.
type small struct {
	n [3]int
	v []float64
}

func newSmall(n [3]int) small { return small{n, make([]float64, n[0]*n[1]*n[2])} }

// times multiplies one side by a matrix of n[side] × columns.
func (x small) times(side int, matrix []float64, columns int) small {
	n := x.n
	n[side] = columns
	out := newSmall(n)
	for i := range x.n[0] {
		for j := range x.n[1] {
			for k := range x.n[2] {
				v := x.v[(i*x.n[1]+j)*x.n[2]+k]
				if v == 0 {
					continue
				}
				at := [3]int{i, j, k}
				row := matrix[at[side]*columns:][:columns]
				for c, m := range row {
					at[side] = c
					out.v[(at[0]*n[1]+at[1])*n[2]+at[2]] += v * m
				}
			}
		}
	}
	return out
}

// against sums the products of two tensors over all but one side, where they
// may differ: x.n[side] × y.n[side].
func (x small) against(side int, y small) []float64 {
	out := make([]float64, x.n[side]*y.n[side])
	for i := range x.n[0] {
		for j := range x.n[1] {
			for k := range x.n[2] {
				at := [3]int{i, j, k}
				own := at[side]
				v := x.v[(i*x.n[1]+j)*x.n[2]+k]
				for c := range y.n[side] {
					at[side] = c
					out[own*y.n[side]+c] += v * y.v[(at[0]*y.n[1]+at[1])*y.n[2]+at[2]]
				}
			}
		}
	}
	return out
}

// gram returns X'Y of two matrices with the same rows.
func gram(x []float64, rx int, y []float64, ry int) []float64 {
	out := make([]float64, rx*ry)
	for len(x) > 0 {
		for i, v := range x[:rx] {
			if v != 0 {
				vec.AddScaled(out[i*ry:][:ry], y[:ry], v)
			}
		}
		x, y = x[rx:], y[ry:]
	}
	return out
}

// invert inverts a symmetric matrix with a small ridge by Gauss and Jordan.
func invert(a []float64, n int) []float64 {
	out := make([]float64, n*n)
	trace := 0.0
	for i := range n {
		out[i*n+i] = 1
		trace += a[i*n+i]
	}
	for i := range n {
		a[i*n+i] += 1e-9*trace + 1e-12
	}
	for p := range n {
		best := p
		for i := p + 1; i < n; i++ {
			if abs(a[i*n+p]) > abs(a[best*n+p]) {
				best = i
			}
		}
		for j := range n {
			a[p*n+j], a[best*n+j] = a[best*n+j], a[p*n+j]
			out[p*n+j], out[best*n+j] = out[best*n+j], out[p*n+j]
		}
		scale := 1 / a[p*n+p]
		for j := range n {
			a[p*n+j] *= scale
			out[p*n+j] *= scale
		}
		for i := range n {
			if f := a[i*n+p]; i != p && f != 0 {
				vec.AddScaled(a[i*n:][:n], a[p*n:][:n], -f)
				vec.AddScaled(out[i*n:][:n], out[p*n:][:n], -f)
			}
		}
	}
	return out
}

func abs(x float64) float64 { return max(x, -x) }
