package darknet

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Truth is one thing that is known to be in traffic.
type Truth struct {
	ID         string
	Class      string
	Malicious  bool
	Start, End time.Time
	Ports      []string
	Seen       map[Host]time.Time // first packet of each source
	Prefixes   int                // distinct /24 of them
	levels     [3]map[Host]bool   // sources at each level
}

func (t *Truth) at(l Level) map[Host]bool {
	if t.levels[l] == nil {
		t.levels[l] = map[Host]bool{}
		for h := range t.Seen {
			t.levels[l][h.At(l)] = true
		}
	}
	return t.levels[l]
}

// Result is a line of the table.
type Result struct {
	Name              string
	Large, Middle     Share // campaigns of >= 100 and 30–99 prefixes that were found
	Small             Share // of fewer
	ByClass           map[string]Share
	Precision         Share // groups that are malicious, outside of benign ones
	Groups, Benign    int
	Nuisance, False   int
	PerDay            float64
	SyncDelay, Growth float64 // medians: windows, hours
	Infected          int     // median prefixes at the first right alert of growth
	HostF1            float64 // median of the first right alert's group
	Cost, Slowest     time.Duration
	Missed            []string
	FalseNames        []string
}

// Share is k of n.
type Share struct{ K, N int }

// String writes share and interval (Wilson 1927, 95 %).
func (s Share) String() string {
	if s.N == 0 {
		return "–"
	}
	lo, hi := s.Wilson()
	return fmt.Sprintf("%d/%d = %.0f %% (%.0f–%.0f)", s.K, s.N, 100*float64(s.K)/float64(s.N), 100*lo, 100*hi)
}

// Wilson returns the 95 % interval.
func (s Share) Wilson() (lo, hi float64) {
	const z = 1.96
	n, p := float64(s.N), float64(s.K)/float64(s.N)
	mid := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(mid-half, 0), min(mid+half, 1)
}

func (s *Share) count(hit bool) {
	s.N++
	if hit {
		s.K++
	}
}

// rightHosts is the share of listed sources that must belong to a campaign for
// an alert to be right.
const rightHosts = 0.3

// right reports whether an alert names a port of the truth, in its time, and
// mostly its hosts.
func right(a *Alert, t *Truth) bool {
	if !a.End.After(t.Start) || a.Start.After(t.End) {
		return false
	}
	if !slices.ContainsFunc(a.Ports, func(p Port) bool { return slices.Contains(t.Ports, p.String()) }) {
		return false
	}
	return len(a.Sources) > 0 && shareIn(a, t) >= rightHosts
}

func shareIn(a *Alert, t *Truth) float64 {
	if len(a.Sources) == 0 {
		return 0
	}
	in, hosts := 0, t.at(a.Level)
	for _, h := range a.Sources {
		if hosts[h] {
			in++
		}
	}
	return float64(in) / float64(len(a.Sources))
}

// Judge compares alerts with the truth. groups are those that count as one:
// ports and 24 hours, as the merger makes them.
func Judge(name string, alerts []Alert, groups [][]Alert, truths []*Truth, days float64) Result {
	r := Result{Name: name, ByClass: map[string]Share{}, Groups: len(groups), PerDay: float64(len(groups)) / days}
	var syncs, grows, f1 []float64
	var infected []int
	for _, t := range truths {
		if !t.Malicious || len(t.Seen) == 0 {
			continue
		}
		var first *Alert
		for i := range alerts {
			if right(&alerts[i], t) && (first == nil || alerts[i].End.Before(first.End)) {
				first = &alerts[i]
			}
		}
		c := r.ByClass[t.Class]
		c.count(first != nil)
		r.ByClass[t.Class] = c
		switch {
		case t.Prefixes >= 100:
			r.Large.count(first != nil)
		case t.Prefixes >= 30:
			r.Middle.count(first != nil)
		default:
			r.Small.count(first != nil)
		}
		if first == nil {
			r.Missed = append(r.Missed, fmt.Sprintf("%s %s, %d prefixes, %s", t.ID, t.Class, t.Prefixes, strings.Join(t.Ports, " ")))
			continue
		}
		f1 = append(f1, hostF1(first, t))
		if delay := first.End.Sub(t.Start); strings.HasPrefix(t.Class, "synch") {
			syncs = append(syncs, delay.Minutes()/10)
		} else {
			grows = append(grows, delay.Hours())
			infected = append(infected, prefixesBy(t, first.End))
		}
	}
	r.SyncDelay, r.Growth, r.HostF1 = median(syncs), median(grows), median(f1)
	slices.Sort(infected)
	if len(infected) > 0 {
		r.Infected = infected[len(infected)/2]
	}
	for _, g := range groups {
		r.classify(g, truths)
	}
	return r
}

func prefixesBy(t *Truth, at time.Time) int {
	nets := map[Host]bool{}
	for h, first := range t.Seen {
		if first.Before(at) {
			nets[h.At(Net24)] = true
		}
	}
	return len(nets)
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// hostF1 compares the listed sources with those of the campaign that had been
// seen by then.
func hostF1(a *Alert, t *Truth) float64 {
	seen := map[Host]bool{}
	for h, first := range t.Seen {
		if first.Before(a.End) {
			seen[h.At(a.Level)] = true
		}
	}
	in := 0
	for _, h := range a.Sources {
		if seen[h] {
			in++
		}
	}
	if in == 0 {
		return 0
	}
	return 2 * float64(in) / float64(len(a.Sources)+len(seen))
}

// classify counts a group as malicious, benign, nuisance or false.
func (r *Result) classify(g []Alert, truths []*Truth) {
	var best *Truth
	most := 0.0
	for _, t := range truths {
		for i := range g {
			if t.Malicious && right(&g[i], t) {
				r.Precision.count(true)
				return
			}
			touches := g[i].End.After(t.Start) && !g[i].Start.After(t.End)
			if s := shareIn(&g[i], t); touches && s > most && s >= rightHosts {
				best, most = t, s
			}
		}
	}
	name := fmt.Sprintf("%s %v %s %s", g[0].Start.Format("02 15:04"), g[0].Ports[:min(3, len(g[0].Ports))], g[0].Engine, g[0].Test)
	switch {
	case best != nil && best.Class == "research scanner":
		r.Benign++
	case best != nil && !best.Malicious:
		r.Nuisance++
		r.Precision.count(false)
		r.FalseNames = append(r.FalseNames, name+" "+best.Class)
	default:
		r.False++
		r.Precision.count(false)
		r.FalseNames = append(r.FalseNames, name)
	}
}

// Incidents merges alerts of one engine by port and day, as an analyst would count
// them, whatever engine they are of.
func Incidents(alerts []Alert) [][]Alert {
	type open struct {
		last time.Time
		all  []Alert
	}
	var groups []*open
	alerts = slices.Clone(alerts)
	slices.SortStableFunc(alerts, func(a, b Alert) int { return cmp.Or(a.End.Compare(b.End), compareAlerts(a, b)) })
	byPort := map[Port]*open{}
	for _, a := range alerts {
		var g *open
		for _, p := range a.Ports {
			if o := byPort[p]; o != nil && a.Start.Sub(o.last) <= stillOpen {
				g = o
				break
			}
		}
		if g == nil {
			g = &open{}
			groups = append(groups, g)
		}
		g.last, g.all = a.End, append(g.all, a)
		for _, p := range a.Ports {
			byPort[p] = g
		}
	}
	out := make([][]Alert, len(groups))
	for i, g := range groups {
		out[i] = g.all
	}
	return out
}
