package nmf

import "math"

// gram returns VV'.
func (m *Matrix) gram() []float64 {
	g := make([]float64, m.Rows*m.Rows)
	for j := range m.Columns() {
		for a := m.Start[j]; a < m.Start[j+1]; a++ {
			row := g[int(m.Row[a])*m.Rows:][:m.Rows]
			for b := m.Start[j]; b < m.Start[j+1]; b++ {
				row[m.Row[b]] += m.Value[a] * m.Value[b]
			}
		}
	}
	return g
}

// eigen returns the eigenvalues of a symmetric matrix and its eigenvectors as
// columns, by Jacobi's method (Golub, Van Loan, Matrix Computations, 8.5).
func eigen(a []float64, n int) (values, vectors []float64) {
	vectors = make([]float64, n*n)
	for i := range n {
		vectors[i*n+i] = 1
	}
	for range 60 {
		off, all := 0.0, 0.0
		for i := range n {
			for j := range n {
				v := a[i*n+j] * a[i*n+j]
				all += v
				if i != j {
					off += v
				}
			}
		}
		if off <= 1e-24*all {
			break
		}
		for p := range n {
			for q := p + 1; q < n; q++ {
				rotate(a, vectors, n, p, q)
			}
		}
	}
	values = make([]float64, n)
	for i := range n {
		values[i] = a[i*n+i]
	}
	return values, vectors
}

// rotate makes a[p,q] zero.
func rotate(a, vectors []float64, n, p, q int) {
	apq := a[p*n+q]
	if apq == 0 {
		return
	}
	theta := (a[q*n+q] - a[p*n+p]) / (2 * apq)
	t := math.Copysign(1, theta) / (math.Abs(theta) + math.Sqrt(theta*theta+1))
	c := 1 / math.Sqrt(t*t+1)
	s := t * c
	for k := range n {
		x, y := a[k*n+p], a[k*n+q]
		a[k*n+p], a[k*n+q] = c*x-s*y, s*x+c*y
	}
	for k := range n {
		x, y := a[p*n+k], a[q*n+k]
		a[p*n+k], a[q*n+k] = c*x-s*y, s*x+c*y
		x, y = vectors[k*n+p], vectors[k*n+q]
		vectors[k*n+p], vectors[k*n+q] = c*x-s*y, s*x+c*y
	}
}
