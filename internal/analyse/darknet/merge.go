package darknet

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// Activity is what alerts of engines and windows mean together.
type Activity struct {
	Sensor             string
	Start, Found, Last time.Time
	Ports              []Port // the strongest first
	Tool               Tool
	SourceN            int // distinct sources, those beyond MaxSources too
	First              int // sources in the first window
	Before             float64
	Windows            int // that alarmed
	Votes              []Vote
	SetAside           []string
	Score              float64
	Evidence           []cure.ID // records of the first window, a few, where they are known
	Alerts             []Alert   // all of them, where the merger keeps them

	id      cure.ID // as published; zero before
	firm    bool    // an opener has named ports and sources
	sources map[Host]struct{}
	weights map[Port]float64
	told    telling
}

// Vote is what one engine says by one test, in the window in which it was
// surest.
type Vote struct {
	Alert
	Windows int
}

// telling is how an activity was when it was published last.
type telling struct {
	sources, ports, votes int
	at                    time.Time
}

// Merging rules.
const (
	// stillOpen is how long after its last alarm an activity takes a new one
	// on: the published figures count by port and day, too.
	stillOpen = 24 * time.Hour
	// tellAgain is how often an activity that hardly changes is told again.
	tellAgain = 6 * time.Hour
	maxOpen   = 4096
	maxPorts  = 64
)

// Merger makes activities of alerts. One alert opens an activity when its
// engine names ports by a test with a stated error, or when two engines agree;
// others only vote. For one goroutine.
type Merger struct {
	Sensor string
	Keep   bool        // activities keep their alerts, to be measured
	open   []*Activity // oldest first
	Weak   uint64      // alerts that opened nothing and joined nothing
}

// openers are the engines of whose alerts one is enough.
var openers = map[string]bool{"portsync": true, "fingerprint": true}

// Feed takes the alerts of one window and returns the activities that are to
// be published: new ones, and those that have changed.
func (m *Merger) Feed(end time.Time, alerts []Alert) (changed []*Activity) {
	m.open = slices.DeleteFunc(m.open, func(a *Activity) bool { return end.Sub(a.Last) > stillOpen })
	for _, group := range together(alerts) {
		a := m.of(group)
		if a == nil {
			if !opens(group) || len(m.open) >= maxOpen {
				m.Weak += uint64(len(group))
				continue
			}
			a = &Activity{
				Sensor: m.Sensor, Start: group[0].Start, sources: map[Host]struct{}{}, weights: map[Port]float64{},
			}
			for i := range group {
				a.Found = later(a.Found, group[i].End)
				if group[i].Start.Before(a.Start) {
					a.Start = group[i].Start
				}
			}
			m.open = append(m.open, a)
		}
		slices.SortStableFunc(group, func(a, b Alert) int { return firmFirst(&a, &b) })
		for i := range group {
			a.take(&group[i])
		}
		if m.Keep {
			a.Alerts = append(a.Alerts, group...)
		}
		a.Windows++
		if a.First == 0 {
			a.First = a.SourceN
		}
		if a.news(end) {
			a.told = telling{a.SourceN, len(a.Ports), len(a.Votes), end}
			changed = append(changed, a)
		}
	}
	return changed
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// news reports whether an activity has changed enough to be told again.
func (a *Activity) news(now time.Time) bool {
	t := a.told
	return t.at.IsZero() || a.SourceN*10 > t.sources*11 || len(a.Ports) != t.ports || len(a.Votes) != t.votes || now.Sub(t.at) >= tellAgain
}

// firmFirst orders alerts: those of engines that open first.
func firmFirst(a, b *Alert) int {
	switch x, y := openers[a.Engine], openers[b.Engine]; {
	case x == y:
		return 0
	case x:
		return -1
	}
	return 1
}

// opens reports whether alerts are enough for a new activity.
func opens(group []Alert) bool {
	engines := map[string]bool{}
	for i := range group {
		if len(group[i].Ports) == 0 {
			continue
		}
		if openers[group[i].Engine] {
			return true
		}
		engines[group[i].Engine] = true
	}
	return len(engines) >= 2
}

// together groups alerts that share a port, or most of their sources. Those
// without a port are a group each.
func together(alerts []Alert) [][]Alert {
	alerts = slices.Clone(alerts)
	slices.SortStableFunc(alerts, compareAlerts)
	group := make([]int, len(alerts))
	for i := range group {
		group[i] = i
	}
	root := func(i int) int {
		for group[i] != i {
			i = group[i]
		}
		return i
	}
	for i := range alerts {
		for j := range i {
			a, b := root(i), root(j)
			if a != b && (sharePort(alerts[i].Ports, alerts[j].Ports) || shareSources(&alerts[i], &alerts[j])) {
				group[max(a, b)] = min(a, b)
			}
		}
	}
	var order []int
	by := map[int][]Alert{}
	for i := range alerts {
		r := root(i)
		if by[r] == nil {
			order = append(order, r)
		}
		by[r] = append(by[r], alerts[i])
	}
	var all [][]Alert
	for _, r := range order {
		all = append(all, by[r])
	}
	return all
}

func compareAlerts(a, b Alert) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Engine, b.Engine), cmp.Compare(a.Test, b.Test),
		slices.CompareFunc(a.Ports, b.Ports, Port.Compare), cmp.Compare(a.Tool, b.Tool))
}

