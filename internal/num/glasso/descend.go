package glasso

import (
	"math"

	"github.com/opencure/cure/internal/num/vec"
)

// descend sweeps over the columns until the largest change of an entry of W in
// a whole sweep is small, and returns the sweeps and that change.
func (b *block) descend(o Options) (sweeps int, change float64) {
	if b.c == 1 {
		b.within[0] = 0
		b.diagonal(0)
		return 0, 0
	}
	tol := o.Tolerance * b.rho
	change = math.Inf(1)
	for sweeps < o.Sweeps && change > tol {
		// Early sweeps are not worth exact rows.
		inner := 0.1 * tol
		if sweeps < 3 {
			inner = tol
		}
		change = 0
		for k := range b.c {
			change = max(change, b.column(k, inner))
		}
		sweeps++
	}
	return sweeps, change
}

// column solves the lasso of one column and writes it into M. It returns the
// largest change of an entry of W.
func (b *block) column(k int, tol float64) float64 {
	v := b.row1(k, tol)
	row := b.m[k*b.c:][:b.c]
	change, q := 0.0, 0.0
	for _, l := range b.active[k] {
		q += b.coef[k][l] * v[l]
	}
	for l, old := range row {
		if l == k {
			continue
		}
		if d := math.Abs(v[l] - old); d > 0 {
			change = max(change, d/(b.root[k]*b.root[l]))
			row[l], b.m[l*b.c+k] = v[l], v[l]
		}
	}
	before := b.within[k]
	b.within[k] = q / b.weight[k]
	b.diagonal(k)
	if b.weight[k] > 1 {
		change = max(change, math.Abs(b.within[k]-before))
	}
	return change
}

// scratch is the working memory of a row.
type scratch struct {
	v     []float64 // M11 · coefficients
	gram  []float64 // M on the active set
	value []float64 // coefficients of the active set
	grad  []float64 // v on the active set
	start []float64 // value at the start
}

func newScratch(c int) scratch {
	return scratch{
		v: make([]float64, c), value: make([]float64, c), grad: make([]float64, c), start: make([]float64, c),
	}
}

// row1 minimises ½ x'M11x − s'x + Σ ρ√(mk ml)|x_l| by coordinate descent on
// the active set (Friedman, Hastie, Tibshirani, J. Stat. Softw. 33, 2010,
// section 2.6) and returns M11 x. Only when no column outside of the set wants
// to enter is it done.
func (b *block) row1(k int, tol float64) []float64 {
	v := b.scratch.v
	clear(v)
	x := b.coef[k]
	for _, l := range b.active[k] {
		vec.AddScaled(v, b.m[int(l)*b.c:][:b.c], x[l])
	}
	const rounds = 200 // each adds or settles columns; the bound is a safety net
	for range rounds {
		b.settle(k, tol)
		if !b.admit(k, tol) {
			break
		}
	}
	return v
}

// admit takes columns into the active set whose gradient is too large to stay
// at zero, and reports whether there were any.
func (b *block) admit(k int, tol float64) bool {
	x, v, s := b.coef[k], b.scratch.v, b.s[k*b.c:][:b.c]
	penalty := b.rho * b.root[k]
	slack := tol * b.root[k]
	found := false
	for l, sl := range s {
		g := sl - v[l]
		if math.Abs(g) <= (penalty+slack)*b.root[l] || l == k || x[l] != 0 {
			continue
		}
		d := soft(g, penalty*b.root[l]) / b.m[l*b.c+l]
		x[l] = d
		vec.AddScaled(v, b.m[l*b.c:][:b.c], d)
		found = true
	}
	if found {
		b.collect(k)
	}
	return found
}

// collect lists where the coefficients are not zero.
func (b *block) collect(k int) {
	b.active[k] = b.active[k][:0]
	for l, c := range b.coef[k] {
		if c != 0 {
			b.active[k] = append(b.active[k], int32(l))
		}
	}
}

func soft(x, t float64) float64 {
	switch {
	case x > t:
		return x - t
	case x < -t:
		return x + t
	}
	return 0
}
