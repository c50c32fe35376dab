package glasso

import (
	"math"

	"github.com/opencure/cure/internal/num/vec"
)

// Fit is the solution for one penalty.
type Fit struct {
	Rho       float64
	Row       []Row   // by distinct column
	Edges     int     // pairs of columns of the whole table with Θij ≠ 0
	Density   float64 // edges / (p (p−1)), as Dark-GLASSO counts: half of the usual
	Sweeps    int     // of the component that needed most
	Residual  float64 // largest breach of an optimality condition, in units of S
	Converged bool    // within the tolerance and the bound on sweeps

	columns float64
}

// Row is a row of Θ for each member of a group of identical columns.
type Row struct {
	Diagonal float64
	Within   float64 // towards each other member of the group; 0: no edge
	To       []Entry // other groups, rising
}

// Entry is the value of Θ towards each member of another group.
type Entry struct {
	Column int
	Value  float64
}

// row reads Θ off column i: Θ̃ii = 1/(Mii − x'm), Θ̃ij = −Θ̃ii xj, and inside of
// a group Θ has the eigenvalue 1/(α−β) besides Θ̃ii.
func (b *block) row(i int) Row {
	m := b.m[i*b.c:][:b.c]
	schur := m[i]
	for _, l := range b.active[i] {
		schur -= b.coef[i][l] * m[l]
	}
	tilde := 1 / schur
	r := Row{Diagonal: tilde}
	if w := b.weight[i]; w > 1 {
		other := 1 / (b.self[i] + b.rho - b.within[i])
		r.Within = (tilde - other) / w
		r.Diagonal = r.Within + other
		if b.within[i] > b.self[i]-b.rho {
			r.Within = 0 // not clipped: the two eigenvalues agree up to rounding
		}
	}
	for _, l := range b.active[i] {
		r.To = append(r.To, Entry{b.of[l], -tilde * b.coef[i][l] / (b.root[i] * b.root[l])})
	}
	return r
}

// count counts edges. Θ as read off by columns is symmetric up to the
// tolerance; a pair counts half for each side that has it.
func (f *Fit) count(weight []float64) {
	edges := 0.0
	for k := range f.Row {
		if f.Row[k].Within != 0 {
			edges += weight[k] * (weight[k] - 1) / 2
		}
		for _, e := range f.Row[k].To {
			edges += weight[k] * weight[e.Column] / 2
		}
	}
	f.Edges = int(math.Round(edges))
	if f.columns > 1 {
		f.Density = edges / (f.columns * (f.columns - 1))
	}
}

// residual returns by how much the lasso conditions of the columns are broken
// by M as it stands now, that is after all other columns have moved on.
func (b *block) residual() float64 {
	worst := 0.0
	if b.c == 1 {
		return 0
	}
	v := b.scratch.v
	for k := range b.c {
		clear(v)
		for _, l := range b.active[k] {
			vec.AddScaled(v, b.m[int(l)*b.c:][:b.c], b.coef[k][l])
		}
		row, s := b.m[k*b.c:][:b.c], b.s[k*b.c:][:b.c]
		q := 0.0
		for l := range b.c {
			if l == k {
				continue
			}
			scale := b.root[k] * b.root[l]
			q += b.coef[k][l] * v[l]
			gap := (v[l] - s[l]) / scale
			worst = max(worst, breach(gap, b.coef[k][l], b.rho), math.Abs(v[l]-row[l])/scale)
		}
		if b.weight[k] > 1 {
			worst = max(worst, math.Abs(max(q/b.weight[k], b.self[k]-b.rho)-b.within[k]))
		}
	}
	return worst
}

// breach is the distance of Wij − Sij from what the sign of Θij asks for; x is
// a lasso coefficient, whose sign is the opposite.
func breach(gap, x, rho float64) float64 {
	switch {
	case x > 0:
		return math.Abs(gap + rho)
	case x < 0:
		return math.Abs(gap - rho)
	}
	return max(0, math.Abs(gap)-rho)
}
