// Package glasso answers which columns of a table move together once what all
// others explain is taken away: the graphical lasso, the sparse inverse
// covariance Θ that maximises
//
//	log det Θ − tr(SΘ) − ρ Σ|Θij|        (the diagonal is penalised too)
//
// (Banerjee, El Ghaoui, d'Aspremont, JMLR 9, 2008; Friedman, Hastie,
// Tibshirani, Biostatistics 9, 2008). In go the covariance S of the distinct
// columns and how often each stands in the table; out come, for each penalty ρ
// of a path, the edges Θij ≠ 0, sparse Θ and how far it is from optimal.
//
// What makes it fast, and is exact in each case:
//
//   - Block coordinate descent on W = Θ⁻¹ (Friedman et al., algorithm 2) that
//     works on the active set of each column, with warm starts going up in ρ:
//     W of a smaller ρ is feasible and positive definite for a larger one.
//   - Components of |Sij| > ρ are problems of their own (Witten, Friedman,
//     Simon, JCGS 20, 2011; Mazumder, Hastie, JMLR 13, 2012).
//   - m identical columns are one variable of weight m (block.go says why), so
//     the cost follows the number of distinct columns.
//
// Cost: sweeps × Σ over columns (active coefficients × columns of the
// component); memory 16 bytes × distinct columns², bounded by MaxColumns. No
// clock, randomness or state: the same input gives the same bits on one
// architecture. A fit that did not converge says so and by how much; functions
// are safe for concurrent use.
package glasso

import (
	"errors"
	"fmt"
	"math"
)

// MaxColumns bounds the distinct columns of a problem: 4,096 take 268 MB.
const MaxColumns = 4096

// ErrInput says that a problem cannot be solved as it stands: sizes that do
// not fit, values that are no numbers, a matrix that is no covariance.
var ErrInput = errors.New("no input for a graphical lasso")

// Problem is a covariance of distinct columns.
type Problem struct {
	S      []float64 // d × d, symmetric, row after row
	Weight []int     // how many identical columns each one stands for; ≥ 1
}

// Options bound the work. The zero value takes the defaults.
type Options struct {
	Tolerance float64 // largest change of an entry of W in the last sweep, as a share of ρ; 0: 2e-4
	Sweeps    int     // over all columns, for each penalty and component; 0: 400
}

// defaults fills in what is zero.
func (o Options) defaults() Options {
	if o.Tolerance <= 0 {
		o.Tolerance = 2e-4
	}
	if o.Sweeps <= 0 {
		o.Sweeps = 400
	}
	return o
}

// Path solves the problem for each penalty; they must be positive and rise.
// The error is ErrInput; whether a fit converged stands in the fit.
func Path(p Problem, rhos []float64, o Options) ([]Fit, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	for i, rho := range rhos {
		if !(rho > 0) || math.IsInf(rho, 0) || i > 0 && rho <= rhos[i-1] {
			return nil, fmt.Errorf("%w: penalty %v: penalties are positive and rise", ErrInput, rho)
		}
	}
	o = o.defaults()
	st := newState(p)
	fits := make([]Fit, len(rhos))
	for i, rho := range rhos {
		fits[i] = st.solve(rho, o)
	}
	return fits, nil
}

// check says what is wrong with a problem.
func (p Problem) check() error {
	d := len(p.Weight)
	switch {
	case d > MaxColumns:
		return fmt.Errorf("%w: %d distinct columns, at most %d", ErrInput, d, MaxColumns)
	case len(p.S) != d*d:
		return fmt.Errorf("%w: %d entries for %d columns", ErrInput, len(p.S), d)
	}
	for i := range d {
		if p.Weight[i] < 1 {
			return fmt.Errorf("%w: column %d has weight %d", ErrInput, i, p.Weight[i])
		}
		if v := p.S[i*d+i]; !(v >= 0) {
			return fmt.Errorf("%w: column %d has variance %v", ErrInput, i, v)
		}
		for j := range i + 1 {
			a, b := p.S[i*d+j], p.S[j*d+i]
			if a != b || math.IsInf(a, 0) || math.IsNaN(a) {
				return fmt.Errorf("%w: entry %d,%d is %v, entry %d,%d is %v", ErrInput, i, j, a, j, i, b)
			}
		}
	}
	return nil
}
