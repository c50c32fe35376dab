package darknet

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Bounds and pace of habits.
const (
	// BaselineWindows is how many windows the engines compare with, as the
	// published ones do: three days of ten minutes.
	BaselineWindows = 432
	maxHabits       = 16384
	habitLine       = 4   // standard deviations above the mean
	habitLeast      = 144 // windows before anything alarms
)

// habit is what a port usually scores: mean and variance that forget at the
// pace of BaselineWindows and count what they have seen until then. Windows in
// which a port was not seen score zero.
type habit struct {
	Port     Port
	Mean     float64
	Variance float64
	Last     int64 // window it was last brought up to
}

// habits are those of all ports that ever scored. Those not seen for longest
// go first where the table is full.
type habits struct {
	Windows int64 // seen so far
	All     []habit
	index   map[Port]int
	scores  map[int]float64 // of this window, to be learnt at its end
}

// begin takes the next window up.
func (k *habits) begin() {
	if k.index == nil {
		k.build()
	}
	k.Windows++
	k.scores = map[int]float64{}
}

// rate is the weight of a window.
func (k *habits) rate() float64 { return max(1.0/BaselineWindows, 1/float64(k.Windows)) }

// judge returns what a port usually scores and the line above which its score
// is unusual, and remembers the score for the end of the window. least is the
// smallest deviation that is believed. Nothing is unusual before a day.
func (k *habits) judge(p Port, score, least float64) (usual, line float64) {
	i, ok := k.index[p]
	if !ok {
		i = len(k.All)
		k.All = append(k.All, habit{Port: p, Last: k.Windows - 1})
		k.index[p] = i
	}
	h := &k.All[i]
	// The windows that it was not in, at the weight of today.
	fade := math.Pow(1-k.rate(), float64(k.Windows-1-h.Last))
	h.Variance = fade * (h.Variance + (1-fade)*h.Mean*h.Mean)
	h.Mean *= fade
	h.Last = k.Windows - 1
	line = h.Mean + habitLine*max(math.Sqrt(h.Variance), least)
	k.scores[i] = max(k.scores[i], score)
	if k.Windows <= habitLeast {
		return h.Mean, math.Inf(1)
	}
	return h.Mean, line
}

// end learns the scores of the window, so that the order of judgements does
// not matter. What is far above the line counts as little above it: an
// activity does not become a habit in an hour.
func (k *habits) end(least float64) {
	r := k.rate()
	for i, score := range k.scores {
		h := &k.All[i]
		if k.Windows > habitLeast {
			score = min(score, h.Mean+(habitLine+1)*max(math.Sqrt(h.Variance), least))
		}
		d := score - h.Mean
		h.Mean += r * d
		h.Variance = (1 - r) * (h.Variance + r*d*d)
		h.Last = k.Windows
	}
	k.trim()
}

// trim keeps the table in its bound.
func (k *habits) trim() {
	if len(k.All) <= maxHabits {
		return
	}
	slices.SortFunc(k.All, func(a, b habit) int {
		return cmp.Or(cmp.Compare(b.Last, a.Last), a.Port.Compare(b.Port))
	})
	k.All = slices.Clone(k.All[:maxHabits*3/4])
	k.build()
}

// build makes the index anew.
func (k *habits) build() {
	k.index = make(map[Port]int, len(k.All))
	for i := range k.All {
		k.index[k.All[i].Port] = i
	}
}

// check says whether stored habits can be taken up.
func (k *habits) check() error {
	seen := map[Port]bool{}
	for _, h := range k.All {
		if seen[h.Port] || h.Last > k.Windows || h.Last < 0 || !(h.Variance >= 0) || math.IsNaN(h.Mean) || math.IsInf(h.Mean+h.Variance, 0) {
			return fmt.Errorf("habit of %s is damaged", h.Port)
		}
		seen[h.Port] = true
	}
	if k.Windows < 0 || len(k.All) > maxHabits {
		return fmt.Errorf("%d habits of %d windows", len(k.All), k.Windows)
	}
	return nil
}
