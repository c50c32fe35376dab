package glasso

import "math"

// Identical columns. Let k stand for m columns. By symmetry and uniqueness the
// optimal W has one value α = Skk + ρ on their diagonal, one value βk between
// any two of them, and one value γkl towards each column of group l. With
//
//	Mkk = αk + (mk−1) βk        Mkl = √(mk ml) γkl
//
// log det W = Σ (mk−1) log(αk − βk) + log det M, to be maximised under
// |γkl − Skl| ≤ ρ and |βk − Skk| ≤ ρ. A row of M is then the same lasso with
// penalty ρ√(mk ml); with q = mk' M11⁻¹ mk of its solution the best βk is q/mk,
// clipped to its box. Two members of a group share an edge exactly when it is.

// state is what is carried from one penalty to the next.
type state struct {
	d      int
	s      []float64 // covariance
	root   []float64 // √weight
	weight []float64
	m      []float64   // M, d × d
	within []float64   // β of each group
	coef   [][]float64 // by column: lasso coefficients, dense
}

func newState(p Problem) *state {
	d := len(p.Weight)
	st := &state{
		d: d, s: p.S, m: make([]float64, d*d), root: make([]float64, d), weight: make([]float64, d),
		within: make([]float64, d), coef: make([][]float64, d),
	}
	for k, w := range p.Weight {
		st.weight[k], st.root[k] = float64(w), math.Sqrt(float64(w))
		st.within[k] = p.S[k*d+k]
	}
	// W = S + ρI is feasible and positive definite.
	for k := range d {
		for l := range d {
			st.m[k*d+l] = p.S[k*d+l] * st.root[k] * st.root[l]
		}
	}
	return st
}

// solve fits one penalty, component by component.
func (st *state) solve(rho float64, o Options) Fit {
	f := Fit{Rho: rho, Converged: true, Row: make([]Row, st.d), columns: st.columns()}
	for _, c := range components(st.s, st.d, rho) {
		b := st.block(c, rho)
		sweeps, change := b.descend(o)
		f.Sweeps = max(f.Sweeps, sweeps)
		f.Residual = max(f.Residual, b.residual())
		if change > o.Tolerance*rho {
			f.Converged = false
		}
		st.keep(b, &f)
	}
	f.count(st.weight)
	return f
}

func (st *state) columns() float64 {
	n := 0.0
	for _, w := range st.weight {
		n += w
	}
	return n
}

// block is one component's part of the problem, laid out densely.
type block struct {
	rho     float64
	of      []int     // column of the block -> distinct column
	c       int       // columns
	s       []float64 // c × c: √(mk ml) Skl
	m       []float64 // c × c
	within  []float64
	self    []float64 // Skk
	weight  []float64
	root    []float64
	coef    [][]float64 // by column; coef[k][k] is not used
	active  [][]int32   // by column: where coef is not zero, rising
	scratch scratch
}

// block copies a component out of the state and moves it to a larger penalty.
func (st *state) block(of []int, rho float64) *block {
	c := len(of)
	b := &block{
		rho: rho, of: of, c: c, s: make([]float64, c*c), m: make([]float64, c*c), within: make([]float64, c),
		self: make([]float64, c), weight: make([]float64, c), root: make([]float64, c),
		coef: make([][]float64, c), active: make([][]int32, c),
	}
	for i, k := range of {
		b.self[i], b.weight[i], b.root[i] = st.s[k*st.d+k], st.weight[k], st.root[k]
		b.within[i] = st.within[k]
		b.coef[i] = make([]float64, c)
		old := st.coef[k]
		for j, l := range of {
			b.s[i*c+j] = st.s[k*st.d+l] * st.root[k] * st.root[l]
			b.m[i*c+j] = st.m[k*st.d+l]
			if i != j && old != nil && old[l] != 0 {
				b.coef[i][j] = old[l]
				b.active[i] = append(b.active[i], int32(j))
			}
		}
		b.diagonal(i)
	}
	b.scratch = newScratch(c)
	return b
}

// keep copies a solved component back and its part of Θ into the fit.
func (st *state) keep(b *block, f *Fit) {
	for i, k := range b.of {
		if st.coef[k] == nil {
			st.coef[k] = make([]float64, st.d)
		}
		clear(st.coef[k])
		for j, l := range b.of {
			st.m[k*st.d+l] = b.m[i*b.c+j]
			st.coef[k][l] = b.coef[i][j]
		}
		st.within[k] = b.within[i]
		f.Row[k] = b.row(i)
	}
}

// diagonal sets Mkk from β, which it keeps in its box.
func (b *block) diagonal(k int) {
	b.within[k] = max(b.within[k], b.self[k]-b.rho)
	if b.weight[k] == 1 {
		b.within[k] = 0
	}
	b.m[k*b.c+k] = b.self[k] + b.rho + (b.weight[k]-1)*b.within[k]
}
