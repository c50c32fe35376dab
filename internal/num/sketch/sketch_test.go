package sketch

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// sequences returns a sequence and one of which about a share is the same.
func sequences(r *rand.Rand, n int, share float64) (a, b []uint32) {
	for i := range n {
		a = append(a, r.Uint32())
		if float64(i) < share*float64(n) {
			b = append(b, a[i])
		} else {
			b = append(b, r.Uint32())
		}
	}
	return a, b
}

// TestAlike holds the estimate of a signature near the truth.
func TestAlike(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, share := range []float64{0, 0.3, 0.6, 0.9, 1} {
		sum := 0.0
		for range 40 {
			a, b := sequences(r, 400, share)
			x, y := Of(a, 7), Of(b, 7)
			sum += x.Alike(&y)
		}
		truth := share / (2 - share)
		if got := sum / 40; math.Abs(got-truth) > 0.04 {
			t.Errorf("share %.1f: alike %.3f, want %.3f", share, got, truth)
		}
	}
}

func TestShortSequences(t *testing.T) {
	var nothing Signature
	if s := Of(nil, 0); s != nothing || !s.IsZero() || s.Alike(&s) != 0 {
		t.Errorf("the signature of nothing is %v", s)
	}
	for n := 1; n < 12; n++ {
		a := make([]uint32, n)
		for i := range a {
			a[i] = uint32(i)
		}
		x, y := Of(a, 0), Of(a, 0)
		if x.IsZero() || x.Alike(&y) != 1 || slices.Contains(x[:], 0) {
			t.Errorf("%d instructions: %v", n, x)
		}
		a[n-1]++
		if y = Of(a, 0); x.Alike(&y) == 1 {
			t.Errorf("%d instructions: a changed one is not seen", n)
		}
	}
}

// TestBands: like sets share a key, unlike ones do not.
func TestBands(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	met := func(share float64) (n int) {
		for range 100 {
			a, b := sequences(r, 300, share)
			x, y := Of(a, 0), Of(b, 0)
			p, q := x.Bands(), y.Bands()
			for i := range p {
				if p[i] == q[i] {
					n++
					break
				}
			}
		}
		return n
	}
	if near, far := met(0.95), met(0.2); near < 99 || far > 5 {
		t.Errorf("%d of 100 like pairs met and %d of unlike ones", near, far)
	}
}

func TestSample(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	a, b := sequences(r, 20000, 0.5)
	seq := func(s ...[]uint32) func(func([]uint32) bool) { return slices.Values(s) }
	x, y := Sample(0, seq(a)), Sample(0, seq(b))
	if n := len(x) * Rate; n < 19000 || n > 21000 {
		t.Errorf("%d hashes kept of 20000", len(x))
	}
	both := 0
	for _, h := range x {
		if _, ok := slices.BinarySearch(y, h); ok {
			both++
		}
	}
	if share := float64(both) / float64(len(x)); math.Abs(share-0.5) > 0.03 {
		t.Errorf("share %.3f of the samples is the same, want 0.5", share)
	}
	if two := Sample(0, seq(a, a)); !slices.Equal(two, x) {
		t.Error("a sequence twice is another set")
	}
	if other := Sample(1, seq(a)); slices.Equal(other, x) {
		t.Error("the salt changes nothing")
	}
}

func BenchmarkSignature(b *testing.B) {
	s, _ := sequences(rand.New(rand.NewPCG(4, 4)), 100, 1)
	for b.Loop() {
		Of(s, 0)
	}
}

func BenchmarkAlike(b *testing.B) {
	p, q := sequences(rand.New(rand.NewPCG(4, 4)), 100, 0.5)
	x, y := Of(p, 0), Of(q, 0)
	for b.Loop() {
		x.Alike(&y)
	}
}