func sharePort(a, b []Port) bool {
	return slices.ContainsFunc(a, func(p Port) bool { return slices.Contains(b, p) })
}

// shareSources reports whether two alerts of sources at the same level name
// mostly the same.
func shareSources(a, b *Alert) bool {
	if a.Level != b.Level || min(len(a.Sources), len(b.Sources)) < leastSources {
		return false
	}
	return common(a.Sources, b.Sources)*2 > min(len(a.Sources), len(b.Sources))
}

// common counts what two ordered lists have both.
func common(a, b []Host) (n int) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch c := a[i].Compare(b[j]); {
		case c == 0:
			n, i, j = n+1, i+1, j+1
		case c < 0:
			i++
		default:
			j++
		}
	}
	return n
}

// of returns the open activity that alerts belong to: that with most ports in
// common, then that of most of their sources, the older of two.
func (m *Merger) of(group []Alert) *Activity {
	var best *Activity
	most := 0
	for _, a := range m.open {
		n := 0
		for i := range group {
			for _, p := range group[i].Ports {
				if slices.Contains(a.Ports, p) {
					n += 1 << 20
				}
			}
			if group[i].Level == Address && len(group[i].Sources) >= leastSources {
				if in := a.has(group[i].Sources); in*2 > len(group[i].Sources) {
					n += in
				}
			}
		}
		if n > most {
			best, most = a, n
		}
	}
	return best
}

func (a *Activity) has(hosts []Host) (n int) {
	for _, h := range hosts {
		if _, ok := a.sources[h]; ok {
			n++
		}
	}
	return n
}

// take adds an alert. Ports and sources are those of engines that name them by
// a test with a stated error, as soon as one has; others vote.
func (a *Activity) take(x *Alert) {
	a.Last = later(a.Last, x.End)
	if firm := openers[x.Engine]; firm || !a.firm {
		if firm && !a.firm && len(a.Votes) > 0 { // what others have named is not as sure
			clear(a.weights)
			clear(a.sources)
		}
		a.firm = a.firm || firm
		a.name(x)
	}
	if x.Test == TestWindow && a.Before == 0 {
		a.Before = x.Baseline
	}
	for _, n := range x.Notes {
		if name, ok := strings.CutPrefix(n, SetAside); ok && !slices.Contains(a.SetAside, name) {
			a.SetAside = append(a.SetAside, name)
		}
	}
	a.Score = max(a.Score, x.Score)
	a.vote(x)
}

