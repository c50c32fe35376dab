package hclust

import "slices"

// Silhouette returns the mean over all items of how much nearer each is to its
// own group than to the next one, from -1 to 1; an item alone counts 0.
// (Rousseeuw, Silhouettes, 1987; distance is 1 - similarity, and a pair without
// an edge is 1 apart.) Cost: linear in the edges.
func Silhouette(n int, edges []Edge, group []int) float64 {
	size := map[int]int{}
	for _, g := range group {
		size[g]++
	}
	sums := make([]map[int]float64, n)
	add := func(i, g int, s float64) {
		if sums[i] == nil {
			sums[i] = map[int]float64{}
		}
		sums[i][g] += s
	}
	for _, e := range edges {
		add(e.A, group[e.B], e.S)
		add(e.B, group[e.A], e.S)
	}
	total := 0.0
	for i := range n {
		own := group[i]
		if size[own] == 1 {
			continue
		}
		a, b := 1.0, 1.0
		for g, sum := range sums[i] {
			if g == own {
				a = 1 - sum/float64(size[own]-1)
			} else {
				b = min(b, 1-sum/float64(size[g]))
			}
		}
		if m := max(a, b); m > 0 {
			total += (b - a) / m
		}
	}
	return total / float64(max(n, 1))
}

// Choice is a cut and how good it is.
type Choice struct {
	S     float64 // merges at or above it are made
	Score float64 // mean silhouette
}

// Best returns the cut between two similarities that has the best mean
// silhouette, of equal ones the loosest. It looks at no label. At most tries
// cuts are looked at, spread over the merges in between.
func Best(n int, edges []Edge, merges []Merge, low, high float64, tries int) Choice {
	var at []float64
	for _, m := range merges {
		if m.S >= low && m.S <= high {
			at = append(at, m.S)
		}
	}
	slices.Sort(at)
	at = slices.Compact(at)
	if len(at) > tries {
		kept := make([]float64, tries)
		for i := range kept {
			kept[i] = at[i*len(at)/tries]
		}
		at = kept
	}
	best := Choice{S: high}
	for i, s := range at {
		score := Silhouette(n, edges, Cut(n, merges, s))
		if i == 0 || score > best.Score {
			best = Choice{s, score}
		}
	}
	return best
}
