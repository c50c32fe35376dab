package darknet

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/opencure/cure/internal/num/glasso"
)

// Parameters of Dark-GLASSO (Han et al., IEICE Trans. E103-D(10), 2020, and
// the published code).
const (
	glassoHosts   = 1000 // a uniform sample of so many
	glassoNothing = 0.1  // stands for no packet under the logarithm
	glassoTheta   = 0.98
	glassoShare   = 0.1 // of the hosts at a port to name it
	glassoMany    = 20  // hosts for an attack
)

// glassoRhos are the six penalties. The published loop says "to 0.8" and runs
// to 0.9.
var glassoRhos = []float64{0.4, 0.5, 0.6, 0.7, 0.8, 0.9}

// TestDensity is what Dark-GLASSO tests: the density of the whole graph.
const TestDensity = "density"

// NewGlasso makes the engine "glasso". In paper mode it is Dark-GLASSO: the
// density of the graph over a random thousand /16 networks, a variance test
// against three days, ports named by their share of hosts; nothing about the
// hand-made list of ports that its operators left out. In cure mode see
// [graphEngine].
func NewGlasso(s Settings) Engine {
	if s.modeOf() == Paper {
		return &glassoPaper{set: s}
	}
	return newGraphEngine(s)
}

// glassoPaper is Dark-GLASSO.
type glassoPaper struct {
	set  Settings
	past []glassoWindow // oldest first; at most BaselineWindows with the newest
}

// glassoWindow is what is kept of a window.
type glassoWindow struct {
	Start   time.Time
	End     time.Time
	Density [6]float64
	Alerted bool
	Names   []glassoName
}

// glassoName is a port that would be named if the window alarmed.
type glassoName struct {
	Port  Port
	Level int // 1 attack, 2 survey, 3 weak, 4 to one address
	Hosts int
	Of    int
}

// Name implements Engine.
func (*glassoPaper) Name() string { return "glasso" }

// Grid implements Engine.
func (*glassoPaper) Grid() Grid { return Tens }

// State implements Engine.
func (g *glassoPaper) State() []byte { return encodeState("glasso", g.past) }

// Restore implements Engine.
func (g *glassoPaper) Restore(state []byte) error {
	g.past = nil
	var past []glassoWindow
	err := decodeState("glasso", state, &past, func() error {
		if len(past) >= BaselineWindows {
			return fmt.Errorf("%d windows", len(past))
		}
		for _, w := range past {
			for _, d := range w.Density {
				if !(d >= 0 && d <= 1) {
					return fmt.Errorf("density %v", d)
				}
			}
		}
		return nil
	})
	if err == nil {
		g.past = past
	}
	return err
}

// Feed implements Engine.
func (g *glassoPaper) Feed(w *Window) []Alert {
	folded := w.Fold(g.set.levelOf())
	t := newBySource(folded, everything)
	t = t.sample(glassoHosts, g.set.Seed, w.Start)
	now := glassoWindow{Start: w.Start, End: w.End(), Names: t.glassoNames(folded)}
	fits, notes := t.logGraph()
	for i, f := range fits {
		now.Density[i] = f.Density
	}
	g.past = append(g.past, now)
	var alerts []Alert
	for i, rho := range glassoRhos {
		for _, n := range g.outliers(i) {
			p := &g.past[n]
			p.Alerted = true
			for _, name := range p.Names {
				a := Alert{Engine: "glasso", Mode: Paper, Test: TestDensity, Notes: slices.Clone(notes)}
				a.Value, a.Baseline, a.Score = p.Density[i], g.usual(i), float64(5-name.Level)/5
				a.Notes = append(a.Notes, fmt.Sprintf("rho %.1f, level %d: %d of %d hosts", rho, name.Level, name.Hosts, name.Of))
				if n == len(g.past)-1 {
					k, _ := slices.BinarySearchFunc(t.ports, name.Port, Port.Compare)
					a = t.alert(a, folded, k, t.at()[k])
				} else { // only now an outlier; its sources are not kept
					a.Start, a.End, a.Level, a.Ports, a.SourceN = p.Start, p.End, folded.Level, []Port{name.Port}, name.Hosts
					a.Notes = append(a.Notes, "late: alarmed in the window of "+w.Start.UTC().Format(time.RFC3339))
				}
				alerts = append(alerts, a)
			}
		}
	}
	if len(g.past) >= BaselineWindows {
		g.past = slices.Delete(g.past, 0, len(g.past)-BaselineWindows+1)
	}
	return alerts
}

// sample is a uniform random sample of the hosts, drawn from the seed and the
// time of the window alone.
func (t *bySource) sample(n int, seed uint64, at time.Time) *bySource {
	if len(t.hosts) <= n {
		return t
	}
	r := rand.New(rand.NewPCG(seed, uint64(at.Unix())))
	chosen := r.Perm(len(t.hosts))[:n]
	slices.Sort(chosen)
	return t.sub(chosen)
}

// logGraph fits the six graphs of the hosts' logarithmic counts. Identical
// hosts are one column, which changes nothing but the time.
func (t *bySource) logGraph() (fits []glasso.Fit, notes []string) {
	columns := make([][]float64, len(t.hosts))
	for h := range columns {
		c := make([]float64, t.bins)
		for b, n := range t.row(h) {
			c[b] = math.Log(max(float64(n), glassoNothing))
		}
		columns[h] = c
	}
	whole, err := glasso.Collapse(columns)
	if err == nil {
		fits, err = glasso.Path(whole.Problem(), glassoRhos, glasso.Options{})
	}
	if err != nil {
		return nil, []string{"graph: " + err.Error()}
	}
	return fits, unsettled(fits)
}

// unsettled are notes about fits that did not converge.
func unsettled(fits []glasso.Fit) (notes []string) {
	for _, f := range fits {
		if !f.Converged {
			notes = append(notes, fmt.Sprintf("graph at rho %.1f did not converge in %d sweeps: residual %.2g", f.Rho, f.Sweeps, f.Residual))
		}
	}
	return notes
}
