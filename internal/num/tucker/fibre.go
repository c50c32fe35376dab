package tucker

import (
	"math/rand/v2"

	"github.com/opencure/cure/internal/num/vec"
)

// approximation is a low-rank picture of a tensor made of some of its fibres:
// core × three matrices whose columns are fibres.
type approximation struct {
	core  small
	fibre [3][]float64 // side × n, row after row
}

// fibres approximates a tensor from n fibres on each side (Caiafa, Cichocki,
// "Generalizing the column-row matrix decomposition to multi-way arrays",
// Linear Algebra Appl. 433, 2010). The first goes through the largest cell,
// the second through one that is drawn, the others through the cell that those
// before explain least; a cell on a chosen fibre counts as explained. The core
// is that of least squares.
func fibres(t *Tensor, n int, r *rand.Rand) approximation {
	ap := approximation{core: newSmall([3]int{n, n, n})}
	for side := range ap.fibre {
		ap.fibre[side] = make([]float64, t.Sides[side]*n)
	}
	var through []Cell
	for f := range n {
		c := pick(t, through, f == 1, r)
		through = append(through, c)
		for _, x := range t.Cells {
			if x.J == c.J && x.K == c.K {
				ap.fibre[0][int(x.I)*n+f] = x.Value
			}
			if x.I == c.I && x.K == c.K {
				ap.fibre[1][int(x.J)*n+f] = x.Value
			}
			if x.I == c.I && x.J == c.J {
				ap.fibre[2][int(x.K)*n+f] = x.Value
			}
		}
	}
	for _, x := range t.Cells {
		a, b := ap.fibre[0][int(x.I)*n:][:n], ap.fibre[1][int(x.J)*n:][:n]
		c := ap.fibre[2][int(x.K)*n:][:n]
		for i, va := range a {
			if va == 0 {
				continue
			}
			for j, vb := range b {
				if vb != 0 {
					vec.AddScaled(ap.core.v[(i*n+j)*n:][:n], c, x.Value*va*vb)
				}
			}
		}
	}
	for side, f := range ap.fibre {
		ap.core = ap.core.times(side, invert(gram(f, n, f, n), n), n)
	}
	return ap
}

// pick returns the largest cell that shares no two places with those before,
// or, drawn, any.
func pick(t *Tensor, before []Cell, drawn bool, r *rand.Rand) Cell {
	if drawn {
		return t.Cells[r.IntN(len(t.Cells))]
	}
	best := t.Cells[0]
	found := false
	for _, c := range t.Cells {
		if found && c.Value <= best.Value {
			continue
		}
		free := true
		for _, b := range before {
			same := 0
			for _, eq := range []bool{b.I == c.I, b.J == c.J, b.K == c.K} {
				if eq {
					same++
				}
			}
			free = free && same < 2
		}
		if free {
			best, found = c, true
		}
	}
	return best
}
