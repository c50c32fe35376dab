package changefinder

import "math"

// SDAR is a sequentially discounting autoregression (Takeuchi and Yamanishi
// 2006, section 3.1): mean, autocovariances and variance of the error, each
// forgetting at the same rate.
type SDAR struct {
	N        int       // numbers that were learnt
	Mean     float64   // μ
	Variance float64   // σ² of the error of prediction
	C        []float64 // autocovariance at lag 0, 1 … order
	Past     []float64 // newest last, at most order
}

// floor keeps a series that repeats itself from dividing by nothing; about the
// square of what a float64 near one can tell apart.
const floor = 1e-12

// warm is how many numbers an eager model learns before it scores.
const warm = 30

func newSDAR(s Settings, mean, variance float64) SDAR {
	return SDAR{Mean: mean, Variance: variance, C: make([]float64, s.Order+1)}
}

// add learns a number and returns its loss −log p(x | past); nothing while
// there is no past to predict from.
func (m *SDAR) add(x float64, s Settings) (loss float64, ok bool) {
	if len(m.Past) < s.Order {
		m.Past = append(m.Past, x)
		if s.Eager {
			m.N++
			m.Mean += (x - m.Mean) / float64(m.N)
		}
		return 0, false
	}
	before, known := m.loss(x, m.predict()), m.Variance > 0
	m.N++
	r := s.Forgetting
	if s.Eager {
		r = max(r, 1/float64(m.N))
	}
	m.Mean += r * (x - m.Mean)
	m.C[0] += r * ((x-m.Mean)*(x-m.Mean) - m.C[0])
	for lag := 1; lag <= s.Order; lag++ {
		m.C[lag] += r * ((x-m.Mean)*(m.Past[s.Order-lag]-m.Mean) - m.C[lag])
	}
	guess := m.predict()
	m.Variance += r * ((x-guess)*(x-guess) - m.Variance)
	after := m.loss(x, guess)
	m.Past = push(m.Past, x, s.Order)
	if s.After || !known {
		before = after
	}
	// What has seen little is surprised by everything; the second stage would
	// not forget that for 1/Forgetting numbers.
	return before, !s.Eager || m.N > warm
}

// loss is −log of the normal density.
func (m *SDAR) loss(x, guess float64) float64 {
	v := m.Variance + floor
	return 0.5 * (math.Log(2*math.Pi*v) + (x-guess)*(x-guess)/v)
}

// predict solves the Yule-Walker equations for the coefficients and applies
// them to the past.
func (m *SDAR) predict() float64 {
	a := levinson(m.C)
	guess := m.Mean
	n := len(m.Past)
	for lag, c := range a {
		guess += c * (m.Past[n-1-lag] - m.Mean)
	}
	return guess
}

// levinson solves Σ a_j C|i−j| = C_i, i = 1 … order, by Levinson's and
// Durbin's recursion. What has become unpredictable or degenerate (an error
// that is not positive) ends it with the coefficients so far.
func levinson(c []float64) []float64 {
	order := len(c) - 1
	a := make([]float64, order)
	old := make([]float64, order)
	err := c[0]
	for k := range order {
		if !(err > floor) {
			break
		}
		reflection := c[k+1]
		for j := range k {
			reflection -= a[j] * c[k-j]
		}
		reflection /= err
		if !(math.Abs(reflection) <= 1) {
			break // discounted covariances need not be those of a series
		}
		copy(old, a[:k])
		for j := range k {
			a[j] = old[j] - reflection*old[k-1-j]
		}
		a[k] = reflection
		err *= 1 - reflection*reflection
	}
	return a
}
