package glasso

import (
	"fmt"
	"math"
)

// KKT returns by how much a dense p × p matrix Θ breaks the optimality
// conditions for the covariance S and the penalty ρ, in units of S: with
// Σ = Θ⁻¹, Σii = Sii + ρ, Σij = Sij + ρ sign Θij on the edges, and
// |Σij − Sij| ≤ ρ elsewhere (Banerjee et al. 2008, section 2). It knows nothing
// of how Θ was found. A matrix that is not positive definite is +Inf away.
// Only the mean of Θij and Θji counts. Cost: p³.
func KKT(s, theta []float64, p int, rho float64) (float64, error) {
	if len(s) != p*p || len(theta) != p*p {
		return 0, fmt.Errorf("%w: %d and %d entries for %d columns", ErrInput, len(s), len(theta), p)
	}
	sym := make([]float64, p*p)
	for i := range p {
		for j := range p {
			sym[i*p+j] = (theta[i*p+j] + theta[j*p+i]) / 2
		}
	}
	sigma, ok := inverse(sym, p)
	if !ok {
		return math.Inf(1), nil
	}
	worst := 0.0
	for i := range p {
		worst = max(worst, math.Abs(sigma[i*p+i]-s[i*p+i]-rho))
		for j := range i {
			worst = max(worst, breach(sigma[i*p+j]-s[i*p+j], -sym[i*p+j], rho))
		}
	}
	return worst, nil
}

// inverse inverts a symmetric positive definite matrix by Cholesky's method.
func inverse(a []float64, p int) ([]float64, bool) {
	l := make([]float64, p*p)
	for i := range p {
		for j := range i + 1 {
			sum := a[i*p+j]
			for k := range j {
				sum -= l[i*p+k] * l[j*p+k]
			}
			switch {
			case i != j:
				l[i*p+j] = sum / l[j*p+j]
			case !(sum > 0):
				return nil, false
			default:
				l[i*p+i] = math.Sqrt(sum)
			}
		}
	}
	out := make([]float64, p*p)
	x := make([]float64, p)
	for c := range p {
		clear(x)
		x[c] = 1
		for i := c; i < p; i++ {
			for k := c; k < i; k++ {
				x[i] -= l[i*p+k] * x[k]
			}
			x[i] /= l[i*p+i]
		}
		for i := p - 1; i >= 0; i-- {
			for k := i + 1; k < p; k++ {
				x[i] -= l[k*p+i] * x[k]
			}
			x[i] /= l[i*p+i]
		}
		for i := range p {
			out[i*p+c] = x[i]
		}
	}
	return out, true
}

// Dense returns Θ of the whole table, p × p. For tests and small tables.
func (f *Fit) Dense(of []int) []float64 {
	p := len(of)
	members := make([][]int, len(f.Row))
	for i, k := range of {
		members[k] = append(members[k], i)
	}
	out := make([]float64, p*p)
	for i, k := range of {
		row := out[i*p:][:p]
		for _, j := range members[k] {
			row[j] = f.Row[k].Within
		}
		row[i] = f.Row[k].Diagonal
		for _, e := range f.Row[k].To {
			for _, j := range members[e.Column] {
				row[j] = e.Value
			}
		}
	}
	return out
}
