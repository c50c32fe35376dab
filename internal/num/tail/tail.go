// Package tail answers "how unlikely is so much, or more?": upper tails of
// distributions of counts, and which of many such answers to believe.
//
// All functions are pure and safe for concurrent use; each costs some hundred
// floating-point operations. Tails are good to about ten digits down to 1e-300,
// where they become 0. Arguments outside a distribution's range give 1.
package tail

import (
	"math"
	"slices"
)

// Gamma returns P(X > x) of a gamma distribution by its mean and variance: the
// moment-matched tail of a positive quantity.
func Gamma(x, mean, variance float64) float64 {
	if !(x > 0) || !(mean > 0) || !(variance > 0) {
		return 1
	}
	return upperGamma(mean*mean/variance, x*mean/variance)
}

// Poisson returns P(X >= n) of a Poisson distribution.
func Poisson(n int, mean float64) float64 {
	switch {
	case n <= 0:
		return 1
	case !(mean > 0):
		return 0
	}
	return lowerGamma(float64(n), mean)
}

// NegativeBinomial returns P(X >= n) of a negative binomial distribution by
// its mean and variance; of a Poisson distribution where the variance is not
// above the mean.
func NegativeBinomial(n int, mean, variance float64) float64 {
	if n <= 0 {
		return 1
	}
	if !(mean > 0) {
		return 0
	}
	if variance <= mean*(1+1e-9) {
		return Poisson(n, mean)
	}
	r := mean * mean / (variance - mean)
	return incompleteBeta((variance-mean)/variance, float64(n), r)
}

// upperGamma is Q(a, x), the regularised upper incomplete gamma function, by
// series or continued fraction (Press et al., Numerical Recipes, 6.2).
func upperGamma(a, x float64) float64 {
	if x < a+1 {
		return 1 - lowerGamma(a, x)
	}
	const tiny = 1e-300
	b := x + 1 - a
	c, d := 1/tiny, 1/b
	h := d
	for i := 1.0; i < 5000; i++ {
		an := -i * (i - a)
		b += 2
		if d = an*d + b; math.Abs(d) < tiny {
			d = tiny
		}
		if c = b + an/c; math.Abs(c) < tiny {
			c = tiny
		}
		d = 1 / d
		h *= d * c
		if math.Abs(d*c-1) < 1e-14 {
			break
		}
	}
	lg, _ := math.Lgamma(a)
	return math.Min(1, math.Exp(-x+a*math.Log(x)-lg)*h)
}

// lowerGamma is P(a, x) by its series, for x < a + 1 or nearly so.
func lowerGamma(a, x float64) float64 {
	if x <= 0 {
		return 0
	}
	if x >= a+1 {
		return 1 - upperGamma(a, x)
	}
	sum, term := 1/a, 1/a
	for i := 1.0; i < 5000; i++ {
		term *= x / (a + i)
		sum += term
		if term < sum*1e-15 {
			break
		}
	}
	lg, _ := math.Lgamma(a)
	return math.Min(1, sum*math.Exp(-x+a*math.Log(x)-lg))
}

// incompleteBeta is I_x(a, b), the regularised incomplete beta function, by
// continued fraction (Press et al., Numerical Recipes, 6.4).
func incompleteBeta(x, a, b float64) float64 {
	if x <= 0 {
		return 0
	}
	if x >= 1 {
		return 1
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab - la - lb + a*math.Log(x) + b*math.Log1p(-x))
	if x < (a+1)/(a+b+2) {
		return front * betaFraction(x, a, b) / a
	}
	return 1 - front*betaFraction(1-x, b, a)/b
}

func betaFraction(x, a, b float64) float64 {
	const tiny = 1e-300
	lift := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/lift(1-(a+b)*x/(a+1))
	h := d
	for m := 1.0; m < 2000; m++ {
		e := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / lift(1+e*d)
		c = lift(1 + e/c)
		h *= d * c
		e = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / lift(1+e*d)
		c = lift(1 + e/c)
		h *= d * c
		if math.Abs(d*c-1) < 1e-14 {
			break
		}
	}
	return h
}

// Discoveries returns the largest p-value to be believed so that of all that
// are believed the share q is false at most (Benjamini and Hochberg 1995), and
// 0 for none. There are tests of them; those that are not in p had p = 1.
func Discoveries(p []float64, tests int, q float64) float64 {
	sorted := slices.Clone(p)
	slices.Sort(sorted)
	m := float64(max(tests, len(p)))
	for i := len(sorted) - 1; i >= 0; i-- {
		if sorted[i] <= q*float64(i+1)/m {
			return sorted[i]
		}
	}
	return 0
}
