package glasso

import (
	"errors"
	"math"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// path solves a table of columns and fails the test on an error.
func path(t *testing.T, columns [][]float64, o Options, rhos ...float64) (Table, []Fit) {
	t.Helper()
	table, err := Collapse(columns)
	if err != nil {
		t.Fatal(err)
	}
	fits, err := Path(table.Problem(), rhos, o)
	if err != nil {
		t.Fatal(err)
	}
	return table, fits
}

// TestCollapseChangesNothing solves the same tables with each column for
// itself: weights of one are the published method.
func TestCollapseChangesNothing(t *testing.T) {
	for _, sync := range []bool{false, true} {
		columns := logCounts(windowCounts(120, sync, 5))
		table, fits := path(t, columns, Options{Tolerance: 1e-7, Sweeps: 5000}, sixPenalties...)
		if len(table.Column) == len(columns) {
			t.Fatal("the table has no identical columns")
		}
		single := Table{Rows: 12, Column: columns}
		for i := range columns {
			single.Weight, single.Of = append(single.Weight, 1), append(single.Of, i)
		}
		plain, err := Path(single.Problem(), sixPenalties, Options{Tolerance: 1e-7, Sweeps: 5000})
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range fits {
			a, b := f.Dense(table.Of), plain[i].Dense(single.Of)
			for j := range a {
				if math.Abs(a[j]-b[j]) > 1e-4 {
					t.Fatalf("rho %v: entry %d is %v, without collapse %v", f.Rho, j, a[j], b[j])
				}
			}
			if f.Edges != plain[i].Edges {
				t.Errorf("rho %v: %d edges, without collapse %d", f.Rho, f.Edges, plain[i].Edges)
			}
		}
	}
}

func TestOddTables(t *testing.T) {
	ramp := func(scale float64) []float64 {
		c := make([]float64, 12)
		for i := range c {
			c[i] = scale * float64(i)
		}
		return c
	}
	same := func(n int, c []float64) [][]float64 {
		out := make([][]float64, n)
		for i := range out {
			out[i] = c
		}
		return out
	}
	cases := []struct {
		name    string
		columns [][]float64
		edges   int
	}{
		{"no column", nil, 0},
		{"one column", same(1, ramp(1)), 0},
		{"all identical and moving", same(50, ramp(1)), 50 * 49 / 2},
		{"all identical, little variance", same(50, ramp(0.1)), 0},
		{"all constant", same(7, make([]float64, 12)), 0},
		{"multiples of one column", [][]float64{ramp(1), ramp(2), ramp(3)}, 2},
		{"one moves, one is constant", [][]float64{ramp(1), ramp(0)}, 0},
		{"huge", [][]float64{ramp(1e6), ramp(-1e6)}, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			table, fits := path(t, c.columns, Options{Tolerance: 1e-6, Sweeps: 5000}, 0.5)
			f := fits[0]
			if c.name != "multiples of one column" && f.Edges != c.edges || !f.Converged {
				t.Errorf("%d edges, want %d; converged %v, residual %v", f.Edges, c.edges, f.Converged, f.Residual)
			}
			if p := len(table.Of); p > 0 && c.name != "huge" {
				if gap, err := KKT(wholeCovariance(table), f.Dense(table.Of), p, 0.5); err != nil || gap > 1e-3 {
					t.Errorf("optimality is broken by %v, error %v", gap, err)
				}
			}
		})
	}
}

func TestRefusesWhatIsNoProblem(t *testing.T) {
	one := []int{1, 1}
	cases := []struct {
		name string
		p    Problem
		rhos []float64
	}{
		{"sizes", Problem{[]float64{1}, one}, []float64{1}},
		{"not symmetric", Problem{[]float64{1, 0.5, 0, 1}, one}, []float64{1}},
		{"no number", Problem{[]float64{1, math.NaN(), math.NaN(), 1}, one}, []float64{1}},
		{"infinite", Problem{[]float64{math.Inf(1), 0, 0, 1}, one}, []float64{1}},
		{"negative variance", Problem{[]float64{-1, 0, 0, 1}, one}, []float64{1}},
		{"no weight", Problem{[]float64{1, 0, 0, 1}, []int{1, 0}}, []float64{1}},
		{"no penalty", Problem{[]float64{1, 0, 0, 1}, one}, []float64{0}},
		{"penalties fall", Problem{[]float64{1, 0, 0, 1}, one}, []float64{2, 1}},
		{"too many", Problem{nil, make([]int, MaxColumns+1)}, []float64{1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Path(c.p, c.rhos, Options{}); !errors.Is(err, ErrInput) {
				t.Errorf("error %v", err)
			}
		})
	}
	if _, err := Collapse([][]float64{{1}, {1, 2}}); !errors.Is(err, ErrInput) {
		t.Errorf("columns of two lengths: %v", err)
	}
}

// TestSaysThatItDidNotConverge: one sweep is not enough, and the fit says by
// how much it is off.
func TestSaysThatItDidNotConverge(t *testing.T) {
	_, fits := path(t, logCounts(windowCounts(100, true, 3)), Options{Sweeps: 1}, 0.4)
	if fits[0].Converged || fits[0].Residual < 1e-3 {
		t.Errorf("after one sweep: converged %v, residual %v", fits[0].Converged, fits[0].Residual)
	}
}

func TestKKTSeesAWrongMatrix(t *testing.T) {
	s := []float64{1, 0.8, 0.8, 1}
	for name, c := range map[string]struct {
		theta []float64
		want  float64
	}{
		"right":                 {[]float64{1.5 / (1.5*1.5 - 0.09), -0.3 / (1.5*1.5 - 0.09), -0.3 / (1.5*1.5 - 0.09), 1.5 / (1.5*1.5 - 0.09)}, 0},
		"an edge is missing":    {[]float64{1 / 1.5, 0, 0, 1 / 1.5}, 0.3},
		"not positive definite": {[]float64{1, 2, 2, 1}, math.Inf(1)},
	} {
		got, err := KKT(s, c.theta, 2, 0.5)
		if err != nil || got != c.want && math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %v, error %v, want %v", name, got, err, c.want)
		}
	}
	if _, err := KKT(s, s[:3], 2, 0.5); !errors.Is(err, ErrInput) {
		t.Errorf("sizes that do not fit: %v", err)
	}
}

// TestSameBits holds that the number of processors changes nothing.
func TestSameBits(t *testing.T) {
	columns := logCounts(windowCounts(80, true, 9))
	_, first := path(t, columns, Options{}, sixPenalties...)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	_, again := path(t, columns, Options{}, sixPenalties...)
	if d := cmp.Diff(first, again, cmp.AllowUnexported(Fit{})); d != "" {
		t.Error(d)
	}
}
