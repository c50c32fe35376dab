package hub

import (
	"fmt"
	"math"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// What a shared value is worth as a link falls with the number of sources that
// hold it and with the number of values it stands with in records: a rare
// sample that two sensors caught says much, an address that every list has or
// the hash of the empty file says little.
const (
	commonSources = 20   // held by more: over-common
	commonStands  = 512  // stands with more values: over-common
	commonRecords = 8192 // its newest records that are looked at for them
	commonWeight  = 0.01 // the most an over-common value weighs
	insideFactor  = 0.25 // both sources are of one publisher
)

// worth is the weight of a value as a link, and what it was computed from.
type worth struct {
	sources int
	stands  int
	common  bool
	weight  float64
}

// worth computes the weight of a value that so many sources hold.
func (l *look) worth(id store.ID, sources int) worth {
	return weigh(sources, l.r.Degree(id, commonStands+1, commonRecords))
}

// weigh is 1/(k-1) for k sources, divided by 1 + log2(1 + n/32) for n values
// in its records.
func weigh(sources, stands int) worth {
	w := worth{sources: sources, stands: stands}
	w.common = sources > commonSources || stands > commonStands
	w.weight = 1 / float64(max(sources-1, 1)) / (1 + math.Log2(1+float64(stands)/32))
	if w.common {
		w.weight = min(w.weight, commonWeight)
	}
	w.weight = math.Round(w.weight*1e4) / 1e4
	return w
}

// inside returns the worth of a link between two sources.
func (w worth) inside(a, b cure.Source) worth {
	if a.Publisher() == b.Publisher() {
		w.weight = math.Round(w.weight*insideFactor*1e4) / 1e4
	}
	return w
}

// why says how the weight came about.
func (w worth) why(inside bool) string {
	s := fmt.Sprintf("held by %d sources, stands with %d values", w.sources, w.stands)
	if w.stands > commonStands {
		s = fmt.Sprintf("held by %d sources, stands with more than %d values", w.sources, commonStands)
	}
	if w.common {
		s += ": over-common, counts next to nothing"
	}
	if inside {
		s += "; sources of one publisher count a quarter"
	}
	return s
}
