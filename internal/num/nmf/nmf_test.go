package nmf

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure/internal/num/vec"
)

// planted is a table of 30 rows with Poisson background and groups of columns
// that share a pattern; column j is of group of[j], 0 for none.
func planted(columns int, seed uint64) (*Matrix, []int) {
	r := rand.New(rand.NewPCG(seed, 1))
	m := &Matrix{Rows: 30, Start: []int{0}}
	of := make([]int, columns)
	for j := range columns {
		if j%10 < 2 {
			of[j] = 1 + j%10
		}
		for t := range 30 {
			rate := 0.05
			if of[j] == 1 && t/5%2 == 0 || of[j] == 2 && t%3 == 0 {
				rate = 3
			}
			if v := poisson(r, rate); v > 0 {
				m.Row, m.Value = append(m.Row, int32(t)), append(m.Value, float64(v))
			}
		}
		m.Start = append(m.Start, len(m.Value))
	}
	return m, of
}

func poisson(r *rand.Rand, rate float64) int {
	limit, k := math.Exp(-rate), 0
	for p := r.Float64(); p > limit; p *= r.Float64() {
		k++
	}
	return k
}

var methods = map[string]Method{"HALS": HALS, "multiplicative": Multiplicative, "KL": KL}

// TestFindsThePlantedGroups holds that with rank 2 each group has a pattern of
// its own.
func TestFindsThePlantedGroups(t *testing.T) {
	m, of := planted(400, 7)
	for name, method := range methods {
		t.Run(name, func(t *testing.T) {
			all, err := Ranks(m, 2, Options{Method: method, Tolerance: 1e-7})
			if err != nil {
				t.Fatal(err)
			}
			f := all[1]
			if !f.Converged || all[1].Loss >= all[0].Loss {
				t.Errorf("converged %v after %d steps, loss %v, with one pattern %v", f.Converged, f.Steps, f.Loss, all[0].Loss)
			}
			side, right, n := 0, 0, 0
			for j, g := range of {
				if g == 0 {
					continue
				}
				pick := 0
				if f.H[2*j+1]*norm(f.W, 1) > f.H[2*j]*norm(f.W, 0) {
					pick = 1
				}
				if n == 0 {
					side = pick ^ (g - 1)
				}
				n++
				if pick == side^(g-1) {
					right++
				}
			}
			if right < n*95/100 {
				t.Errorf("%d of %d members are with their group", right, n)
			}
		})
	}
}

func norm(w []float64, k int) (sum float64) {
	for i := k; i < len(w); i += 2 {
		sum += w[i]
	}
	return sum
}

func TestLossNeverRises(t *testing.T) {
	m, _ := planted(120, 3)
	for name, method := range methods {
		t.Run(name, func(t *testing.T) {
			f, err := Start(m, 4)
			if err != nil {
				t.Fatal(err)
			}
			last := math.Inf(1)
			for step := range 60 {
				f = Improve(m, f, Options{Method: method, Steps: 1})
				if !(f.Loss <= last*(1+1e-9)) {
					t.Fatalf("step %d: %v after %v", step, f.Loss, last)
				}
				last = f.Loss
			}
			if method != KL && math.Abs(last-direct(m, f)) > 1e-6*last {
				t.Errorf("loss %v, counted cell by cell %v", last, direct(m, f))
			}
		})
	}
}

// direct is the squared error by definition.
func direct(m *Matrix, f Factors) (loss float64) {
	for j := range m.Columns() {
		full := make([]float64, m.Rows)
		for at := m.Start[j]; at < m.Start[j+1]; at++ {
			full[m.Row[at]] = m.Value[at]
		}
		for t, v := range full {
			d := v - vec.Dot(f.W[t*f.Rank:][:f.Rank], f.H[j*f.Rank:][:f.Rank])
			loss += d * d
		}
	}
	return loss
}

func TestOddMatrices(t *testing.T) {
	same := &Matrix{Rows: 2, Start: []int{0, 2, 4}, Row: []int32{0, 1, 0, 1}, Value: []float64{1, 2, 1, 2}}
	for name, m := range map[string]*Matrix{
		"empty": {Rows: 3, Start: []int{0}}, "columns without values": {Rows: 3, Start: []int{0, 0, 0}}, "all the same": same,
	} {
		for way, method := range methods {
			all, err := Ranks(m, 5, Options{Method: method})
			if err != nil {
				t.Fatalf("%s, %s: %v", name, way, err)
			}
			for _, f := range all {
				for _, v := range append(f.W, f.H...) {
					if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
						t.Fatalf("%s, %s, rank %d: a factor is %v", name, way, f.Rank, v)
					}
				}
			}
		}
	}
}

func TestRefuses(t *testing.T) {
	for name, m := range map[string]*Matrix{
		"no row":          {Start: []int{0}},
		"too many rows":   {Rows: MaxRows + 1, Start: []int{0}},
		"negative":        {Rows: 1, Start: []int{0, 1}, Row: []int32{0}, Value: []float64{-1}},
		"no number":       {Rows: 1, Start: []int{0, 1}, Row: []int32{0}, Value: []float64{math.NaN()}},
		"row outside":     {Rows: 1, Start: []int{0, 1}, Row: []int32{1}, Value: []float64{1}},
		"rows fall":       {Rows: 2, Start: []int{0, 2}, Row: []int32{1, 0}, Value: []float64{1, 1}},
		"lengths":         {Rows: 1, Start: []int{0, 1}, Row: []int32{0, 0}, Value: []float64{1}},
		"past the values": {Rows: 1, Start: []int{0, 9}, Row: []int32{0}, Value: []float64{1}},
	} {
		if _, err := Ranks(m, 1, Options{}); !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Ranks(&Matrix{Rows: 1, Start: []int{0}}, 0, Options{}); !errors.Is(err, ErrInput) {
		t.Errorf("rank 0: %v", err)
	}
}

func TestSaysThatItDidNotConverge(t *testing.T) {
	m, _ := planted(100, 5)
	f, _ := Start(m, 3)
	if f = Improve(m, f, Options{Steps: 1}); f.Converged {
		t.Error("one step is said to be enough")
	}
}

func TestSameBits(t *testing.T) {
	m, _ := planted(100, 5)
	first, _ := Ranks(m, 4, Options{})
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	again, _ := Ranks(m, 4, Options{})
	if d := cmp.Diff(first, again); d != "" {
		t.Error(d)
	}
}

// BenchmarkRanks is half an hour of 20,000 hosts with all ten ranks.
func BenchmarkRanks(b *testing.B) {
	m, _ := planted(20_000, 1)
	for name, method := range methods {
		b.Run(fmt.Sprintf("%s-%d", name, len(m.Value)), func(b *testing.B) {
			for b.Loop() {
				all, err := Ranks(m, 10, Options{Method: method})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(all[9].Loss/float64(m.Rows*m.Columns()), "loss/cell")
			}
		})
	}
}
