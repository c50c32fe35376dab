package darknet

import (
	"fmt"
	"math/rand/v2"

	"github.com/opencure/cure/internal/num/changefinder"
)

// Parameters of the published baseline: two series of a sensor, packets and
// hosts, in steps of ten minutes.
const (
	changeLine = 3
	changeSkip = 15
)

// TestChange is what ChangeFinder tests.
const TestChange = "change"

var changePublished = changefinder.Settings{Order: 2, Forgetting: 0.005, Smooth: 10, Resmooth: 5, After: true}

// NewChangeFinder makes the engine "changefinder". In paper mode it scores the
// packets and hosts of the sensor and alarms above 3 on either; it knows no
// ports, so the one with most hosts is named, with a note. In cure mode see
// [portChanges].
func NewChangeFinder(s Settings) Engine {
	if s.modeOf() == Paper {
		return &changePaper{set: s, state: newChangeState(s.Seed)}
	}
	return newPortChanges(s)
}

// changePaper is the published baseline.
type changePaper struct {
	set   Settings
	state changeState
}

// changeState is what is carried from window to window.
type changeState struct {
	Windows int
	Series  [2]changefinder.Detector // packets, hosts
}

// newChangeState starts the models at a guess between 0 and 1, as the
// widespread implementation does, drawn from the seed.
func newChangeState(seed uint64) (s changeState) {
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range s.Series {
		d, err := changefinder.New(changePublished, r.Float64(), r.Float64())
		if err != nil {
			panic(err) // settings of ours
		}
		s.Series[i] = *d
	}
	return s
}

// Name implements Engine.
func (*changePaper) Name() string { return "changefinder" }

// Grid implements Engine.
func (*changePaper) Grid() Grid { return Tens }

// State implements Engine.
func (c *changePaper) State() []byte { return encodeState("changefinder", c.state) }

// Restore implements Engine.
func (c *changePaper) Restore(state []byte) error {
	c.state = newChangeState(c.set.Seed)
	if len(state) == 0 {
		return nil
	}
	var s changeState
	err := decodeState("changefinder", state, &s, func() error {
		for i := range s.Series {
			if s.Series[i].Settings != changePublished {
				return fmt.Errorf("other settings")
			}
			if err := s.Series[i].Check(); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		c.state = s
	}
	return err
}

// Feed implements Engine.
func (c *changePaper) Feed(w *Window) (alerts []Alert) {
	folded := w.Fold(c.set.levelOf())
	t := newBySource(folded, everything)
	packets := 0.0
	for _, n := range t.counts {
		packets += float64(n)
	}
	c.state.Windows++
	for i, x := range []float64{packets, float64(len(t.hosts))} {
		score, _, err := c.state.Series[i].Add(x)
		if err != nil || c.state.Windows <= changeSkip || score <= changeLine || len(t.ports) == 0 {
			continue
		}
		of := [2]string{"packets", "hosts"}[i]
		port, hosts := t.busiest()
		alerts = append(alerts, t.alert(Alert{
			Engine: "changefinder", Mode: Paper, Test: TestChange, Value: score, Threshold: changeLine,
			Score: score / (score + changeLine),
			Notes: []string{"the series of " + of + " of the sensor changed; it names no port: this one has most hosts"},
		}, folded, port, hosts))
	}
	return alerts
}

// busiest returns the port with most hosts, and them.
func (t *bySource) busiest() (port int, hosts []int) {
	for p, h := range t.at() {
		if len(h) > len(hosts) {
			port, hosts = p, h
		}
	}
	return port, hosts
}
