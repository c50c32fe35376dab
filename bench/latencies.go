package bench

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Latencies collects durations. The zero Latencies is empty; not safe for
// concurrent use. Cost: 8 bytes each, sorted when first asked.
type Latencies struct {
	d      []time.Duration
	sorted bool
}

// Add keeps one duration.
func (l *Latencies) Add(d time.Duration) { l.d, l.sorted = append(l.d, d), false }

// Len returns how many durations were added.
func (l *Latencies) Len() int { return len(l.d) }

// At returns the p-th quantile (0.5, 0.99 …) by the nearest rank: the smallest
// duration that at least that part of all does not exceed; 0 without any.
func (l *Latencies) At(p float64) time.Duration {
	if len(l.d) == 0 {
		return 0
	}
	if !l.sorted {
		slices.Sort(l.d)
		l.sorted = true
	}
	// A tenth of a part in a million keeps 0.999*1000 at rank 999.
	rank := int(math.Ceil(p*float64(len(l.d)) - 1e-7))
	return l.d[min(max(rank, 1), len(l.d))-1]
}

// Sum returns all durations together.
func (l *Latencies) Sum() time.Duration {
	var sum time.Duration
	for _, d := range l.d {
		sum += d
	}
	return sum
}

// Mean returns the mean, 0 without any.
func (l *Latencies) Mean() time.Duration {
	return l.Sum() / time.Duration(max(len(l.d), 1))
}

// String gives the usual quantiles, the maximum and the sample size.
func (l *Latencies) String() string {
	return fmt.Sprintf("p50 %s  p99 %s  p99.9 %s  max %s  (n=%d)",
		short(l.At(.5)), short(l.At(.99)), short(l.At(.999)), short(l.At(1)), len(l.d))
}

// short writes a duration in the unit that reads best, with three digits.
func short(d time.Duration) string {
	switch {
	case d < 10*time.Microsecond:
		return fmt.Sprintf("%.2fus", float64(d)/1e3)
	case d < time.Millisecond:
		return fmt.Sprintf("%.0fus", float64(d)/1e3)
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.2fms", float64(d)/1e6)
	case d < time.Second:
		return fmt.Sprintf("%.0fms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.2fs", d.Seconds())
}

// micros is a duration in microseconds, divided by n.
func micros(d time.Duration, n int) float64 {
	return float64(d) / 1e3 / float64(max(n, 1))
}

// clockCost is what two readings of the clock add to a measured duration.
func clockCost() time.Duration {
	var l Latencies
	for range 10_000 {
		start := time.Now()
		l.Add(time.Since(start))
	}
	return l.At(.5)
}
