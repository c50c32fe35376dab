package tail

import (
	"math"
	"testing"
)

// TestTails compares with sums of the probabilities themselves.
func TestTails(t *testing.T) {
	for _, tt := range []struct {
		n              int
		mean, variance float64
	}{{1, 0.05, 0.05}, {5, 0.05, 0.06}, {12, 3, 9}, {40, 20, 20}, {40, 20, 60}, {300, 200, 900}, {10, 20, 30}} {
		below := 0.0
		for k := range tt.n {
			below += math.Exp(logNB(float64(k), tt.mean, tt.variance))
		}
		got := NegativeBinomial(tt.n, tt.mean, tt.variance)
		if math.Abs(got-(1-below)) > 1e-9 {
			t.Errorf("P(X >= %d | %g, %g) = %g, want %g", tt.n, tt.mean, tt.variance, got, 1-below)
		}
	}
	if p := NegativeBinomial(60, 0.5, 0.6); !(p > 0) || p > 1e-40 {
		t.Errorf("a far tail is %g", p)
	}
	if p := Gamma(1, 1, 1); math.Abs(p-math.Exp(-1)) > 1e-12 {
		t.Errorf("exponential tail is %g", p)
	}
	for _, p := range []float64{NegativeBinomial(0, 1, 1), Gamma(0, 1, 1), Gamma(1, 0, 1), Gamma(math.NaN(), 1, 1)} {
		if p != 1 {
			t.Errorf("outside of the range: %g, want 1", p)
		}
	}
}

func logNB(k, mean, variance float64) float64 {
	lk, _ := math.Lgamma(k + 1)
	if variance <= mean {
		return k*math.Log(mean) - mean - lk
	}
	r := mean * mean / (variance - mean)
	lr, _ := math.Lgamma(r)
	lkr, _ := math.Lgamma(k + r)
	return lkr - lr - lk + r*math.Log(mean/variance) + k*math.Log(1-mean/variance)
}

func TestDiscoveries(t *testing.T) {
	p := []float64{0.5, 0.001, 0.02, 0.004, 0.9}
	if got := Discoveries(p, 5, 0.05); got != 0.02 { // 0.02 <= 0.05*3/5
		t.Errorf("line is %g, want 0.02", got)
	}
	if got := Discoveries(p, 1000, 0.05); got != 0 {
		t.Errorf("line is %g among a thousand tests, want none", got)
	}
}
