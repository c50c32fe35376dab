package tucker

import (
	"math"

	"github.com/opencure/cure/internal/num/vec"
)

// pass is the memory of one step over all cells.
type pass struct {
	num  [3][]float64 // Σ x/x̂ · what multiplies an entry of a factor
	core []float64
	mix  []float64 // Σc g[a,b,c] C[k,c] of a port: rank0 × rank1
	pair []float64 // Σ x/x̂ A[i,a] B[j,b] of a port
	u, w []float64
}

func newPass(m *Model) *pass {
	p := &pass{
		core: make([]float64, len(m.Core)), mix: make([]float64, m.Rank[0]*m.Rank[1]),
		pair: make([]float64, m.Rank[0]*m.Rank[1]), u: make([]float64, m.Rank[0]), w: make([]float64, m.Rank[1]),
	}
	for side, f := range m.Factor {
		p.num[side] = make([]float64, len(f))
	}
	return p
}

// step is one expectation-maximisation step. It returns the divergence of the
// model before it.
func (p *pass) step(m *Model, t *Tensor) float64 {
	for side := range p.num {
		clear(p.num[side])
	}
	clear(p.core)
	loss := 0.0
	for _, g := range m.Core {
		loss += g // all cells of the model together: the columns sum to one
	}
	for from := 0; from < len(t.Cells); {
		to := from + 1
		for to < len(t.Cells) && t.Cells[to].K == t.Cells[from].K {
			to++
		}
		loss += p.port(m, t.Cells[from:to])
		from = to
	}
	for side := range m.Factor {
		for i, v := range p.num[side] {
			m.Factor[side][i] *= v
		}
		m.normalise(side, false)
	}
	for i, v := range p.core {
		m.Core[i] *= v
	}
	return loss
}

// port adds the cells of one k, for which g and C are mixed once.
func (p *pass) port(m *Model, cells []Cell) (loss float64) {
	ra, rb, rc := m.Rank[0], m.Rank[1], m.Rank[2]
	col := m.Factor[2][int(cells[0].K)*rc:][:rc]
	for ab := range p.mix {
		p.mix[ab] = vec.Dot(m.Core[ab*rc:][:rc], col)
	}
	clear(p.pair)
	for _, c := range cells {
		a, b := m.Factor[0][int(c.I)*ra:][:ra], m.Factor[1][int(c.J)*rb:][:rb]
		x := 0.0
		clear(p.w)
		for i, v := range a {
			row := p.mix[i*rb:][:rb]
			p.u[i] = vec.Dot(row, b)
			x += v * p.u[i]
			vec.AddScaled(p.w, row, v)
		}
		ratio := c.Value / (x + 1e-300)
		loss += c.Value * (math.Log(ratio) - 1)
		vec.AddScaled(p.num[0][int(c.I)*ra:][:ra], p.u, ratio)
		vec.AddScaled(p.num[1][int(c.J)*rb:][:rb], p.w, ratio)
		for i, v := range a {
			vec.AddScaled(p.pair[i*rb:][:rb], b, ratio*v)
		}
	}
	num := p.num[2][int(cells[0].K)*rc:][:rc]
	for ab, v := range p.pair {
		vec.AddScaled(num, m.Core[ab*rc:][:rc], v)
		vec.AddScaled(p.core[ab*rc:][:rc], col, v)
	}
	return loss
}
