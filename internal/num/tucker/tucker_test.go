package tucker

import (
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// planted is half an hour of hosts at ports: heavy-tailed background and, when
// members is not 0, a group that goes to two ports in an on/off pattern. Its
// members are the first hosts, its ports the last two.
func planted(hosts, ports, members int, seed uint64) *Tensor {
	r := rand.New(rand.NewPCG(seed, 1))
	count := map[[3]int32]float64{}
	for j := range hosts {
		rate := min(2*math.Pow(1-r.Float64(), -1/1.0), 200)
		for range int(rate) {
			k := int(float64(ports-2) * math.Pow(r.Float64(), 3))
			count[[3]int32{int32(r.IntN(30)), int32(j), int32(k)}]++
		}
	}
	for j := range members {
		for i := range 30 {
			if i/5%2 == 0 && r.Float64() < 0.6 {
				count[[3]int32{int32(i), int32(j), int32(ports - 1 - r.IntN(2))}]++
			}
		}
	}
	var cells []Cell
	for at, v := range count {
		cells = append(cells, Cell{at[0], at[1], at[2], math.Log2(1 + v)})
	}
	t, err := New([3]int{30, hosts, ports}, cells)
	if err != nil {
		panic(err)
	}
	return t
}

// TestFindsThePlantedGroup holds that some link of some start is the group:
// its hosts, its ports, its minutes.
func TestFindsThePlantedGroup(t *testing.T) {
	const hosts, ports, members = 2000, 400, 120
	x := planted(hosts, ports, members, 11)
	models, err := Fit(x, [3]int{5, 5, 5}, 4, 1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	best := 0.0
	for _, m := range models {
		for _, l := range m.Links() {
			if l.Share < 0.005 {
				continue
			}
			port := m.Factor[2][(ports-1)*5+l.At[2]] + m.Factor[2][(ports-2)*5+l.At[2]]
			member, on := 0.0, 0.0
			for j := range members {
				member += m.Factor[1][j*5+l.At[1]]
			}
			for i := range 30 {
				if i/5%2 == 0 {
					on += m.Factor[0][i*5+l.At[0]]
				}
			}
			best = max(best, min(port, member, on))
		}
	}
	if best < 0.8 {
		t.Errorf("the best link has %.2f of its mass in the planted group, want 0.8", best)
	}
}

// TestLossNeverRises also checks the loss cell by cell.
func TestLossNeverRises(t *testing.T) {
	x := planted(60, 30, 10, 2)
	m := begin(x, [3]int{3, 4, 2}, rand.New(rand.NewPCG(1, 1)))
	w := newPass(&m)
	last := math.Inf(1)
	for step := range 80 {
		want := direct(x, &m)
		loss := w.step(&m, x)
		if math.Abs(loss-want) > 1e-8*want {
			t.Fatalf("step %d: loss %v, cell by cell %v", step, loss, want)
		}
		if loss > last*(1+1e-12) {
			t.Fatalf("step %d: %v after %v", step, loss, last)
		}
		last = loss
	}
}

// direct is the divergence by definition.
func direct(x *Tensor, m *Model) (loss float64) {
	value := map[[3]int]float64{}
	for _, c := range x.Cells {
		value[[3]int{int(c.I), int(c.J), int(c.K)}] = c.Value
	}
	for i := range x.Sides[0] {
		for j := range x.Sides[1] {
			for k := range x.Sides[2] {
				model := 0.0
				for n, g := range m.Core {
					at := m.at(n)
					model += g * m.Factor[0][i*m.Rank[0]+at[0]] * m.Factor[1][j*m.Rank[1]+at[1]] * m.Factor[2][k*m.Rank[2]+at[2]]
				}
				loss += model
				if v := value[[3]int{i, j, k}]; v > 0 {
					loss += v*math.Log(v/model) - v
				}
			}
		}
	}
	return loss
}

// TestPublished holds that the published method rests on a tensor of which it
// sees all: one block.
func TestPublished(t *testing.T) {
	var cells []Cell
	for i := range 30 {
		for j := range 20 {
			for k := range 3 {
				if i%2 == 0 {
					cells = append(cells, Cell{int32(i), int32(j), int32(k), 4})
				}
			}
		}
	}
	x, err := New([3]int{30, 50, 10}, cells)
	if err != nil {
		t.Fatal(err)
	}
	for n, m := range Published(x, 4, 1) {
		if m.Loss > 0.01 || m.Steps > outer {
			t.Errorf("start %d: loss %v after %d steps", n, m.Loss, m.Steps)
		}
		for a := range 5 {
			if m.Factor[1][30*5+a] > 1e-6 {
				t.Errorf("start %d: an absent host has %v", n, m.Factor[1][30*5+a])
			}
		}
	}
}

func TestOddTensors(t *testing.T) {
	empty, err := New([3]int{30, 0, 0}, nil)
	if err != nil {
		t.Fatal(err)
	}
	one, err := New([3]int{1, 1, 1}, []Cell{{0, 0, 0, 3}})
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]*Tensor{"empty": empty, "one cell": one} {
		models, err := Fit(x, [3]int{2, 2, 2}, 2, 1, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range append(models, Published(x, 2, 1)...) {
			for _, v := range append(append(m.Core, m.Factor[1]...), m.Loss) {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("%s: %v", name, m)
				}
			}
		}
	}
}

func TestRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		sides [3]int
		cells []Cell
	}{
		"sides":     {[3]int{-1, 1, 1}, nil},
		"outside":   {[3]int{1, 1, 1}, []Cell{{0, 1, 0, 1}}},
		"zero":      {[3]int{1, 1, 1}, []Cell{{0, 0, 0, 0}}},
		"no number": {[3]int{1, 1, 1}, []Cell{{0, 0, 0, math.NaN()}}},
		"twice":     {[3]int{1, 1, 1}, []Cell{{0, 0, 0, 1}, {0, 0, 0, 1}}},
	} {
		if _, err := New(c.sides, c.cells); !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Fit(&Tensor{}, [3]int{0, 1, 1}, 1, 1, Options{}); !errors.Is(err, ErrInput) {
		t.Errorf("rank 0: %v", err)
	}
}

func TestSameBits(t *testing.T) {
	x := planted(100, 40, 10, 5)
	first, _ := Fit(x, [3]int{3, 3, 3}, 2, 9, Options{Steps: 20})
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	again, _ := Fit(x, [3]int{3, 3, 3}, 2, 9, Options{Steps: 20})
	if d := cmp.Diff(first, again); d != "" {
		t.Error(d)
	}
	if first[0].Converged {
		t.Error("20 steps are said to be enough")
	}
}

// BenchmarkFit is one start on half an hour of 20,000 hosts at 8,000 ports.
func BenchmarkFit(b *testing.B) {
	x := planted(20_000, 8_000, 300, 1)
	for b.Loop() {
		models, err := Fit(x, [3]int{5, 5, 5}, 1, 1, Options{Steps: 25})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(x.Cells)), "cells")
		b.ReportMetric(models[0].Loss, "loss")
	}
}
