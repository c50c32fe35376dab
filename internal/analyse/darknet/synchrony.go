package darknet

import (
	"cmp"
	"math"
	"slices"

	"github.com/opencure/cure/internal/num/tail"
)

// Synchrony: do the networks at a port send in the same bins more often than
// chance would have it?
//
// Each network has a pattern: the bins in which it was seen. Under the null
// hypothesis one that was seen in k bins drew them by the weight that each bin
// has in all other traffic (half drawn towards uniform). Then two networks of
// the same k have the same pattern with probability
//
//	P2 = e_k(q²) / e_k(q)²
//
// where e_k is the elementary symmetric polynomial over the bins' weights q,
// and pairs with the same pattern have mean C(n,2) P2 and variance
// C(n,2) (P2 - P2²) + 6 C(n,3) (P3 - P2²) (multinomial collisions). Their sum
// over k is compared with a gamma distribution of the same moments: its tail
// is heavier than the true one where few pairs are expected. Cost: O(networks)
// a port.

// sync is what a port's networks do together.
type synchrony struct {
	pairs, mean, variance float64
	n                     int // networks that could show it: not seen in all bins
	p                     float64
}

// z is the standardised number of pairs.
func (s *synchrony) z() float64 {
	return (s.pairs - s.mean) / math.Sqrt(s.variance+1)
}

// synchronyOf tests the patterns of a port; total is the presence of all ports.
func synchronyOf(h *heads, total []uint32, bins int, burst float64) synchrony {
	q := weights(h, total, bins)
	byPattern := map[uint32]int{}
	var byCount [33]int
	for _, p := range h.pattern {
		byPattern[p]++
		byCount[ones(p)]++
	}
	var s synchrony
	for k := 1; k < bins; k++ {
		n := float64(byCount[k])
		s.n += byCount[k]
		if n < 2 {
			continue
		}
		e1, e2, e3 := symmetric(q, 1, k), symmetric(q, 2, k), symmetric(q, 3, k)
		p2, p3 := e2/(e1*e1), e3/(e1*e1*e1)
		pairs := n * (n - 1) / 2
		s.mean += pairs * p2
		s.variance += pairs*(p2-p2*p2) + n*(n-1)*(n-2)*max(p3-p2*p2, 0)
	}
	for p, n := range byPattern {
		if ones(p) < bins {
			s.pairs += float64(n*(n-1)) / 2
		}
	}
	s.p = 1
	if s.n >= leastSources && s.pairs > s.mean {
		extra := 0.15 * s.mean // the weights are estimates
		s.p = tail.Gamma(s.pairs, s.mean, s.variance+extra*extra+s.mean*burst)
	}
	return s
}

func ones(p uint32) int {
	n := 0
	for ; p != 0; p &= p - 1 {
		n++
	}
	return n
}

// weights of the bins in all traffic but that of the port.
func weights(h *heads, total []uint32, bins int) []float64 {
	own := h.presence(bins)
	q, sum := make([]float64, bins), 0.0
	for b := range q {
		q[b] = float64(total[b] - own[b])
		sum += q[b]
	}
	for b := range q {
		q[b] = (q[b] + sum/float64(bins) + 1) / (2*sum + float64(bins))
	}
	return q
}

// symmetric is the k-th elementary symmetric polynomial of the powers of q.
func symmetric(q []float64, power, k int) float64 {
	e := make([]float64, k+1)
	e[0] = 1
	for _, x := range q {
		v := x
		for range power - 1 {
			v *= x
		}
		for j := k; j > 0; j-- {
			e[j] += v * e[j-1]
		}
	}
	return e[k]
}

// inStep returns the networks whose patterns more share than chance gives: the
// members of what acts together, ordered.
func (h *heads) inStep(bins int) []Host {
	byPattern, byCount := map[uint32]int{}, map[int]int{}
	for _, p := range h.pattern {
		byPattern[p]++
		byCount[ones(p)]++
	}
	var patterns []uint32
	for p, n := range byPattern {
		k := ones(p)
		if k == bins || n < 3 {
			continue
		}
		expected := float64(byCount[k]) / choose(bins, k)
		if float64(n) > expected+3*math.Sqrt(expected+1) {
			patterns = append(patterns, p)
		}
	}
	slices.SortFunc(patterns, func(a, b uint32) int { return cmp.Or(byPattern[b]-byPattern[a], cmp.Compare(a, b)) })
	var in []Host
	for i, net := range h.nets {
		if slices.Contains(patterns, h.pattern[i]) {
			in = append(in, net)
		}
	}
	return in
}

func choose(n, k int) float64 {
	c := 1.0
	for i := range k {
		c *= float64(n-i) / float64(i+1)
	}
	return c
}
