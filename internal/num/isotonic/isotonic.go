// Package isotonic fits a rising step function to points: how likely is yes at
// a score, if a higher score never means less?
//
// In go scores with what was true, out comes the monotone function with the
// least squared error, found by pooling adjacent violators (Ayer, Brunk,
// Ewing, Reid, Silverman 1955; as a calibration: Zadrozny, Elkan 2002). Pure;
// cost n log n for sorting.
package isotonic

import (
	"cmp"
	"slices"
)

// Point is a score with its outcome, 0 or 1 or a share of 1.
type Point struct{ Score, Outcome float64 }

// Step says what holds from a score on.
type Step struct {
	From  float64 `json:"from"`  // score at which it begins
	Value float64 `json:"value"` // mean outcome
	N     int     `json:"n"`     // points behind it
}

// Fit fits a rising function to points. Steps with fewer than least points are
// joined with the next lower one, so that no step rests on a handful. Nil for
// no points.
func Fit(points []Point, least int) []Step {
	points = slices.Clone(points)
	slices.SortFunc(points, func(a, b Point) int { return cmp.Compare(a.Score, b.Score) })
	var all []Step
	for i := 0; i < len(points); {
		s := Step{From: points[i].Score}
		sum := 0.0
		for ; i < len(points) && (points[i].Score == s.From || s.N < least); i++ {
			sum += points[i].Outcome
			s.N++
		}
		s.Value = sum / float64(s.N)
		for n := len(all); n > 0 && (all[n-1].Value >= s.Value || s.N < least); n-- {
			s = join(all[n-1], s)
			all = all[:n-1]
		}
		all = append(all, s)
	}
	return all
}

func join(a, b Step) Step {
	n := a.N + b.N
	return Step{From: a.From, Value: (a.Value*float64(a.N) + b.Value*float64(b.N)) / float64(n), N: n}
}

// At returns the value at a score: that of the last step that begins at or
// before it, of the first one below all. 0 without steps.
func At(steps []Step, score float64) float64 {
	if len(steps) == 0 {
		return 0
	}
	i, ok := slices.BinarySearchFunc(steps, score, func(s Step, x float64) int { return cmp.Compare(s.From, x) })
	if !ok {
		i--
	}
	return steps[max(i, 0)].Value
}
