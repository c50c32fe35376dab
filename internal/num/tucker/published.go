package tucker

import (
	"math"
	"math/rand/v2"

	"github.com/opencure/cure/internal/num/vec"
)

// Parameters of Dark-NTD.
const (
	outer       = 24
	inner       = 10
	restFactor  = 0.002
	restPorts   = 0.0003
	restCore    = 0.001
	publishedR  = 5
	smallest    = 1e-12 // multiplicative updates cannot leave zero
	fibresASide = 5
)

// Published decomposes a tensor as Dark-NTD does: an approximation from five
// fibres a side, then multiplicative updates for the squared error against it
// with a core of 5 × 5 × 5, the columns of the factors scaled to a largest
// value of one (Zhou, Cichocki, Xie, IEEE Trans. Signal Process. 60, 2012), a
// model for each start. Its loss is ‖approximation − model‖² relative to the
// approximation. What no fibre runs through is invisible to it.
func Published(t *Tensor, starts int, seed uint64) []Model {
	out := make([]Model, 0, starts)
	for n := range starts {
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		m := Model{Rank: [3]int{publishedR, publishedR, publishedR}, Core: make([]float64, publishedR*publishedR*publishedR)}
		for side, n := range t.Sides {
			m.Factor[side] = drawn(n*publishedR, r)
		}
		m.Core = drawn(len(m.Core), r)
		if len(t.Cells) > 0 {
			m.squared(fibres(t, fibresASide, r))
		}
		out = append(out, m)
	}
	return out
}

func drawn(n int, r *rand.Rand) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = r.Float64() + smallest
	}
	return x
}

// squared runs the updates.
func (m *Model) squared(ap approximation) {
	for m.Steps < outer && !m.Converged {
		moved := 0.0
		resting := true
		for side := range 3 {
			rest := restFactor
			if side == 2 {
				rest = restPorts
			}
			for range inner {
				if moved = m.squaredFactor(ap, side); moved < rest {
					break
				}
			}
			resting = resting && moved < rest
			m.unit(side)
		}
		for range inner {
			if moved = m.squaredCore(ap); moved < restCore {
				break
			}
		}
		m.Steps++
		m.Change = moved
		m.Converged = resting && moved < restCore
	}
	m.Loss = m.squaredLoss(ap)
}

// squaredFactor updates a factor, A ← A · X₍₁₎Z / AZ'Z with Z = (B⊗C)G', and
// returns by how much it moved, relative to its size.
func (m *Model) squaredFactor(ap approximation, side int) float64 {
	r := m.Rank[side]
	g := small{m.Rank, m.Core}
	x, both := ap.core, g
	for other := range 3 {
		if other != side {
			n, ro := ap.core.n[other], m.Rank[other]
			x = x.times(other, gram(ap.fibre[other], n, m.Factor[other], ro), ro)
			both = both.times(other, gram(m.Factor[other], ro, m.Factor[other], ro), ro)
		}
	}
	num := x.against(side, g)    // fibres × rank
	den := both.against(side, g) // rank × rank
	n := ap.core.n[side]
	moved, size := 0.0, 0.0
	top, bottom := make([]float64, r), make([]float64, r)
	for i := range len(m.Factor[side]) / r {
		row := m.Factor[side][i*r:][:r]
		clear(top)
		clear(bottom)
		for f, v := range ap.fibre[side][i*n:][:n] {
			if v != 0 {
				vec.AddScaled(top, num[f*r:][:r], v)
			}
		}
		for a, v := range row {
			vec.AddScaled(bottom, den[a*r:][:r], v)
		}
		for a, old := range row {
			row[a] = max(smallest, old*max(top[a], 0)/(bottom[a]+smallest))
			moved += (row[a] - old) * (row[a] - old)
			size += old * old
		}
	}
	return math.Sqrt(moved / (size + smallest))
}

// squaredCore updates the core in the same way.
func (m *Model) squaredCore(ap approximation) float64 {
	x, model := ap.core, small{m.Rank, m.Core}
	for side := range 3 {
		n, r := ap.core.n[side], m.Rank[side]
		x = x.times(side, gram(ap.fibre[side], n, m.Factor[side], r), r)
		model = model.times(side, gram(m.Factor[side], r, m.Factor[side], r), r)
	}
	moved, size := 0.0, 0.0
	for i, old := range m.Core {
		m.Core[i] = max(smallest, old*max(x.v[i], 0)/(model.v[i]+smallest))
		moved += (m.Core[i] - old) * (m.Core[i] - old)
		size += old * old
	}
	return math.Sqrt(moved / (size + smallest))
}

// unit scales the columns of a factor to a largest value of one and the core
// by what they were.
func (m *Model) unit(side int) {
	r := m.Rank[side]
	top := make([]float64, r)
	for i, v := range m.Factor[side] {
		top[i%r] = max(top[i%r], v)
	}
	for i := range m.Factor[side] {
		m.Factor[side][i] /= top[i%r] + smallest
	}
	for i := range m.Core {
		m.Core[i] *= top[m.at(i)[side]]
	}
}

func (m *Model) squaredLoss(ap approximation) float64 {
	own, cross, model := ap.core, ap.core, small{m.Rank, m.Core}
	for side := range 3 {
		n, r := ap.core.n[side], m.Rank[side]
		own = own.times(side, gram(ap.fibre[side], n, ap.fibre[side], n), n)
		cross = cross.times(side, gram(ap.fibre[side], n, m.Factor[side], r), r)
		model = model.times(side, gram(m.Factor[side], r, m.Factor[side], r), r)
	}
	whole := vec.Dot(own.v, ap.core.v)
	return max(0, (whole-2*vec.Dot(cross.v, m.Core)+vec.Dot(model.v, m.Core))/(whole+smallest))
}
