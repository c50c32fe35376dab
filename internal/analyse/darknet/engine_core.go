package darknet

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/opencure/cure/internal/num/tucker"
)

// Bounds of the core engine.
const (
	coreRank   = 8
	coreStarts = 3
	coreSteps  = 60
	coreCells  = 300_000 // those of most packets
	coreShare  = 0.002   // of the data that a cell of the core must hold
	coreLeast  = 8       // hosts of a link at a port
)

// coreEngine is ntd in cure mode. All ports and protocols and all hosts but
// listed scanners take part with log2(1 + packets), under the divergence of
// Poisson counts, from several starts. A cell of the core joins a pattern of
// time, a group of hosts and a group of ports; of those that hold enough, the
// hosts of a port that are in the group at minutes of the pattern are counted,
// and their root must be above what the port is used to ([habits]): for a port
// whose counts stay as they were, less than once in ten thousand windows if
// they are normal.
type coreEngine struct {
	set Settings
	habits
	said rulings
}

// Why implements Explainer.
func (c *coreEngine) Why(p Port, at time.Time) []Judgement {
	return c.said.of("ntd", TestGroup, p, at)
}

func newCoreEngine(s Settings) *coreEngine { return &coreEngine{set: s} }

// Name implements Engine.
func (*coreEngine) Name() string { return "ntd" }

// Grid implements Engine.
func (*coreEngine) Grid() Grid { return Halves }

// State implements Engine.
func (c *coreEngine) State() []byte { return encodeState("ntd", c.habits) }

// Restore implements Engine.
func (c *coreEngine) Restore(state []byte) error {
	c.habits = habits{}
	var k habits
	err := decodeState("ntd", state, &k, func() error { return k.check() })
	if err == nil {
		c.habits = k
	}
	return err
}

// Feed implements Engine.
func (c *coreEngine) Feed(w *Window) (alerts []Alert) {
	if len(w.Cells) == 0 {
		return nil // the sensor was silent: that says nothing about ports
	}
	folded := w.Fold(c.set.levelOf())
	t := newBySource(folded, wanted(folded))
	c.begin()
	joined, notes := c.join(t, folded)
	var rules []ruling
	for port := range t.ports {
		hosts := joined[port]
		if len(hosts) == 0 {
			continue
		}
		n := float64(len(hosts))
		usual, line := c.judge(t.ports[port], math.Sqrt(n), groupSpread)
		rule := ruling{port: t.ports[port], value: n, baseline: usual * usual, threshold: min(line, 1e9) * min(line, 1e9)}
		switch {
		case len(hosts) < coreLeast:
			rule.why = whyFew
		case math.Sqrt(n) <= line:
			rule.why = c.whyBelow()
		case crowdedHosts(t, hosts):
			rule.why = whyCrowded
		default:
			alerts = append(alerts, t.alert(Alert{
				Engine: "ntd", Mode: Cure, Test: TestGroup, Value: n, Baseline: rule.baseline, Threshold: rule.threshold,
				Score: (math.Sqrt(n) - usual) / (math.Sqrt(n) + 1), Notes: notes,
			}, folded, port, hosts))
		}
		rules = append(rules, rule)
	}
	c.said.note(w, rules)
	c.end(groupSpread)
	return alerts
}

// join returns, for each port, the hosts that the core joins with it: the
// largest such set of any start and link.
func (c *coreEngine) join(t *bySource, w *Window) (joined map[int][]int, notes []string) {
	joined = map[int][]int{}
	x, hosts, ports, notes := t.tensor(w, 1, coreCells, func(n float64) float64 { return math.Log2(1 + n) })
	if len(x.Cells) == 0 {
		return joined, notes
	}
	models, err := tucker.Fit(x, [3]int{coreRank, coreRank, coreRank}, coreStarts, c.set.Seed^uint64(w.Start.Unix()), tucker.Options{Steps: coreSteps, Tolerance: 1e-4})
	if err != nil {
		return joined, append(notes, "tensor: "+err.Error())
	}
	for i := range models {
		m := &models[i]
		if !m.Converged {
			notes = append(notes, fmt.Sprintf("start %d did not converge in %d steps: change %.2g", i+1, m.Steps, m.Change))
		}
		for p, h := range t.linked(m, x, hosts, ports) {
			if len(h) > len(joined[p]) || len(h) == len(joined[p]) && slices.Compare(h, joined[p]) < 0 {
				joined[p] = h
			}
		}
	}
	return joined, notes
}
