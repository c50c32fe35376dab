package api

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/opencure/cure/client"
)

// feedState shows the feeds that are on as metrics, for alerts on those that
// are broken.
type feedState []client.Feed

var (
	descFeedFailed = prometheus.NewDesc("cure_feed_failed_polls", "Polls of the feed in a row that brought no good copy.", []string{"feed"}, nil)
	descFeedGood   = prometheus.NewDesc("cure_feed_good_timestamp_seconds", "When the feed was last good.", []string{"feed"}, nil)
	descFeedState  = prometheus.NewDesc("cure_feed_broken", "1 for a feed that fails or has not changed for too long.", []string{"feed"}, nil)
)

// Describe is prometheus.Collector's.
func (f feedState) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(f, ch) }

// Collect is prometheus.Collector's.
func (f feedState) Collect(ch chan<- prometheus.Metric) {
	for i := range f {
		one := &f[i]
		if !one.On {
			continue
		}
		broken := 0.0
		if one.State == "failing" || one.State == "stale" {
			broken = 1
		}
		ch <- prometheus.MustNewConstMetric(descFeedFailed, prometheus.GaugeValue, float64(one.Failed), one.Name)
		ch <- prometheus.MustNewConstMetric(descFeedState, prometheus.GaugeValue, broken, one.Name)
		if !one.Good.IsZero() {
			ch <- prometheus.MustNewConstMetric(descFeedGood, prometheus.GaugeValue, float64(one.Good.Unix()), one.Name)
		}
	}
}
