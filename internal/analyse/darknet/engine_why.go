package darknet

import (
	"slices"
	"time"
)

// rulings remember how an engine judged ports, for who asks why. They are not
// part of a state: after a restart they fill anew.
type rulings struct {
	windows []ruled // oldest first
	n       int
}

// ruled is one window's.
type ruled struct {
	start, end time.Time
	all        []ruling // by port
}

// ruling is how a port came out.
type ruling struct {
	port                       Port
	value, baseline, threshold float64
	why                        string // why it is no alarm; "" where it is one
}

// maxRulings bounds what is remembered, about 100 bytes each.
const maxRulings = 200_000

// note keeps the rulings of a window for a day and at most maxRulings.
func (r *rulings) note(w *Window, all []ruling) {
	slices.SortStableFunc(all, func(a, b ruling) int { return a.port.Compare(b.port) })
	r.windows = append(r.windows, ruled{w.Start, w.End(), all})
	r.n += len(all)
	for len(r.windows) > windowsADay || r.n > maxRulings && len(r.windows) > 1 {
		r.n -= len(r.windows[0].all)
		r.windows[0].all = nil
		r.windows = r.windows[1:]
	}
}

// of returns the judgements about a port in the window that holds a time.
func (r *rulings) of(engine, test string, p Port, at time.Time) (out []Judgement) {
	for i := range r.windows {
		w := &r.windows[i]
		if at.Before(w.start) || !at.Before(w.end) {
			continue
		}
		k, _ := slices.BinarySearchFunc(w.all, p, func(x ruling, p Port) int { return x.port.Compare(p) })
		for ; k < len(w.all) && w.all[k].port == p; k++ {
			x := &w.all[k]
			j := Judgement{
				Engine: engine, Window: w.start, Test: test, Value: x.value, Baseline: x.baseline, Threshold: x.threshold,
				Alarmed: x.why == "", Why: x.why,
			}
			if j.Alarmed {
				j.Why = "more than chance gives among all ports, and more than the port is used to"
			}
			out = append(out, j)
		}
	}
	return out
}

// Reasons for not alarming that several engines have.
const (
	whyChance  = "chance gives as much somewhere among all ports"
	whyHabit   = "no more than this port is used to"
	whyEarly   = "less than a day of windows has been seen"
	whyFew     = "too few hosts"
	whyCrowded = "four of five sources are in one network: one operator, not many hosts"
)

// whyBelow is why a score is not above the line of a port's habit.
func (k *habits) whyBelow() string {
	if k.Windows <= habitLeast {
		return whyEarly
	}
	return whyHabit
}
