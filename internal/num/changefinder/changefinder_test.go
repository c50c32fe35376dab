package changefinder

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var published = Settings{Order: 2, Forgetting: 0.005, Smooth: 10, Resmooth: 5, After: true}

// series are scores of n numbers around level 100, with a step at the given
// place (0: none).
func scores(t *testing.T, s Settings, n, step int) []float64 {
	t.Helper()
	d, err := New(s, 0.5, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]float64, n)
	for i := range out {
		x := 100 + 3*r.NormFloat64()
		if step > 0 && i >= step {
			x += 40
		}
		if out[i], _, err = d.Add(x); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestFindsTheStep(t *testing.T) {
	eager := published
	eager.Eager, eager.After = true, false
	for name, s := range map[string]Settings{"published": published, "eager": eager} {
		t.Run(name, func(t *testing.T) {
			const n, step = 1200, 800
			quiet, changed := scores(t, s, n, 0), scores(t, s, n, step)
			if d := cmp.Diff(quiet[:step], changed[:step]); d != "" {
				t.Fatal("the future changed the past")
			}
			best := 0
			for i, v := range changed[400:] {
				if v > changed[400+best] {
					best = i
				}
			}
			if at := 400 + best; at < step || at > step+25 {
				t.Errorf("the largest score is at %d, the step at %d", at, step)
			}
			top := changed[400+best]
			if !(top > 3) {
				t.Errorf("the step scores %v, to be above 3", top)
			}
			for i, v := range quiet[400:] {
				if v >= max(3, top/3) {
					t.Errorf("nothing happens at %d and scores %v", 400+i, v)
					break
				}
			}
		})
	}
}

// TestLevinson solves equations whose answer is known: an autoregression
// x = 0.5 x₋₁ + 0.3 x₋₂ has the autocovariances below.
func TestLevinson(t *testing.T) {
	c0 := 1.0
	c1 := 0.5 / (1 - 0.3) * c0
	c2 := 0.5*c1 + 0.3*c0
	a := levinson([]float64{c0, c1, c2})
	if math.Abs(a[0]-0.5) > 1e-12 || math.Abs(a[1]-0.3) > 1e-12 {
		t.Errorf("coefficients %v, want 0.5 and 0.3", a)
	}
	for name, c := range map[string][]float64{"constant": {0, 0, 0}, "impossible": {1, 2, 3}} {
		for _, v := range levinson(c) {
			if v != 0 {
				t.Errorf("%s: coefficients %v", name, v)
			}
		}
	}
}

func TestConstantSeriesStaysLow(t *testing.T) {
	for _, s := range []Settings{published, {Order: 2, Forgetting: 0.005, Smooth: 10, Resmooth: 5, Eager: true}} {
		d, err := New(s, 0.5, 0.5)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3000 {
			v, _, err := d.Add(7)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("step %d: %v, %v", i, v, err)
			}
			if i > 2000 && v > 3 {
				t.Fatalf("step %d scores %v", i, v)
			}
		}
	}
}

// TestStored holds that a detector that was stored goes on with the same bits.
func TestStored(t *testing.T) {
	d, _ := New(published, 0.5, 0.5)
	r := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		_, _, _ = d.Add(r.Float64())
	}
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var again Detector
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	if err := again.Check(); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		x := r.Float64()
		a, _, _ := d.Add(x)
		if b, _, _ := again.Add(x); a != b {
			t.Fatalf("scores %v, taken up again %v", a, b)
		}
	}
	again.First.C = nil
	if err := again.Check(); !errors.Is(err, ErrInput) {
		t.Errorf("a damaged detector: %v", err)
	}
}

func TestRefuses(t *testing.T) {
	for _, s := range []Settings{{}, {Order: 1, Forgetting: 1, Smooth: 1, Resmooth: 1}, {Order: 99, Forgetting: 0.1, Smooth: 1, Resmooth: 1}} {
		if _, err := New(s, 0, 1); !errors.Is(err, ErrInput) {
			t.Errorf("settings %+v: %v", s, err)
		}
	}
	if _, err := New(published, 0, -1); !errors.Is(err, ErrInput) {
		t.Errorf("variance below zero: %v", err)
	}
	d, _ := New(published, 0, 1)
	if _, _, err := d.Add(math.NaN()); !errors.Is(err, ErrInput) {
		t.Errorf("no number: %v", err)
	}
}
