package vec_test

import (
	"testing"

	"github.com/opencure/cure/internal/num/vec"
)

// TestLengths holds both against the plain loop, with whole numbers so that the
// order of additions makes no difference, at every length around the unrolled
// part.
func TestLengths(t *testing.T) {
	for n := range 20 {
		x, y, want := make([]float32, n), make([]float32, n+3), make([]float32, n)
		dot := float32(0)
		for i := range n {
			x[i], y[i] = float32(i+1), float32(7*i%5)
			dot += x[i] * y[i]
			want[i] = x[i] + 3*y[i]
		}
		if got := vec.Dot(x, y); got != dot {
			t.Errorf("%d long: dot %v, want %v", n, got, dot)
		}
		vec.AddScaled(x, y, 3)
		for i := range want {
			if x[i] != want[i] {
				t.Errorf("%d long: at %d %v, want %v", n, i, x[i], want[i])
			}
		}
	}
}
