package glasso

import (
	"math"
	"math/rand/v2"
)

// windowCounts makes the packet counts of p hosts in 12 bins: heavy-tailed
// rates, some constant scanners, some single bursts, and, when asked for, a
// fifth that sends in the same on/off pattern. Synthetic and seeded.
func windowCounts(p int, sync bool, seed uint64) [][]int {
	r := rand.New(rand.NewPCG(seed, uint64(p)))
	var on [12]bool
	for b := range on {
		on[b] = r.IntN(2) == 0
	}
	counts := make([][]int, p)
	for i := range counts {
		c := make([]int, 12)
		switch kind := r.Float64(); {
		case sync && i < p/5:
			for b := range c {
				if on[b] {
					c[b] = poisson(r, 2)
				}
			}
		case kind < 0.03:
			rate := 5 + 45*r.Float64()
			for b := range c {
				c[b] = poisson(r, rate)
			}
		case kind < 0.13:
			c[r.IntN(12)] = 1 + poisson(r, 3)
		default:
			rate := min(0.05*math.Pow(1-r.Float64(), -1/0.9), 60)
			for b := range c {
				c[b] = poisson(r, rate)
			}
		}
		if total(c) == 0 {
			c[r.IntN(12)] = 1
		}
		counts[i] = c
	}
	return counts
}

func total(c []int) int {
	n := 0
	for _, v := range c {
		n += v
	}
	return n
}

func poisson(r *rand.Rand, rate float64) int {
	limit, k := math.Exp(-rate), 0
	for p := r.Float64(); p > limit; p *= r.Float64() {
		k++
	}
	return k
}

// logCounts is the input of Dark-GLASSO: ln, with 0.1 for no packet.
func logCounts(counts [][]int) [][]float64 {
	out := make([][]float64, len(counts))
	for i, c := range counts {
		out[i] = make([]float64, len(c))
		for b, v := range c {
			out[i][b] = math.Log(max(float64(v), 0.1))
		}
	}
	return out
}
