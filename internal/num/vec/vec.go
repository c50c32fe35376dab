// Package vec has the two inner loops that the numerical kernels share: a dot
// product, and adding a multiple of one vector to another.
//
// Both take time in the length of the vectors, hold nothing, and give the same
// result for the same input on one architecture: the order of the additions is
// fixed. They may be called from any number of goroutines, as long as nobody
// writes what another one uses.
package vec

// Float is what the kernels calculate with.
type Float interface{ float32 | float64 }

// Dot returns the sum of the products of x and y, as long as x; y may be
// longer. It sums every fourth product apart, so that an addition need not wait
// for the one before.
func Dot[T Float](x, y []T) T {
	y = y[:len(x)]
	var a, b, c, d T
	for len(x) >= 4 && len(y) >= 4 {
		a += x[0] * y[0]
		b += x[1] * y[1]
		c += x[2] * y[2]
		d += x[3] * y[3]
		x, y = x[4:], y[4:]
	}
	for i := range x {
		a += x[i] * y[i]
	}
	return a + b + c + d
}

// AddScaled adds a times x to y, as long as y; x may be longer.
func AddScaled[T Float](y, x []T, a T) {
	x = x[:len(y)]
	for len(y) >= 8 && len(x) >= 8 {
		y[0] += a * x[0]
		y[1] += a * x[1]
		y[2] += a * x[2]
		y[3] += a * x[3]
		y[4] += a * x[4]
		y[5] += a * x[5]
		y[6] += a * x[6]
		y[7] += a * x[7]
		y, x = y[8:], x[8:]
	}
	for i := range y {
		y[i] += a * x[i]
	}
}
