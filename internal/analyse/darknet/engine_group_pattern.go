package darknet

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/opencure/cure/internal/num/nmf"
)

// patterns factorises all hosts and says of which pattern each is: that which
// explains at least half of it, -1 for none.
//
// Identical hosts are one column times their number: the divergence of m·v
// from m·x is m times that of v from x, so nothing changes but the time.
func (t *bySource) patterns() (f nmf.Factors, of []int, notes []string) {
	column, m := t.distinct()
	of = make([]int, len(t.hosts))
	all, err := nmf.Ranks(m, nmfRanks, nmf.Options{Method: nmf.KL, Steps: groupSteps, Tolerance: nmfTolerance})
	if err != nil {
		for h := range of {
			of[h] = -1
		}
		return nmf.Factors{}, of, []string{"patterns: " + err.Error()}
	}
	f = all[len(all)-1]
	if !f.Converged {
		notes = append(notes, fmt.Sprintf("rank %d did not converge in %d steps: change %.2g a cell", f.Rank, f.Steps, f.Change))
	}
	mass := make([]float64, f.Rank)
	for i, v := range f.W {
		mass[i%f.Rank] += v
	}
	pattern := make([]int, m.Columns())
	for j := range pattern {
		total, best, most := 0.0, -1, 0.0
		for k, v := range f.H[j*f.Rank:][:f.Rank] {
			v *= mass[k]
			total += v
			if v > most {
				best, most = k, v
			}
		}
		if most < total/2 {
			best = -1
		}
		pattern[j] = best
	}
	for h := range of {
		of[h] = pattern[column[h]]
	}
	return f, of, notes
}

// distinct puts hosts with the same capped counts together.
func (t *bySource) distinct() (column []int, m *nmf.Matrix) {
	column = make([]int, len(t.hosts))
	seen := map[string]int{}
	var first, weight []int
	var key []byte
	for h := range t.hosts {
		key = key[:0]
		for _, n := range t.row(h) {
			key = binary.LittleEndian.AppendUint16(key, uint16(min(n, groupCap)))
		}
		k, ok := seen[string(key)]
		if !ok {
			k = len(first)
			seen[string(key)] = k
			first, weight = append(first, h), append(weight, 0)
		}
		weight[k]++
		column[h] = k
	}
	m = t.sub(first).matrix(func(n uint32) float64 { return float64(min(n, groupCap)) })
	for k, w := range weight {
		for at := m.Start[k]; at < m.Start[k+1]; at++ {
			m.Value[at] *= float64(w)
		}
	}
	return column, m
}

// busier keeps the hosts that were there in most bins where there are more
// than most, and says so.
func (t *bySource) busier(most int) (*bySource, []string) {
	if len(t.hosts) <= most {
		return t, nil
	}
	bins := make([]int, len(t.hosts))
	order := make([]int, len(t.hosts))
	for h := range t.hosts {
		order[h] = h
		for _, n := range t.row(h) {
			if n > 0 {
				bins[h]++
			}
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(bins[b], bins[a]), cmp.Compare(a, b)) })
	keep := order[:most]
	slices.Sort(keep)
	return t.sub(keep), []string{fmt.Sprintf("%d of %d hosts took part: those of most minutes", most, len(t.hosts))}
}

// flat reports whether a pattern is spread over the window as steady traffic
// is: its busier half of the minutes holds little more than half.
func flat(w []float64, rank, k int) bool {
	var all []float64
	sum := 0.0
	for i := k; i < len(w); i += rank {
		all = append(all, w[i])
		sum += w[i]
	}
	slices.Sort(all)
	half := 0.0
	for _, v := range all[len(all)/2:] {
		half += v
	}
	return half < (0.5+groupFlat/2)*sum
}
