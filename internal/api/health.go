package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

// healthz says that the process answers.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	_ = writeBytes(w, "text/plain; charset=utf-8", []byte("ok\n"))
}

// readyz says that answers are complete: the hub has caught up with its log.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if !s.o.View(access.Principal{}, "readyz").Ready() {
		w.Header().Set("Retry-After", "1")
		refuse(w, r, cure.Errorf(cure.Unavailable, "the hub still reads its log"))
		return
	}
	_ = writeBytes(w, "text/plain; charset=utf-8", []byte("ready\n"))
}

// metrics count requests. Labels are routes and statuses, never values.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(registry *prometheus.Registry) *metrics {
	if registry == nil {
		registry = prometheus.NewRegistry()
	}
	m := &metrics{
		registry: registry,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cure_http_requests_total", Help: "Requests answered, by route and status.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "cure_http_request_seconds", Help: "Time from the head of a request to the end of its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route"}),
	}
	registry.MustRegister(m.requests, m.seconds)
	return m
}

// observe counts one request. A request that no route took is one of "none":
// paths of strangers must not become labels.
func (m *metrics) observe(route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// showMetrics answers a scrape. It takes a key like all that tells something;
// the state of the hub itself is there for administrators.
func (s *Server) showMetrics(w http.ResponseWriter, r *http.Request) {
	gather := prometheus.Gatherers{s.metrics.registry}
	p, _ := PrincipalOf(r.Context())
	v := s.o.View(p, "metrics")
	if !v.Own() { // how often others ask, and how long it takes, is not a partner's
		refuse(w, r, cure.Errorf(cure.Denied, "metrics are for the hub's own organisation"))
		return
	}
	if st, err := v.Status(r.Context()); err == nil {
		hub := prometheus.NewRegistry()
		hub.MustRegister(hubState{st, v.Sources()})
		if s.o.Feeds != nil {
			hub.MustRegister(feedState(s.o.Feeds.Feeds()))
		}
		gather = append(gather, hub)
	}
	promhttp.HandlerFor(gather, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}

// hubState shows the state of a hub at one time as metrics.
type hubState struct {
	access.Status
	sources []access.SourceStatus
}

func hubDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("cure_hub_"+name, help, labels, nil)
}

var (
	descReady    = hubDesc("ready", "1 when the hub has caught up with its log.")
	descApplied  = hubDesc("applied_sequence", "Stream sequence applied last.")
	descBehind   = hubDesc("behind_batches", "Batches in the log that are not applied yet.")
	descBytes    = hubDesc("memory_bytes", "Resident bytes of the store.")
	descBudget   = hubDesc("memory_budget_bytes", "Bytes the store may use; 0: no limit.")
	descShed     = hubDesc("shed_observations_total", "Observations dropped for memory.")
	descLogBytes = hubDesc("log_bytes", "Bytes of the log.")
	descRecords  = hubDesc("source_records_total", "Records that came from the source.", "source")
	descRefused  = hubDesc("source_refused_total", "Batches and rows of the source that were not taken.", "source")
	descBad      = hubDesc("source_quarantined_total", "Records of the source in the quarantine.", "source")
	descGood     = hubDesc("source_last_record_timestamp_seconds", "When the last record of the source arrived, Unix time.", "source")
	descSkew     = hubDesc("source_clock_skew_seconds", "Arrival minus the publisher's clock in its last batch.", "source")
	descRead     = hubDesc("source_reading", "1 while the hub reads the source itself, 0 while it cannot.", "source")
	descLost     = hubDesc("source_datagrams_lost_total", "Datagrams of a source of the hub that found no room.", "source")
	descLag      = hubDesc("source_lag_seconds", "Arrival minus event time of the source's last batch.", "source")
)

// Describe is prometheus.Collector's.
func (h hubState) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(h, ch) }

// Collect is prometheus.Collector's.
func (h hubState) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	ready := 0.0
	if h.Ready {
		ready = 1
	}
	gauge(descReady, ready)
	gauge(descApplied, float64(h.Applied))
	gauge(descBehind, float64(h.Behind))
	gauge(descBytes, float64(h.Bytes))
	gauge(descBudget, float64(h.Budget))
	gauge(descLogBytes, float64(h.LogBytes))
	count(descShed, h.Shed)
	for i := range h.sources {
		src, op := string(h.sources[i].Source), h.sources[i].Operating
		if op == nil {
			continue
		}
		count(descRecords, op.Records, src)
		count(descRefused, op.Refused, src)
		count(descBad, op.Quarantined, src)
		gauge(descLag, op.Lag.Seconds(), src)
		gauge(descSkew, op.Skew.Seconds(), src)
		if !op.Good.IsZero() {
			gauge(descGood, float64(op.Good.Unix()), src)
		}
		h.intake(h.sources[i].Intake, src, gauge, count)
	}
}

// intake tells of a source that the hub reads itself.
func (hubState) intake(t *access.Intake, src string, gauge func(*prometheus.Desc, float64, ...string), count func(*prometheus.Desc, uint64, ...string)) {
	if t == nil {
		return
	}
	reads := 0.0
	if t.Running {
		reads = 1
	}
	gauge(descRead, reads, src)
	if t.Listening != nil {
		count(descLost, uint64(t.Listening.Dropped), src)
	}
}
