package darknet

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/opencure/cure/internal/num/glasso"
	"github.com/opencure/cure/internal/num/tail"
)

// TestGraph is what the graph engine tests: edges among the hosts of a port.
const TestGraph = "graph"

// Bounds of the graph engine.
const (
	graphColumns = 600 // distinct patterns: what the cost follows
	graphLeast   = 8   // hosts at a port
	graphSpread  = 1.0 // smallest deviation of a port's score that is believed
)

// graphEngine is glasso in cure mode. All hosts take part, in patterns of
// log2 classes: equal ones are one column, so nothing is sampled. The graph
// that the published method throws away names the ports: were the hosts of a
// port drawn at random from all hosts of the window, the edges among them
// would have a known mean and variance; more than that, with a p-value that
// holds among all ports and penalties of the window ([FalseShare], Benjamini
// and Hochberg), and more than the port is used to, is an alert. The hosts
// named are the largest component of the graph inside of the port.
type graphEngine struct {
	set Settings
	habits
	said rulings
}

// Why implements Explainer.
func (g *graphEngine) Why(p Port, at time.Time) []Judgement {
	return g.said.of("glasso", TestGraph, p, at)
}

func newGraphEngine(s Settings) *graphEngine { return &graphEngine{set: s} }

// Name implements Engine.
func (*graphEngine) Name() string { return "glasso" }

// Grid implements Engine.
func (*graphEngine) Grid() Grid { return Tens }

// State implements Engine.
func (g *graphEngine) State() []byte { return encodeState("glasso", g.habits) }

// Restore implements Engine.
func (g *graphEngine) Restore(state []byte) error {
	g.habits = habits{}
	var k habits
	err := decodeState("glasso", state, &k, func() error { return k.check() })
	if err == nil {
		g.habits = k
	}
	return err
}

// Feed implements Engine.
func (g *graphEngine) Feed(w *Window) []Alert {
	if len(w.Cells) == 0 {
		return nil // the sensor was silent: that says nothing about ports
	}
	folded := w.Fold(g.set.levelOf())
	t := newBySource(folded, wanted(folded))
	g.begin()
	gr := t.graph()
	at := t.at()
	type finding struct {
		port int
		best pull
		line float64
		base float64
	}
	var found []finding
	var p []float64
	for port, hosts := range at {
		if len(hosts) < graphLeast || len(gr.fits) == 0 {
			continue
		}
		best := gr.pullOf(hosts)
		base, line := g.judge(t.ports[port], best.score(), graphSpread)
		found = append(found, finding{port, best, line, base})
		p = append(p, best.p)
	}
	limit := tail.Discoveries(p, len(p), FalseShare)
	var alerts []Alert
	rules := make([]ruling, 0, len(found))
	for _, f := range found {
		score := f.best.score()
		rule := ruling{port: t.ports[f.port], value: f.best.edges, baseline: f.best.mean}
		rule.threshold = f.best.mean + min(f.line, 1e9)*math.Sqrt(f.best.variance+1)
		hosts := gr.inStep(at[f.port], f.best.fit)
		switch {
		case f.best.p > limit:
			rule.why = whyChance
		case score <= f.line:
			rule.why = g.whyBelow()
		case f.best.edges < graphLeast || len(hosts) < graphLeast/2:
			rule.why = whyFew
		case crowdedHosts(t, hosts):
			rule.why = whyCrowded
		default:
			alerts = append(alerts, t.alert(Alert{
				Engine: "glasso", Mode: Cure, Test: TestGraph, Score: score / (score + 10), Value: rule.value,
				Baseline: rule.baseline, Threshold: rule.threshold, Probability: f.best.p,
				Notes: append(slices.Clone(gr.notes), fmt.Sprintf("rho %.1f: %.0f edges among %d hosts, by chance %.1f",
					gr.fits[f.best.fit].Rho, f.best.edges, len(at[f.port]), f.best.mean)),
			}, folded, f.port, hosts))
		}
		rules = append(rules, rule)
	}
	g.said.note(w, rules)
	g.end(graphSpread)
	return alerts
}

// crowdedHosts reports whether most hosts are of one /16.
func crowdedHosts(t *bySource, hosts []int) bool {
	most, run := 0, 0
	for i, h := range hosts {
		if i > 0 && t.hosts[h].At(Net16) == t.hosts[hosts[i-1]].At(Net16) {
			run++
		} else {
			run = 1
		}
		most = max(most, run)
	}
	return most*5 > len(hosts)*4
}

// graph is the window's graphs with what is needed to count in them.
type graph struct {
	fits   []glasso.Fit
	of     []int // host -> pattern; -1: not in the graph
	weight []int
	notes  []string
	stars  []float64 // by fit: Σ degree (degree − 1)
}

// graph fits the graphs of all hosts. Where there are too many patterns they
// are made coarser; where there are too many still, those of fewest hosts are
// left out, with a note.
func (t *bySource) graph() *graph {
	gr := &graph{of: make([]int, len(t.hosts))}
	var whole glasso.Table
	for _, classes := range []int{16, 3, 2} {
		columns := make([][]float64, len(t.hosts))
		for h := range columns {
			c := make([]float64, t.bins)
			for b, n := range t.row(h) {
				c[b] = math.Log(max(glassoNothing, quantised(n, classes)))
			}
			columns[h] = c
		}
		var err error
		if whole, err = glasso.Collapse(columns); err != nil {
			gr.notes = append(gr.notes, "graph: "+err.Error())
			return gr
		}
		if len(whole.Column) <= graphColumns {
			break
		}
	}
	gr.of = whole.Of
	if len(whole.Column) > graphColumns {
		whole = gr.cut(whole)
	}
	gr.weight = whole.Weight
	fits, err := glasso.Path(whole.Problem(), glassoRhos, glasso.Options{})
	if err != nil {
		gr.notes = append(gr.notes, "graph: "+err.Error())
		return gr
	}
	gr.fits, gr.notes = fits, append(gr.notes, unsettled(fits)...)
	for i := range fits {
		gr.stars = append(gr.stars, gr.starsOf(&fits[i]))
	}
	return gr
}

// quantised is the floor of a count to a power of two, of so many classes.
func quantised(n uint32, classes int) float64 {
	if n == 0 {
		return 0
	}
	return float64(uint64(1) << min(bits.Len32(n)-1, classes-2))
}
