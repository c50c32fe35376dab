package glasso

import "math"

// components returns the connected components of |Sij| > rho, each in rising
// order, in order of their first column. W and Θ are zero between them
// (Witten et al. 2011, theorem 1).
func components(s []float64, d int, rho float64) [][]int {
	of := make([]int, d)
	for i := range of {
		of[i] = -1
	}
	var all [][]int
	var queue []int
	for first := range d {
		if of[first] >= 0 {
			continue
		}
		of[first] = len(all)
		queue = append(queue[:0], first)
		for at := 0; at < len(queue); at++ {
			row := s[queue[at]*d:][:d]
			for j, v := range row {
				if of[j] < 0 && math.Abs(v) > rho {
					of[j] = len(all)
					queue = append(queue, j)
				}
			}
		}
		all = append(all, make([]int, 0, len(queue)))
	}
	for i, c := range of {
		all[c] = append(all[c], i)
	}
	return all
}
