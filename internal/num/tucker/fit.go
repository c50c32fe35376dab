package tucker

import (
	"math"
	"math/rand/v2"
)

// Fit decomposes a tensor from so many starts, each drawn from the seed, and
// returns the models in order of their starts. The best is that of least loss;
// the others are other readings of the same data.
func Fit(t *Tensor, rank [3]int, starts int, seed uint64, o Options) ([]Model, error) {
	if err := checkRank(rank); err != nil {
		return nil, err
	}
	o = o.defaults()
	out := make([]Model, 0, starts)
	for n := range starts {
		m := begin(t, rank, rand.New(rand.NewPCG(seed, uint64(n))))
		m.descend(t, o)
		out = append(out, m)
	}
	return out, nil
}

// begin draws factors around the sums of each side, so that no start is far
// off where the data are.
func begin(t *Tensor, rank [3]int, r *rand.Rand) Model {
	m := Model{Rank: rank, Core: make([]float64, rank[0]*rank[1]*rank[2])}
	mass := 0.0
	for side, n := range t.Sides {
		sums := make([]float64, n)
		for _, c := range t.Cells {
			sums[[3]int32{c.I, c.J, c.K}[side]] += c.Value
		}
		f := make([]float64, n*rank[side])
		for i := range n {
			for a := range rank[side] {
				f[i*rank[side]+a] = sums[i] * (0.1 + r.ExpFloat64())
			}
		}
		m.Factor[side] = f
	}
	for _, c := range t.Cells {
		mass += c.Value
	}
	for i := range m.Core {
		m.Core[i] = (0.1 + r.ExpFloat64()) * mass / float64(len(m.Core))
	}
	for side := range m.Factor {
		m.normalise(side, false)
	}
	return m
}

// normalise makes the columns of a factor sum to one; carry multiplies what
// they were into the core.
func (m *Model) normalise(side int, carry bool) {
	r := m.Rank[side]
	sums := make([]float64, r)
	for i, v := range m.Factor[side] {
		sums[i%r] += v
	}
	for i := range m.Factor[side] {
		if s := sums[i%r]; s > 0 {
			m.Factor[side][i] /= s
		}
	}
	if !carry {
		return
	}
	for i := range m.Core {
		m.Core[i] *= sums[m.at(i)[side]]
	}
}

// at returns the place of a core cell.
func (m *Model) at(i int) [3]int {
	c := i % m.Rank[2]
	i /= m.Rank[2]
	return [3]int{i / m.Rank[1], i % m.Rank[1], c}
}

// descend improves a model until it rests.
func (m *Model) descend(t *Tensor, o Options) {
	last := math.Inf(1)
	w := newPass(m)
	for m.Steps < o.Steps && !m.Converged {
		loss := w.step(m, t)
		m.Steps++
		m.Change = (last - loss) / (math.Abs(loss) + 1e-300)
		m.Converged = m.Steps > 1 && math.Abs(m.Change) < o.Tolerance || len(t.Cells) == 0
		m.Loss, last = loss, loss
	}
}

// Share is the part of the data that a core cell holds. The core sums to the
// whole.
func (m *Model) Share(i int) float64 {
	sum := 0.0
	for _, v := range m.Core {
		sum += v
	}
	if sum == 0 {
		return 0
	}
	return m.Core[i] / sum
}

// Link is a core cell: which column of each factor goes with which.
type Link struct {
	At    [3]int  // time pattern, group of hosts, group of ports
	Share float64 // of the data
}

// Links returns the cells of the core, in its order. They join groups of hosts
// to the groups of ports that they go with; columns with the same index of two
// factors need have nothing to do with each other.
func (m *Model) Links() []Link {
	out := make([]Link, len(m.Core))
	for i := range m.Core {
		out[i] = Link{m.at(i), m.Share(i)}
	}
	return out
}
