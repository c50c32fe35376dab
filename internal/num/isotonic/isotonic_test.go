package isotonic

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFit(t *testing.T) {
	for name, tt := range map[string]struct {
		points []Point
		least  int
		want   []Step
	}{
		"nothing":       {},
		"rising":        {[]Point{{1, 0}, {2, 1}}, 1, []Step{{1, 0, 1}, {2, 1, 1}}},
		"violator":      {[]Point{{1, 0}, {2, 1}, {3, 0}, {4, 1}}, 1, []Step{{1, 0, 1}, {2, 0.5, 2}, {4, 1, 1}}},
		"falling":       {[]Point{{1, 1}, {2, 0}}, 1, []Step{{1, 0.5, 2}}},
		"equal scores":  {[]Point{{1, 1}, {1, 0}, {0, 0}}, 1, []Step{{0, 0, 1}, {1, 0.5, 2}}},
		"steps of two":  {[]Point{{1, 0}, {2, 0}, {3, 1}, {4, 1}, {5, 1}}, 2, []Step{{1, 0, 2}, {3, 1, 3}}},
		"order is free": {[]Point{{2, 1}, {1, 0}}, 1, []Step{{1, 0, 1}, {2, 1, 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Fit(tt.points, tt.least)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFitFindsTheCurve draws outcomes from a rising curve.
func TestFitFindsTheCurve(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var points []Point
	for range 20000 {
		p := Point{Score: r.Float64()}
		if r.Float64() < p.Score*p.Score {
			p.Outcome = 1
		}
		points = append(points, p)
	}
	steps := Fit(points, 100)
	for i := 1; i < len(steps); i++ {
		if steps[i].Value <= steps[i-1].Value || steps[i].From <= steps[i-1].From {
			t.Fatalf("step %d does not rise: %+v after %+v", i, steps[i], steps[i-1])
		}
	}
	for x := 0.05; x < 1; x += 0.1 {
		if got := At(steps, x); math.Abs(got-x*x) > 0.06 {
			t.Errorf("at %.2f: %.3f, want %.3f", x, got, x*x)
		}
	}
}

func TestAt(t *testing.T) {
	steps := []Step{{0.2, 0.1, 1}, {0.5, 0.9, 1}}
	for x, want := range map[float64]float64{0: 0.1, 0.2: 0.1, 0.4: 0.1, 0.5: 0.9, 2: 0.9} {
		if got := At(steps, x); got != want {
			t.Errorf("at %v: %v, want %v", x, got, want)
		}
	}
	if At(nil, 1) != 0 {
		t.Error("no steps give something")
	}
}
