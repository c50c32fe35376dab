package darknet

import (
	"math"

	"github.com/opencure/cure/internal/num/tail"
)

// What growth is tested against: the settings of [tracker.growth].
const (
	// spread is the square of the coefficient of variation that is granted
	// to each mean beside what was measured.
	spread = 0.04
	// warmWindows, warmHours and warmDays are how much must have been seen
	// before a test begins.
	warmWindows = 144
	warmHours   = 24
	warmDays    = 2
	// leastSources is with how many networks an activity in step begins.
	leastSources = 8
	// leastGrowth is how many times the expected it must be.
	leastGrowth = 1.5
)

// finding is one test of one subject.
type finding struct {
	subject
	test           string
	n              int
	mean, variance float64
	p              float64
	z, usual       float64 // of synchrony: standardised, and what is above the usual
	heads          *heads
	why            string // it is no alarm; "": it is one
}

// The tests. Growth is looked for over a window, an hour and a day, as fast
// activities drown in a day and slow ones in a window.
const (
	TestSynchrony = "synchrony"
	TestWindow    = "growth"
	TestHour      = "growth in an hour"
	TestDay       = "growth in a day"
)

// caution is what an engine grants to chance beside what was measured.
type caution struct {
	// burst is the variance above the mean, per mean, that a subject has of
	// which nothing is known: hosts come in twos and threes.
	burst float64
	// least is with how many networks growth begins.
	least int
}

// expect completes a mean over some observations by what is not known yet: one
// source more, and the burst and spread that everything has.
func (c caution) expect(mean, variance float64, observations int) (float64, float64) {
	mean += 1 / float64(observations+1)
	return mean, max(variance, mean*(1+c.burst)+spread*mean*mean)
}

// growth tests the count of a subject in the window that has begun, and at the
// end of an hour that of the hour and of the last 24. It must be called before
// the window is counted into the track; full is the count of the hour with the
// window in it.
func (k *tracker) growth(c caution, t *track, h *heads, dst []finding) []finding {
	seen := int(k.Last - k.First)
	if seen >= warmWindows {
		weight := 1 - math.Pow(1-alphaWindow, float64(seen))
		m := t.M1 / weight
		v := max(t.M2/weight-m*m, 0)
		m, v = c.expect(m*t.rhythm(k.First/6), v, min(seen, 3*windowsADay))
		dst = append(dst, c.test(h, TestWindow, len(h.nets), m, v))
	}
	if (k.Last+1)%6 != 0 {
		return dst
	}
	hour := t.Crowds[t.Hour%24]
	hour.Hosts = append([]Host(nil), hour.Hosts...)
	hour.Bits = append([]uint64(nil), hour.Bits...)
	for _, n := range h.nets {
		hour.add(n)
	}
	if first := k.First/6 + 1; t.Hour-first >= warmHours { // the first hour was not whole
		m, v, n := t.hourly(first)
		m, v = c.expect(m, v, n)
		dst = append(dst, c.test(h, TestHour, hour.count(), m, v))
	}
	if days := t.Hour/24 - (k.First+windowsADay-1)/windowsADay; days >= warmDays {
		m, v, n := t.daily(int(min(days, daysKept-1)))
		m, v = c.expect(m, v, n)
		all := t.Crowds
		all[t.Hour%24] = hour
		dst = append(dst, c.test(h, TestDay, union(all[:]), m, v))
	}
	return dst
}

func (c caution) test(h *heads, name string, n int, mean, variance float64) finding {
	f := finding{subject: h.subject, test: name, n: n, mean: mean, variance: variance, p: 1, heads: h}
	if n >= c.least && float64(n) >= leastGrowth*mean {
		f.p = tail.NegativeBinomial(n, mean, variance)
	}
	return f
}

// rhythm is how much of its mean a subject has at this hour of the day, by the
// hours of the week before, drawn towards 1 where there were few.
func (t *track) rhythm(first int64) float64 {
	const doubt = 20.0
	sum, n, same, ns := 0.0, 0.0, 0.0, 0.0
	for lag := int64(1); lag < hoursAWeek && t.Hour-lag > first; lag++ {
		x := float64(t.Hours[(t.Hour-lag)%hoursAWeek])
		sum, n = sum+x, n+1
		if lag%24 == 0 {
			same, ns = same+x, ns+1
		}
	}
	if ns == 0 || sum == 0 {
		return 1
	}
	return (same + doubt) / (sum/n*ns + doubt)
}

// hourly is the mean of the same hour of the days before, drawn towards that
// of all hours of a week, and the variance of all hours.
func (t *track) hourly(first int64) (mean, variance float64, n int) {
	sum, squares, same, ns := 0.0, 0.0, 0.0, 0.0
	for lag := int64(1); lag < hoursAWeek && t.Hour-lag >= first; lag++ {
		x := float64(t.Hours[(t.Hour-lag)%hoursAWeek])
		sum, squares, n = sum+x, squares+x*x, n+1
		if lag%24 == 0 {
			same, ns = same+x, ns+1
		}
	}
	if n == 0 {
		return 0, 0, 0
	}
	all := sum / float64(n)
	return (same + 2*all) / (ns + 2), max(squares/float64(n)-all*all, 0), n
}

// daily is mean and variance of the days before.
func (t *track) daily(days int) (mean, variance float64, n int) {
	sum, squares := 0.0, 0.0
	for lag := int64(1); lag <= int64(days); lag++ {
		x := float64(t.Days[(t.Hour/24-lag)%daysKept])
		sum, squares, n = sum+x, squares+x*x, n+1
	}
	mean = sum / float64(n)
	return mean, max(squares/float64(n)-mean*mean, 0), n
}

// line is the smallest count that would have been below a p-value.
func (c caution) line(mean, variance, p float64) float64 {
	lo, hi := 0, 8
	for tail.NegativeBinomial(hi, mean, variance) > p && hi < 1<<24 {
		lo, hi = hi, 2*hi
	}
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; tail.NegativeBinomial(mid, mean, variance) > p {
			lo = mid
		} else {
			hi = mid
		}
	}
	return max(float64(hi), float64(c.least), math.Ceil(leastGrowth*mean))
}
