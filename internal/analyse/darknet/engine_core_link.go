package darknet

import (
	"slices"

	"github.com/opencure/cure/internal/num/tucker"
)

// linked returns, for each port of a model, the hosts at it that the largest
// of its links claims. A packet count is claimed by the link that explains
// most of it, so a host is of a group there where it acts as the group does:
// at that port, in those minutes.
func (t *bySource) linked(m *tucker.Model, x *tucker.Tensor, hosts, ports []int) map[int][]int {
	links := m.Links()
	links = slices.DeleteFunc(links, func(l tucker.Link) bool { return l.Share < coreShare })
	out := map[int][]int{}
	for from := 0; from < len(x.Cells); {
		to := from + 1
		for to < len(x.Cells) && x.Cells[to].K == x.Cells[from].K {
			to++
		}
		claimed := make([][]int, len(links))
		for _, c := range x.Cells[from:to] {
			best, most := -1, 0.0
			for i, l := range links {
				v := l.Share * m.Factor[0][int(c.I)*m.Rank[0]+l.At[0]] * m.Factor[1][int(c.J)*m.Rank[1]+l.At[1]] *
					m.Factor[2][int(c.K)*m.Rank[2]+l.At[2]]
				if v > most {
					best, most = i, v
				}
			}
			if best < 0 {
				continue
			}
			// Cells of a port are ordered by host.
			if h, n := hosts[c.J], len(claimed[best]); n == 0 || claimed[best][n-1] != h {
				claimed[best] = append(claimed[best], h)
			}
		}
		var largest []int
		for _, h := range claimed {
			if len(h) > len(largest) {
				largest = h
			}
		}
		if largest = slices.Compact(slices.Sorted(slices.Values(largest))); len(largest) > 0 {
			out[ports[x.Cells[from].K]] = largest
		}
		from = to
	}
	return out
}

// above returns the rows of a column of a factor that are above Otsu's
// threshold ("A threshold selection method from gray-level histograms", IEEE
// Trans. SMC 9, 1979) of its values that are more than nothing.
func above(f []float64, rank, k int) (rows []int) {
	most := 0.0
	for i := k; i < len(f); i += rank {
		most = max(most, f[i])
	}
	if most <= ntdZero {
		return nil
	}
	var count [ntdBins]float64
	n, sum := 0.0, 0.0
	bin := func(v float64) int { return min(int(v/most*ntdBins), ntdBins-1) }
	for i := k; i < len(f); i += rank {
		if f[i] > ntdZero {
			count[bin(f[i])]++
			n++
			sum += float64(bin(f[i]))
		}
	}
	best, line := -1.0, -1 // nothing to part: all are above
	low, lowSum := 0.0, 0.0
	for b := range ntdBins - 1 {
		low += count[b]
		lowSum += float64(b) * count[b]
		if low == 0 || low == n {
			continue
		}
		d := lowSum/low - (sum-lowSum)/(n-low)
		if v := low * (n - low) * d * d; v > best {
			best, line = v, b
		}
	}
	for i := 0; i*rank+k < len(f); i++ {
		if v := f[i*rank+k]; v > ntdZero && bin(v) > line {
			rows = append(rows, i)
		}
	}
	return rows
}
