package minhash

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// pair makes two sets that share some tokens, with weights over three orders
// of magnitude.
func pair(r *rand.Rand, shared, own int, skew float64) (a, b []Item) {
	weight := func() float32 { return float32(math.Exp(skew * (r.Float64() - 0.5) * 7)) }
	token := uint32(r.Uint64())
	next := func() uint32 { token += 1 + uint32(r.IntN(100)); return token }
	for range shared {
		t, w := next(), weight()
		a = append(a, Item{t, w})
		if r.IntN(2) == 0 {
			w *= float32(0.5 + r.Float64())
		}
		b = append(b, Item{t, w})
	}
	for range own {
		a = append(a, Item{next(), weight()})
		b = append(b, Item{next(), weight()})
	}
	sorted := func(x []Item) []Item {
		slices.SortFunc(x, func(p, q Item) int { return int(int64(p.Token) - int64(q.Token)) })
		return x
	}
	return sorted(a), sorted(b)
}

// TestEstimateIsUnbiased compares with the exact similarity: the mean of many
// sketches must come within four standard errors of it, tables and cut values
// included.
func TestEstimateIsUnbiased(t *testing.T) {
	for _, tt := range []struct {
		shared, own int
		skew        float64
	}{{1, 0, 1}, {1, 1, 1}, {5, 5, 0}, {5, 5, 1}, {20, 3, 1}, {3, 20, 1}, {40, 20, 1}, {60, 4, 0.3}, {0, 10, 1}} {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, uint64(tt.shared*100+tt.own)))
			const rounds = 60
			sum, want, variance := 0.0, 0.0, 0.0
			s := New(7)
			for range rounds {
				a, b := pair(r, tt.shared, tt.own, tt.skew)
				var x, y Signature
				s.Sketch(a, &x)
				s.Sketch(b, &y)
				j := Jaccard(a, b)
				sum += x.Alike(&y)
				want += j
				variance += j * (1 - j) / Places
			}
			if off := math.Abs(sum-want) / rounds; off > 4*math.Sqrt(variance)/rounds+0.004 {
				t.Errorf("estimated %.4f, exact %.4f", sum/rounds, want/rounds)
			}
		})
	}
}

func TestBandsMeetAsOftenAsTheCurveSays(t *testing.T) {
	r, s := rand.New(rand.NewPCG(2, 2)), New(3)
	for _, want := range []float64{0.1, 0.3, 0.5, 0.7} {
		const rounds = 400
		met, hope := 0, 0.0
		for range rounds {
			// Equal weights: w tokens are shared of w/want in all.
			shared := 20
			own := int(math.Round(float64(shared) * (1/want - 1) / 2))
			a, b := pair(r, shared, own, 0)
			for i := range a {
				a[i].Weight = 1
			}
			for i := range b {
				b[i].Weight = 1
			}
			j := Jaccard(a, b)
			hope += 1 - math.Pow(1-math.Pow(j, Rows), Bands)
			var x, y Signature
			s.Sketch(a, &x)
			s.Sketch(b, &y)
			kx, ky := x.Keys(), y.Keys()
			for i := range kx {
				if kx[i] == ky[i] {
					met++
					break
				}
			}
		}
		if p := hope / rounds; math.Abs(float64(met)/rounds-p) > 4*math.Sqrt(p*(1-p)/rounds)+0.01 {
			t.Errorf("similarity %.1f: met in %d of %d, want %.3f", want, met, rounds, p)
		}
	}
}

func TestSketchIsAFunctionOfTheSet(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	a, _ := pair(r, 10, 10, 1)
	var x, y, z Signature
	New(1).Sketch(a, &x)
	shuffled := slices.Clone(a)
	r.Shuffle(len(shuffled), func(i, k int) { shuffled[i], shuffled[k] = shuffled[k], shuffled[i] })
	New(1).Sketch(append(shuffled, Item{1, 0}, Item{2, -1}, Item{3, float32(math.NaN())}), &y)
	New(2).Sketch(a, &z)
	if x != y {
		t.Error("order, or tokens without weight, change the signature")
	}
	if x == z {
		t.Error("another seed gives the same signature")
	}
	var empty Signature
	New(1).Sketch(nil, &y)
	if y != empty {
		t.Error("the empty set has a signature")
	}
}

func TestJaccard(t *testing.T) {
	for name, tt := range map[string]struct {
		a, b []Item
		want float64
	}{
		"both empty": {},
		"one empty":  {a: []Item{{1, 1}}},
		"equal":      {[]Item{{1, 2}, {3, 1}}, []Item{{1, 2}, {3, 1}}, 1},
		"apart":      {[]Item{{1, 2}}, []Item{{2, 2}}, 0},
		"half":       {[]Item{{1, 1}, {2, 1}}, []Item{{2, 1}, {3, 1}}, 1.0 / 3},
		"weights":    {[]Item{{1, 1}, {2, 3}}, []Item{{1, 2}, {2, 1}}, 2.0 / 5},
	} {
		if got := Jaccard(tt.a, tt.b); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func BenchmarkSketch(b *testing.B) {
	s := New(1)
	items, _ := pair(rand.New(rand.NewPCG(1, 1)), 16, 0, 1)
	var sig Signature
	for b.Loop() {
		s.Sketch(items, &sig)
	}
}

func TestQuantiles(t *testing.T) {
	last := 0.0
	quantiles(1<<12, func(i int, x float64) {
		p := (float64(i) + 0.5) / (1 << 12)
		if got := 1 - (1+x)*math.Exp(-x); math.Abs(got-p) > 1e-9 || x <= last {
			t.Fatalf("quantile %d is %v, of %v instead of %v", i, x, got, p)
		}
		last = x
	})
}
