// Package tucker answers which few groups on each side of a sparse table of
// three sides (time, host, port) belong together: non-negative Tucker
// decomposition (Kim, Choi, CVPR 2007),
//
//	x[i,j,k] ≈ Σ g[a,b,c] A[i,a] B[j,b] C[k,c]
//
// In goes a [Tensor] of positive cells; out come factors whose columns sum to
// one and the core g, whose cells say which time pattern, which group of hosts
// and which group of ports go together, and how much of the data they hold.
//
// [Fit] minimises Kullback and Leibler's divergence, the likelihood of Poisson
// counts. With columns that sum to one its multiplicative update of all
// factors at once is an expectation-maximisation step of a latent class model
// (Hofmann, Machine Learning 42, 2001; Chi, Kolda, SIAM J. Matrix Anal. 33,
// 2012), so the loss never rises and one pass over the cells serves all four.
// [Published] is the method of Dark-NTD, kept to compare with.
//
// Starts are drawn from the seed: the same input and seed give the same bits.
// Cost of a step: O(cells × R² + ports × R³); memory O(cells + sides × R),
// bounded by MaxCells, MaxSide and MaxRank. No clock, no state; functions are
// safe for concurrent use.
package tucker

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Bounds of a problem.
const (
	MaxCells = 1 << 23
	MaxSide  = 1 << 21
	MaxRank  = 16
)

// ErrInput says that a problem cannot be solved as it stands.
var ErrInput = errors.New("no input for a Tucker decomposition")

// Cell is a cell of a tensor that is not zero.
type Cell struct {
	I, J, K int32
	Value   float64 // above zero
}

// Tensor is a sparse non-negative tensor.
type Tensor struct {
	Sides [3]int
	Cells []Cell // each place once; New orders them
}

// New orders cells by their last side and checks them.
func New(sides [3]int, cells []Cell) (*Tensor, error) {
	for _, n := range sides {
		if n < 0 || n > MaxSide {
			return nil, fmt.Errorf("%w: sides %v, at most %d", ErrInput, sides, MaxSide)
		}
	}
	if len(cells) > MaxCells {
		return nil, fmt.Errorf("%w: %d cells, at most %d", ErrInput, len(cells), MaxCells)
	}
	cells = slices.Clone(cells)
	slices.SortFunc(cells, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.K, b.K), cmp.Compare(a.J, b.J), cmp.Compare(a.I, b.I))
	})
	for n, c := range cells {
		if c.I < 0 || c.J < 0 || c.K < 0 || int(c.I) >= sides[0] || int(c.J) >= sides[1] || int(c.K) >= sides[2] ||
			!(c.Value > 0) || math.IsInf(c.Value, 0) {
			return nil, fmt.Errorf("%w: cell %+v of sides %v", ErrInput, c, sides)
		}
		if n > 0 && cells[n-1].I == c.I && cells[n-1].J == c.J && cells[n-1].K == c.K {
			return nil, fmt.Errorf("%w: two cells at %d, %d, %d", ErrInput, c.I, c.J, c.K)
		}
	}
	return &Tensor{Sides: sides, Cells: cells}, nil
}

// Model is a decomposition.
type Model struct {
	Rank      [3]int
	Factor    [3][]float64 // side × rank, row after row
	Core      []float64    // rank × rank × rank, the last side fastest
	Loss      float64      // divergence; of Published the relative squared error
	Steps     int
	Change    float64 // of the loss in the last step, relative
	Converged bool    // the change fell below the tolerance
}

// Options bound the work. The zero value takes the defaults.
type Options struct {
	Steps     int     // of each start; 0: 200
	Tolerance float64 // stop when the loss changes less, relative to it; 0: 1e-5
}

func (o Options) defaults() Options {
	if o.Steps <= 0 {
		o.Steps = 200
	}
	if o.Tolerance <= 0 {
		o.Tolerance = 1e-5
	}
	return o
}

func checkRank(rank [3]int) error {
	for _, r := range rank {
		if r < 1 || r > MaxRank {
			return fmt.Errorf("%w: ranks %v, 1 to %d", ErrInput, rank, MaxRank)
		}
	}
	return nil
}
