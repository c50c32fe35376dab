// Package api is the HTTP face of a hub: what a program or the page may ask
// and send, under /api/v1, described by itself at /api/openapi.json.
//
// In go requests of strangers, out come answers of an [access.View] bound to
// the key of the request, so that nothing here can show more than its holder
// may see. One file holds one resource. Every request passes the stack in
// protect.go first; a route without a list of roles cannot be registered.
//
// JSON is written by encoding/json through huma; the bulk look-up, which is
// the one hot path, has a binary form and handlers of its own (see
// docs/formats/lookup.md). Bodies are bounded to 8 MiB, answers to a list's
// limit, requests to 30 s and to the rate of their key.
//
// A [Server] is safe for concurrent use and keeps logins, rate buckets and
// metrics in memory, nothing else.
package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/analyse/darknet"
	"github.com/opencure/cure/internal/analyse/vuln"
)

// Options configure a server. All fields without a remark are needed.
type Options struct {
	Access   *access.Registry
	View     func(p access.Principal, purpose string) access.View
	Sessions *Sessions
	Page     http.Handler   // answers what is not below /api; nil: nothing does
	Feeds    Feeds          // that are polled; nil: none
	Vuln     *vuln.Model    // that estimates vulnerabilities; nil: none
	SIEM     string         // address of a search in the own log store; "": none
	Darknet  *darknet.Watch // what watches darknets; nil: nothing does
	Hosts    []string       // names the hub is reached by, beside addresses and localhost
	Version  string
	Rate     float64       // requests a second and key; 0: 2,000
	Burst    int           // requests at once; 0: twice the rate
	Streams  int           // streams of one key at once; 0: 64
	Most     int           // of all keys; 0: 4,096
	Idle     time.Duration // the longest silence of a stream; 0: 15 s
	Metrics  *prometheus.Registry
	Log      *slog.Logger
	Now      func() time.Time
	Random   io.Reader
}

// Server answers HTTP requests.
type Server struct {
	o         Options
	mux       *http.ServeMux
	huma      huma.API
	keys      *limiter // by key
	strangers *limiter // by address
	metrics   *metrics
	streams   streams
	life      context.Context // of streams; ends with the server
	end       context.CancelFunc
}

// New makes a server with all routes.
func New(o Options) *Server {
	if o.Rate == 0 {
		o.Rate = 2000
	}
	if o.Burst == 0 {
		o.Burst = int(2 * o.Rate)
	}
	s := &Server{
		o: o, mux: http.NewServeMux(), keys: newLimiter(o.Rate, o.Burst, o.Now),
		strangers: newLimiter(5, 60, o.Now), metrics: newMetrics(o.Metrics),
	}
	s.streams = streams{perKey: orElse(o.Streams, 64), most: orElse(o.Most, 4096), by: map[string]int{}}
	s.life, s.end = context.WithCancel(context.Background())
	s.o.Idle = orElse(o.Idle, eventIdle)
	s.huma = humago.New(s.mux, s.description())
	s.reads()
	s.writes()
	s.manages()
	s.mux.HandleFunc("GET /api/openapi.json", s.openAPI)
	s.mux.HandleFunc("GET /api/docs", s.docs)
	s.mux.HandleFunc("GET /healthz", s.healthz)
	s.mux.HandleFunc("GET /readyz", s.readyz)
	s.mux.HandleFunc("GET /metrics", s.showMetrics)
	s.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) { refuse(w, r, errNoRoute) })
	if o.Page != nil {
		s.mux.Handle("/", o.Page)
	}
	return s
}

// Handler returns the whole face behind its protections.
func (s *Server) Handler() http.Handler { return s.protect(s.mux) }

// HTTP returns a server for Handler with the limits a hub needs towards slow
// and greedy clients.
func (s *Server) HTTP() *http.Server {
	srv := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug),
	}
	srv.RegisterOnShutdown(s.End)
	return srv
}

// End ends all streams, which would last longer than anybody wants to wait.
func (s *Server) End() { s.end() }

func orElse[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// reads registers what asks the hub.
func (s *Server) reads() {
	s.search()
	s.suggest()
	s.lookup()
	s.extract()
	s.tables()
	s.exports()
	s.observables()
	s.contacts()
	s.darknet()
	s.records()
	s.links()
	s.picture()
	s.stream()
	s.pulse()
	s.overrides()
	s.tickets()
	s.kept()
	s.cases()
	s.documents()
	s.campaigns()
	s.malwares()
	s.sources()
	s.status()
	s.digest()
	s.feeds()
	s.vulnerabilities()
	s.exposure()
}

// writes registers what publishers send.
func (s *Server) writes() {
	s.publish()
	s.objects()
	s.push()
	s.controls()
}

// manages registers what administrators do.
func (s *Server) manages() {
	s.keysAndOrgs()
	s.audit()
	s.snapshot()
	s.engines()
}

// What inputs are put together from has to be exported: huma reads fields of
// embedded structs only then.

// Waits is part of the input of every read: do not answer before this stream
// sequence is applied.
type Waits struct {
	After uint64 `query:"after" doc:"Answer only when the batch of this stream sequence is applied: what you have just published is then in the answer."`
}

func (w Waits) sequence() uint64 { return w.After }

// Paged is part of the input of every list.
type Paged struct {
	Limit int `query:"limit" minimum:"1" maximum:"10000" default:"100" doc:"How many at most."`
	Skip  int `query:"skip" minimum:"0" maximum:"1000000" doc:"How many to leave out at the beginning."`
}

func (p Paged) cursor() access.Cursor { return access.Cursor{Limit: p.Limit, Skip: p.Skip} }

// out is an answer with a body of JSON.
type out[T any] struct{ Body T }

func body[T any](v T, err error) (*out[T], error) {
	if err != nil {
		return nil, err
	}
	return &out[T]{v}, nil
}

// settle waits for the sequence a read asks for.
func settle(ctx context.Context, v access.View, in any) error {
	if w, ok := in.(interface{ sequence() uint64 }); ok && w.sequence() > 0 {
		return v.Applied(ctx, w.sequence())
	}
	return nil
}
