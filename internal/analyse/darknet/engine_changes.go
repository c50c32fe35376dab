package darknet

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/opencure/cure/internal/num/changefinder"
)

// Bounds of ChangeFinder by port.
const (
	changePorts  = 4096 // ports with a series of their own
	changeLeast  = 6    // hosts to be given one, and to alarm
	changeGrowth = 1.5  // times the predicted hosts to alarm; and four deviations of a count
	changeIdle   = 432  // windows without a host after which it is taken back
)

// changeCure: the model is eager (no guess to outgrow) and the smoothing short
// (half an hour instead of two and a half).
var changeCure = changefinder.Settings{Order: 2, Forgetting: 1.0 / BaselineWindows, Smooth: 3, Resmooth: 2, Eager: true}

// portChanges is ChangeFinder in cure mode: a series for each port, of the
// logarithm of its hosts, so that a port's change is not drowned by the
// sensor's. It alarms where the score of change is above what the port is used
// to ([habits]) and its hosts are more than predicted. Of a series that stays
// as it was, scores are above the line once in some ten thousand windows if
// they are normal; that they are not makes the rate a figure to be measured.
type portChanges struct {
	set  Settings
	k    changesState
	said rulings
}

// Why implements Explainer.
func (c *portChanges) Why(p Port, at time.Time) []Judgement {
	return c.said.of("changefinder", TestChange, p, at)
}

// changesState is what is carried from window to window.
type changesState struct {
	Habits habits
	Series []portSeries // ordered by port
}

// portSeries is the series of one port.
type portSeries struct {
	Port Port
	Seen int64 // window with the last host
	D    changefinder.Detector
}

func newPortChanges(s Settings) *portChanges { return &portChanges{set: s} }

// Name implements Engine.
func (*portChanges) Name() string { return "changefinder" }

// Grid implements Engine.
func (*portChanges) Grid() Grid { return Tens }

// State implements Engine.
func (c *portChanges) State() []byte { return encodeState("changefinder", c.k) }

// Restore implements Engine.
func (c *portChanges) Restore(state []byte) error {
	c.k = changesState{}
	var k changesState
	err := decodeState("changefinder", state, &k, func() error {
		if len(k.Series) > changePorts || !slices.IsSortedFunc(k.Series, func(a, b portSeries) int { return a.Port.Compare(b.Port) }) {
			return fmt.Errorf("%d series", len(k.Series))
		}
		for i := range k.Series {
			if k.Series[i].D.Settings != changeCure {
				return fmt.Errorf("other settings")
			}
			if err := k.Series[i].D.Check(); err != nil {
				return err
			}
		}
		return k.Habits.check()
	})
	if err == nil {
		c.k = k
	}
	return err
}

// Feed implements Engine.
func (c *portChanges) Feed(w *Window) []Alert {
	if len(w.Cells) == 0 {
		return nil // the sensor was silent: that says nothing about ports
	}
	folded := w.Fold(max(c.set.levelOf(), Net24))
	t := newBySource(folded, wanted(folded))
	at := t.at()
	h := &c.k.Habits
	h.begin()
	c.admit(t, at)
	const least = 1.0 // of scores in nats
	var alerts []Alert
	var rules []ruling
	for i := range c.k.Series {
		s := &c.k.Series[i]
		var hosts []int
		port, found := slices.BinarySearchFunc(t.ports, s.Port, Port.Compare)
		if found {
			hosts = at[port]
			s.Seen = h.Windows
		}
		x := math.Log1p(float64(len(hosts)))
		expected := s.D.First.Mean
		score, ready, err := s.D.Add(x)
		if err != nil || !ready {
			continue
		}
		usual, line := h.judge(s.Port, score, least)
		mean := math.Expm1(expected)
		above := max(changeLeast, changeGrowth*mean, mean+4*math.Sqrt(mean+1))
		if len(hosts) == 0 {
			continue
		}
		rule := ruling{port: s.Port, value: float64(len(hosts)), baseline: mean, threshold: above}
		switch {
		case float64(len(hosts)) < above:
			rule.why = whyFew
		case score <= line:
			rule.why = h.whyBelow()
		case crowdedHosts(t, hosts):
			rule.why = whyCrowded
		default:
			alerts = append(alerts, c.alert(w, t, folded, port, hosts, rule,
				fmt.Sprintf("score of change %.1f, usually %.1f, line %.1f", score, usual, line), (score-usual)/(score-usual+10)))
		}
		rules = append(rules, rule)
	}
	c.said.note(w, rules)
	h.end(least)
	return alerts
}

// alert makes an alert. Counted by network, sources are named by address.
func (c *portChanges) alert(w *Window, t *bySource, folded *Window, port int, hosts []int, r ruling, note string, score float64) Alert {
	a := t.alert(Alert{
		Engine: "changefinder", Mode: Cure, Test: TestChange, Value: r.value, Baseline: r.baseline, Threshold: r.threshold,
		Score: score, Notes: []string{note},
	}, folded, port, hosts)
	if folded != w {
		a.Level = w.Level
		a.Sources, a.SourceN = sourcesWithin(w, r.port, folded.Level, a.Sources)
	}
	return a
}

// admit gives ports with enough hosts a series, and takes those back that have
// been idle. A new series has seen nothing for as long as the engine runs.
func (c *portChanges) admit(t *bySource, at [][]int) {
	now := c.k.Habits.Windows
	c.k.Series = slices.DeleteFunc(c.k.Series, func(s portSeries) bool { return now-s.Seen > changeIdle })
	for p, hosts := range at {
		if len(hosts) < changeLeast || len(c.k.Series) >= changePorts {
			continue
		}
		i, found := slices.BinarySearchFunc(c.k.Series, t.ports[p], func(s portSeries, p Port) int { return s.Port.Compare(p) })
		if found {
			continue
		}
		d, err := changefinder.New(changeCure, 0, 0)
		if err != nil {
			panic(err) // settings of ours
		}
		for range min(now-1, changeIdle) {
			_, _, _ = d.Add(0)
		}
		c.k.Series = slices.Insert(c.k.Series, i, portSeries{Port: t.ports[p], Seen: now, D: *d})
	}
}
