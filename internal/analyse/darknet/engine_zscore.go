package darknet

import (
	"fmt"
	"math"
)

// NewZScore makes the engine "zscore", a plain baseline for comparison: a port
// alarms when its distinct sources are five standard deviations above the mean
// of the last day. It is no part of what runs in a hub.
func NewZScore(Settings) Engine { return &zscore{k: newTracker()} }

type zscore struct{ k *tracker }

const zLine = 5

// Name implements Engine.
func (*zscore) Name() string { return "zscore" }

// Grid implements Engine.
func (*zscore) Grid() Grid { return Tens }

// State implements Engine.
func (z *zscore) State() []byte { return z.k.encode() }

// Restore implements Engine.
func (z *zscore) Restore(state []byte) error {
	k, err := decodeTracker(state)
	if err != nil {
		z.k = newTracker()
		return fmt.Errorf("restore engine zscore: %w", err)
	}
	z.k = k
	return nil
}

// Feed implements Engine.
func (z *zscore) Feed(w *Window) (alerts []Alert) {
	z.k.begin(w)
	all := headsOf(w.Fold(max(w.Level, Net24)), false)
	for i := range all {
		h := &all[i]
		t := z.k.of(h.subject)
		if t == nil || len(h.nets) == 0 {
			continue
		}
		n := float64(len(h.nets))
		mean, variance := t.norm(z.k)
		above := mean + zLine*math.Sqrt(max(variance, 1))
		if z.k.Last-z.k.First >= warmWindows && n > above {
			a := Alert{
				Engine: z.Name(), Test: TestWindow, Start: w.Start, End: w.End(), Ports: []Port{h.Port}, Level: w.Level,
				Value: n, Baseline: mean, Threshold: above, Score: 0.5, Bins: h.presence(w.Bins), Packets: h.packets,
			}
			a.Sources, a.SourceN = sourcesIn(w, h.subject, false, h.nets)
			alerts = append(alerts, a)
		}
		t.count(h.nets, math.MaxFloat64)
	}
	return alerts
}
