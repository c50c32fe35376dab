package darknet

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/opencure/cure/internal/num/nmf"
	"github.com/opencure/cure/internal/num/tail"
)

// Bounds of the group engine.
const (
	groupHosts  = 60_000 // those of most bins
	groupCap    = 30     // packets a minute that count
	groupSteps  = 150
	groupLeast  = 8   // hosts of a group at a port
	groupSpread = 0.5 // smallest deviation of the root of a count that is believed
	groupFlat   = 0.5 // of a pattern's mass that the busier half of the minutes has above half
)

// groupEngine is nmf in cure mode. All hosts but listed scanners take part,
// their counts capped, under the divergence of Poisson counts; each rank
// starts from the one before. A host is of the pattern that explains most of
// it. For each pattern and port the hosts of both are counted against chance
// (were the port's hosts a random draw, hypergeometric, as a Poisson of the
// same mean; ports and patterns of the window judged together by Benjamini and
// Hochberg), and their root against what the port is used to ([habits]).
type groupEngine struct {
	set Settings
	habits
	said rulings
}

// Why implements Explainer.
func (g *groupEngine) Why(p Port, at time.Time) []Judgement {
	return g.said.of("nmf", TestGroup, p, at)
}

func newGroupEngine(s Settings) *groupEngine { return &groupEngine{set: s} }

// Name implements Engine.
func (*groupEngine) Name() string { return "nmf" }

// Grid implements Engine.
func (*groupEngine) Grid() Grid { return Halves }

// State implements Engine.
func (g *groupEngine) State() []byte { return encodeState("nmf", g.habits) }

// Restore implements Engine.
func (g *groupEngine) Restore(state []byte) error {
	g.habits = habits{}
	var k habits
	err := decodeState("nmf", state, &k, func() error { return k.check() })
	if err == nil {
		g.habits = k
	}
	return err
}

// grouping is how many hosts of a port are of a pattern.
type grouping struct {
	port, pattern  int
	n              int
	mean, p, share float64
	usual, line    float64
}

// Feed implements Engine.
func (g *groupEngine) Feed(w *Window) []Alert {
	if len(w.Cells) == 0 {
		return nil // the sensor was silent: that says nothing about ports
	}
	folded := w.Fold(g.set.levelOf())
	t := newBySource(folded, wanted(folded))
	t, notes := t.busier(groupHosts)
	g.begin()
	f, of, more := t.patterns()
	notes = append(notes, more...)
	at := t.at()
	found := g.count(t, at, f, of)
	p := make([]float64, len(found))
	for i := range found {
		p[i] = found[i].p
	}
	limit := tail.Discoveries(p, len(p), FalseShare)
	var alerts []Alert
	rules := make([]ruling, 0, len(found))
	for _, x := range found {
		rule := ruling{port: t.ports[x.port], value: float64(x.n), baseline: x.mean, threshold: max(min(x.line, 1e9)*min(x.line, 1e9), x.mean)}
		var hosts []int
		for _, h := range at[x.port] {
			if of[h] == x.pattern {
				hosts = append(hosts, h)
			}
		}
		switch {
		case x.p > limit:
			rule.why = whyChance
		case math.Sqrt(float64(x.n)) <= x.line:
			rule.why = g.whyBelow()
		case crowdedHosts(t, hosts):
			rule.why = whyCrowded
		default:
			alerts = append(alerts, t.alert(Alert{
				Engine: "nmf", Mode: Cure, Test: TestGroup, Value: rule.value, Baseline: rule.baseline, Probability: x.p,
				Threshold: rule.threshold, Score: x.share,
				Notes: append(slices.Clone(notes), fmt.Sprintf("%d of the port's %d hosts share a pattern of time, by chance %.1f, usually %.1f",
					x.n, len(at[x.port]), x.mean, x.usual*x.usual)),
			}, folded, x.port, hosts))
		}
		rules = append(rules, rule)
	}
	g.said.note(w, rules)
	g.end(groupSpread)
	return alerts
}

// count counts groups at ports and learns what is usual.
func (g *groupEngine) count(t *bySource, at [][]int, f nmf.Factors, of []int) (found []grouping) {
	size := make([]int, max(f.Rank, 1))
	all := 0
	for _, k := range of {
		if k >= 0 {
			size[k]++
			all++
		}
	}
	for port, hosts := range at {
		in := make([]int, len(size))
		n := 0
		for _, h := range hosts {
			if k := of[h]; k >= 0 {
				in[k]++
				n++
			}
		}
		best := grouping{port: port, p: 1}
		for k, x := range in {
			if x < groupLeast || flat(f.W, f.Rank, k) {
				continue
			}
			mean := float64(n) * float64(size[k]) / float64(all)
			if p := tail.Poisson(x, mean); p < best.p {
				best = grouping{port: port, pattern: k, n: x, mean: mean, p: p, share: float64(x) / float64(len(hosts))}
			}
		}
		if best.n == 0 {
			continue
		}
		best.usual, best.line = g.judge(t.ports[port], math.Sqrt(float64(best.n)), groupSpread)
		found = append(found, best)
	}
	return found
}
