// Package nmf answers of which few patterns a large sparse table of counts is
// made: non-negative matrix factorisation V ≈ WH' (Lee, Seung, NIPS 2000). In
// go a [Matrix] with few rows (bins of time) and many sparse columns (hosts or
// ports); out come, for a rank r, r patterns over the rows and how much of
// each every column has, with the loss and whether it came to rest.
//
// Three ways, see [Method]: multiplicative updates and HALS (Cichocki, Phan,
// IEICE Trans. E92-A, 2009) for the squared error, multiplicative updates for
// Kullback and Leibler's, which is the likelihood of Poisson counts. No step
// makes the loss larger. Starts are made from the singular vectors, so there
// is no randomness; no clock, no state; the same input gives the same bits.
//
// Cost of a step: O(nonzeros × rank + columns × rank²); memory O(nonzeros +
// (rows + columns) × rank). Rows and ranks are bounded by MaxRows and MaxRank.
// Functions are safe for concurrent use.
package nmf

import (
	"errors"
	"fmt"
	"math"
)

// Bounds of a problem.
const (
	MaxRows = 512
	MaxRank = 64
)

// ErrInput says that a problem cannot be solved as it stands.
var ErrInput = errors.New("no input for a factorisation")

// Matrix is a sparse non-negative matrix, compressed by columns.
type Matrix struct {
	Rows  int
	Start []int     // column -> its first value; one more than columns
	Row   []int32   // of each value, rising in a column
	Value []float64 // above zero
}

// Columns returns their number.
func (m *Matrix) Columns() int { return max(0, len(m.Start)-1) }

// Check says what is wrong with a matrix.
func (m *Matrix) Check() error {
	n := m.Columns()
	if m.Rows < 1 || m.Rows > MaxRows || len(m.Row) != len(m.Value) {
		return fmt.Errorf("%w: %d rows (1 to %d), %d places for %d values", ErrInput, m.Rows, MaxRows, len(m.Row), len(m.Value))
	}
	if n > 0 && (m.Start[0] != 0 || m.Start[n] != len(m.Value)) {
		return fmt.Errorf("%w: columns do not cover the values", ErrInput)
	}
	for j := range n {
		if m.Start[j] > m.Start[j+1] || m.Start[j+1] > len(m.Value) {
			return fmt.Errorf("%w: column %d ends before it starts", ErrInput, j)
		}
		last := int32(-1)
		for at := m.Start[j]; at < m.Start[j+1]; at++ {
			r, v := m.Row[at], m.Value[at]
			if r <= last || int(r) >= m.Rows || !(v > 0) || math.IsInf(v, 0) {
				return fmt.Errorf("%w: column %d has %v in row %d", ErrInput, j, v, r)
			}
			last = r
		}
	}
	return nil
}

// Factors are W and H of V ≈ WH'.
type Factors struct {
	Rank      int
	W         []float64 // rows × rank, row after row
	H         []float64 // columns × rank, column after column
	Loss      float64   // squared error, or divergence for KL; NaN before Improve
	Steps     int
	Change    float64 // of the loss in the last step, by cell
	Converged bool    // the change fell below the tolerance
}

// Method is how factors are improved.
type Method uint8

// The methods.
const (
	HALS           Method = iota // squared error, one pattern after the other
	Multiplicative               // squared error, as Lee and Seung
	KL                           // divergence, as Lee and Seung
)

// Options bound the work. The zero value takes the defaults.
type Options struct {
	Method    Method
	Steps     int     // at most; 0: 500
	Tolerance float64 // stop when the loss by cell changes less; 0: 1e-5
}

func (o Options) defaults() Options {
	if o.Steps <= 0 {
		o.Steps = 500
	}
	if o.Tolerance <= 0 {
		o.Tolerance = 1e-5
	}
	return o
}

// Ranks factorises with rank 1, 2 … most, each warm-started from the one
// before by [Grow]. The matrix must pass Check.
func Ranks(m *Matrix, most int, o Options) ([]Factors, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	if most < 1 || most > MaxRank {
		return nil, fmt.Errorf("%w: rank %d, 1 to %d", ErrInput, most, MaxRank)
	}
	all := make([]Factors, 0, most)
	f, err := Start(m, 1)
	if err != nil {
		return nil, err
	}
	for {
		f = Improve(m, f, o)
		all = append(all, f)
		if len(all) == most {
			return all, nil
		}
		f = Grow(m, f)
	}
}
