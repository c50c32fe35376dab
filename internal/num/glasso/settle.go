package glasso

import (
	"math"

	"github.com/opencure/cure/internal/num/vec"
)

// settle brings the active set of a column to rest with the submatrix of M on
// it, and carries the changes to v once. Coefficients that end at zero leave.
func (b *block) settle(k int, tol float64) {
	act := b.active[k]
	n := len(act)
	if n == 0 {
		return
	}
	sc := &b.scratch
	if cap(sc.gram) < n*n {
		sc.gram = make([]float64, n*n)
	}
	gram := sc.gram[:n*n]
	x, v := b.coef[k], sc.v
	for i, l := range act {
		row := b.m[int(l)*b.c:][:b.c]
		g := gram[i*n:][:n]
		for j, l2 := range act {
			g[j] = row[l2]
		}
		sc.value[i], sc.start[i], sc.grad[i] = x[l], x[l], v[l]
	}
	b.cycle(k, gram, tol)
	left := false
	for i, l := range act {
		if d := sc.value[i] - sc.start[i]; d != 0 {
			vec.AddScaled(v, b.m[int(l)*b.c:][:b.c], d)
		}
		x[l] = sc.value[i]
		left = left || x[l] == 0
	}
	if left {
		b.collect(k)
	}
}

// cycle is the coordinate descent of settle. It stops when no step moves an
// entry of W by more than tol.
func (b *block) cycle(k int, gram []float64, tol float64) {
	const rounds = 2000
	sc, act := &b.scratch, b.active[k]
	n := len(act)
	grad := sc.grad[:n]
	s := b.s[k*b.c:][:b.c]
	penalty := b.rho * b.root[k]
	for range rounds {
		moved := 0.0
		for i, l := range act {
			own := gram[i*n+i]
			old := sc.value[i]
			now := soft(s[l]-grad[i]+own*old, penalty*b.root[l]) / own
			d := now - old
			if d == 0 {
				continue
			}
			sc.value[i] = now
			vec.AddScaled(grad, gram[i*n:][:n], d)
			moved = max(moved, math.Abs(d)*own/(b.root[k]*b.root[l]))
		}
		if moved <= tol {
			return
		}
	}
}
