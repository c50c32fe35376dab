package nmf

import (
	"fmt"
	"math"
	"slices"

	"github.com/opencure/cure/internal/num/vec"
)

// tiny is what a start has instead of zero: multiplicative updates cannot
// leave zero.
const tiny = 1e-6

// Start returns factors from the absolute values of the first singular vectors
// of the matrix, as Dark-NMF starts. The vectors come from the Gram matrix of
// the rows. Cost: O(nonzeros × rows + rows³).
func Start(m *Matrix, rank int) (Factors, error) {
	if err := m.Check(); err != nil {
		return Factors{}, err
	}
	if rank < 1 || rank > MaxRank {
		return Factors{}, fmt.Errorf("%w: rank %d, 1 to %d", ErrInput, rank, MaxRank)
	}
	values, vectors := eigen(m.gram(), m.Rows)
	order := make([]int, m.Rows)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case values[a] > values[b]:
			return -1
		case values[a] < values[b]:
			return 1
		}
		return 0
	})
	f := Factors{Rank: rank, W: make([]float64, m.Rows*rank), H: make([]float64, m.Columns()*rank), Loss: math.NaN()}
	for k := range rank {
		if k >= m.Rows || !(values[order[k]] > 0) {
			f.fill(k, tiny)
			continue
		}
		root := math.Sqrt(math.Sqrt(values[order[k]])) // √ of the singular value
		for t := range m.Rows {
			f.W[t*rank+k] = math.Abs(vectors[t*m.Rows+order[k]])*root + tiny
		}
		for j := range m.Columns() {
			sum := 0.0
			for at := m.Start[j]; at < m.Start[j+1]; at++ {
				sum += m.Value[at] * vectors[int(m.Row[at])*m.Rows+order[k]]
			}
			f.H[j*rank+k] = math.Abs(sum)/root + tiny
		}
	}
	return f, nil
}

func (f *Factors) fill(k int, v float64) {
	for i := k; i < len(f.W); i += f.Rank {
		f.W[i] = v
	}
	for i := k; i < len(f.H); i += f.Rank {
		f.H[i] = v
	}
}

// Grow adds a pattern to factors: what is most missing. It is the mean of the
// positive residuals of the tenth of columns that are explained worst.
// Cost: O(columns × rows × rank).
func Grow(m *Matrix, f Factors) Factors {
	n, r := m.Columns(), f.Rank
	missing := make([]float64, n)
	rest := make([]float64, m.Rows)
	for j := range n {
		m.residual(f, j, rest)
		for _, v := range rest {
			missing[j] += v * v
		}
	}
	sorted := slices.Sorted(slices.Values(missing))
	limit := 0.0
	if n > 0 {
		limit = sorted[n-1-n/10]
	}
	pattern := make([]float64, m.Rows)
	for j := range n {
		if missing[j] >= limit && missing[j] > 0 {
			m.residual(f, j, rest)
			norm := math.Sqrt(missing[j])
			for t, v := range rest {
				pattern[t] += v / norm
			}
		}
	}
	norm := 0.0
	for _, v := range pattern {
		norm += v * v
	}
	norm = math.Sqrt(norm) + tiny
	out := Factors{Rank: r + 1, W: make([]float64, m.Rows*(r+1)), H: make([]float64, n*(r+1)), Loss: math.NaN()}
	for t := range m.Rows {
		copy(out.W[t*(r+1):], f.W[t*r:(t+1)*r])
		out.W[t*(r+1)+r] = pattern[t]/norm + tiny
	}
	for j := range n {
		m.residual(f, j, rest)
		sum := 0.0
		for t, v := range rest {
			sum += v * pattern[t] / norm
		}
		copy(out.H[j*(r+1):], f.H[j*r:(j+1)*r])
		out.H[j*(r+1)+r] = sum + tiny
	}
	return out
}

// residual writes the positive part of what WH' leaves of a column.
func (m *Matrix) residual(f Factors, j int, out []float64) {
	clear(out)
	h := f.H[j*f.Rank:][:f.Rank]
	for at := m.Start[j]; at < m.Start[j+1]; at++ {
		t := int(m.Row[at])
		out[t] = max(0, m.Value[at]-vec.Dot(f.W[t*f.Rank:][:f.Rank], h))
	}
}
