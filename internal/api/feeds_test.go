package api

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// TestFeedMetrics holds that feeds that are on show in the metrics, and broken
// ones as such.
func TestFeedMetrics(t *testing.T) {
	r := prometheus.NewRegistry()
	r.MustRegister(feedState{
		{Name: "a", On: true, State: "ok", Good: time.Unix(100, 0)},
		{Name: "b", On: true, State: "failing", Failed: 3},
		{Name: "c", State: "off"},
		{Name: "d", On: true, State: "stale", Good: time.Unix(50, 0)},
	})
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			got[f.GetName()+" "+m.Label[0].GetValue()] = m.GetGauge().GetValue()
		}
	}
	for name, want := range map[string]float64{
		"cure_feed_broken a": 0, "cure_feed_broken b": 1, "cure_feed_broken d": 1,
		"cure_feed_failed_polls b": 3, "cure_feed_good_timestamp_seconds a": 100,
	} {
		if got[name] != want {
			t.Errorf("%s is %g, want %g", name, got[name], want)
		}
	}
	if len(got) != 8 {
		t.Errorf("%d metrics: %v", len(got), got)
	}
}
