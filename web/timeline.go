package web

import (
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

// strip is the timeline of one source: a line from first to last and a mark
// for each observation, in parts of a thousand of the axis.
type strip struct {
	Source cure.Source
	Layer  string
	X, W   int
	Marks  []mark
}

type mark struct{ X, W int }

// tick is a labelled place of the axis.
type tick struct {
	X     int
	Label string
}

// strips makes one timeline a source on a common axis. Sightings beyond the
// limit are missing as marks; the line still spans first to last.
func strips(a access.Answer, t access.Timeline) ([]strip, []tick) {
	from, to := a.First, a.Last
	if !to.After(from) {
		from, to = from.Add(-time.Hour), to.Add(time.Hour)
	}
	span := to.Sub(from)
	x := func(at time.Time) int {
		return min(max(int(1000*float64(at.Sub(from))/float64(span)), 0), 1000)
	}
	var out []strip
	index := map[cure.Source]int{}
	for _, s := range a.Sights {
		if i, ok := index[s.Source]; ok { // the same source under another marking
			lo, hi := min(out[i].X, x(s.First)), max(out[i].X+out[i].W, x(s.Last))
			out[i].X, out[i].W = lo, hi-lo
			continue
		}
		index[s.Source] = len(out)
		out = append(out, strip{Source: s.Source, Layer: layer(s.Source), X: x(s.First), W: x(s.Last) - x(s.First)})
	}
	for _, s := range t.Sightings {
		i, ok := index[s.Source]
		if !ok {
			continue
		}
		m := mark{X: x(s.First), W: max(x(s.Last)-x(s.First), 4)}
		m.X = min(m.X, 1000-m.W)
		if k := len(out[i].Marks); k == 0 || out[i].Marks[k-1] != m {
			out[i].Marks = append(out[i].Marks, m)
		}
	}
	format := "2006-01-02"
	if span < 72*time.Hour {
		format = "01-02 15:04"
	}
	var axis []tick
	for i := range 5 {
		axis = append(axis, tick{X: 250 * i, Label: from.Add(span * time.Duration(i) / 4).UTC().Format(format)})
	}
	return out, axis
}
