// Package changefinder answers whether a series of numbers has changed its
// ways: ChangeFinder (Takeuchi, Yamanishi, "A unifying framework for detecting
// outliers and change points from time series", IEEE TKDE 18(4), 2006). A
// first model that forgets, [SDAR], scores how surprising each number is; the
// scores are smoothed, and a second model scores how surprising they are. In
// goes one number a step, out comes the score of change; outliers alone are
// smoothed away.
//
// Cost: O(order²) a number and O(order + smoothing) memory. No clock and no
// randomness; a [Detector] is plain data that can be stored and taken up
// again, and is for one goroutine. Numbers that are none (NaN, ±Inf) are
// refused; a series that never changes scores low and divides by nothing.
package changefinder

import (
	"errors"
	"fmt"
	"math"
)

// ErrInput says that settings or a number make no sense.
var ErrInput = errors.New("no input for ChangeFinder")

// Settings of a detector.
type Settings struct {
	Order      int     // of the autoregression, 1 to 16
	Forgetting float64 // r of the paper: weight of the newest number, between 0 and 1
	Smooth     int     // scores of the first stage that are averaged
	Resmooth   int     // scores of the second stage that are averaged
	// Eager counts what was seen: the weight of the n-th number is 1/n while
	// that is more than Forgetting, so that the start does not matter for
	// 1/Forgetting numbers. The published method starts at a guess instead.
	Eager bool
	// After scores a number by the model that has learnt it, as the widespread
	// implementation does; the paper scores before (equation 2).
	After bool
}

func (s Settings) check() error {
	if s.Order < 1 || s.Order > 16 || !(s.Forgetting > 0 && s.Forgetting < 1) || s.Smooth < 1 || s.Resmooth < 1 ||
		s.Smooth > 1<<16 || s.Resmooth > 1<<16 {
		return fmt.Errorf("%w: settings %+v", ErrInput, s)
	}
	return nil
}

// Detector is the state of one series. Its fields are there to be stored; only
// Add changes them.
type Detector struct {
	Settings Settings
	First    SDAR
	Second   SDAR
	Scores   []float64 // newest last, at most Smooth
	Rescores []float64 // newest last, at most Resmooth
}

// New returns a detector. mean and variance are what both models believe
// before they have seen a number; not used where the settings are eager.
func New(s Settings, mean, variance float64) (*Detector, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if s.Eager {
		mean, variance = 0, 0
	}
	if !(variance >= 0) || !finite(mean) || !finite(variance) {
		return nil, fmt.Errorf("%w: start at mean %v, variance %v", ErrInput, mean, variance)
	}
	return &Detector{Settings: s, First: newSDAR(s, mean, variance), Second: newSDAR(s, mean, variance)}, nil
}

// Check says whether a stored detector can be taken up again.
func (d *Detector) Check() error {
	if err := d.Settings.check(); err != nil {
		return err
	}
	for _, m := range []*SDAR{&d.First, &d.Second} {
		if len(m.Past) > d.Settings.Order || len(m.C) != d.Settings.Order+1 || m.N < 0 || !finite(m.Mean) ||
			!(m.Variance >= 0) || !finite(m.C...) || !finite(m.Past...) {
			return fmt.Errorf("%w: stored model", ErrInput)
		}
	}
	if len(d.Scores) > d.Settings.Smooth || len(d.Rescores) > d.Settings.Resmooth ||
		!finite(d.Scores...) || !finite(d.Rescores...) {
		return fmt.Errorf("%w: stored scores", ErrInput)
	}
	return nil
}

// Add takes the next number and returns the score of change in nats. Until
// both stages have filled, ready is false and the score 0.
func (d *Detector) Add(x float64) (score float64, ready bool, err error) {
	if !finite(x) {
		return 0, false, fmt.Errorf("%w: number %v", ErrInput, x)
	}
	s := d.Settings
	loss, ok := d.First.add(x, s)
	if !ok {
		return 0, false, nil
	}
	d.Scores = push(d.Scores, loss, s.Smooth)
	if len(d.Scores) < s.Smooth {
		return 0, false, nil
	}
	loss, ok = d.Second.add(mean(d.Scores), s)
	if !ok {
		return 0, false, nil
	}
	d.Rescores = push(d.Rescores, loss, s.Resmooth)
	return mean(d.Rescores), len(d.Rescores) == s.Resmooth, nil
}

// push appends and keeps the last n.
func push(x []float64, v float64, n int) []float64 {
	if len(x) < n {
		return append(x, v)
	}
	copy(x, x[1:])
	x[len(x)-1] = v
	return x
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func finite(x ...float64) bool {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