// name takes ports, sources and tool of an alert.
func (a *Activity) name(x *Alert) {
	for _, p := range x.Ports {
		if len(a.weights) < maxPorts || a.weights[p] > 0 {
			a.weights[p] += x.Score
		}
	}
	a.Ports = a.Ports[:0]
	for p := range a.weights {
		a.Ports = append(a.Ports, p)
	}
	slices.SortFunc(a.Ports, func(p, q Port) int { return cmp.Or(cmp.Compare(a.weights[q], a.weights[p]), p.Compare(q)) })
	for _, h := range x.Sources {
		if len(a.sources) < 4*MaxSources {
			a.sources[h] = struct{}{}
		}
	}
	a.SourceN = max(len(a.sources), x.SourceN)
	if x.Tool == Mirai || a.Tool == NoTool {
		a.Tool = x.Tool
	}
}

func (a *Activity) vote(x *Alert) {
	v := *x
	v.Sources, v.Notes = nil, nil
	i := slices.IndexFunc(a.Votes, func(o Vote) bool { return o.Engine == x.Engine && o.Test == x.Test && o.Tool == x.Tool })
	if i < 0 {
		a.Votes = append(a.Votes, Vote{Alert: v})
		i = len(a.Votes) - 1
	}
	a.Votes[i].Windows++
	if x.Score >= a.Votes[i].Score {
		a.Votes[i].Alert = v
	}
	slices.SortStableFunc(a.Votes, func(x, y Vote) int {
		return cmp.Or(cmp.Compare(y.Score, x.Score), cmp.Compare(x.Engine, y.Engine), cmp.Compare(x.Test, y.Test))
	})
}

// aftermath is how long after its last alarm an activity still takes in who does
// the same.
const aftermath = time.Hour

// Stragglers takes the sources in that did in this window, or in the one
// before an activity opened, what open activities do, without an alarm of
// their own: an activity seldom begins and ends with a window. It returns the
// activities that changed by it enough to be told.
func (m *Merger) Stragglers(before, w *Window) (changed []*Activity) {
	for _, a := range m.open {
		if w.Start.Sub(a.Last) > aftermath {
			continue
		}
		if a.Windows == 1 && a.Last.Equal(w.End()) && before != nil && before.End().Equal(w.Start) && a.join(before) {
			a.Start = before.Start
		}
		if a.join(w) {
			a.Last = later(a.Last, w.End())
		}
		if a.news(w.End()) {
			a.told = telling{a.SourceN, len(a.Ports), len(a.Votes), w.End()}
			changed = append(changed, a)
		}
	}
	return changed
}

// join adds the sources of a window at the ports of the activity, those with
// its tool where it has one, if they are clearly more than expected.
func (a *Activity) join(w *Window) (more bool) {
	const clearly, few = 3, 0.1
	for _, p := range a.Ports {
		hosts, n := sourcesIn(w, subject{p, a.Tool}, a.Tool != NoTool, nil)
		if float64(n) < clearly*max(a.Before, few) || a.Before == 0 {
			continue
		}
		for _, h := range hosts {
			if _, ok := a.sources[h]; !ok && len(a.sources) < 4*MaxSources {
				a.sources[h] = struct{}{}
				more = true
			}
		}
	}
	a.SourceN = max(a.SourceN, len(a.sources))
	return more
}

// List returns the sources in order, at most MaxSources of them.
func (a *Activity) List() []Host {
	all := make([]Host, 0, len(a.sources))
	for h := range a.sources {
		all = append(all, h)
	}
	slices.SortFunc(all, Host.Compare)
	return all[:min(len(all), MaxSources)]
}

// Severities, as the client has them.
const (
	Low    = "low"
	Medium = "medium"
	High   = "high"
)

// Severity says how soon somebody should look.
func (a *Activity) Severity() string {
	engines := map[string]bool{}
	for i := range a.Votes {
		engines[a.Votes[i].Engine] = true
	}
	switch {
	case a.SourceN >= 100 && (a.Tool == Mirai || len(engines) > 1), a.SourceN >= 1000:
		return High
	case a.SourceN >= 30 || len(engines) > 1:
		return Medium
	}
	return Low
}
