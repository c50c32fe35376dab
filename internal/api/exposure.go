package api

import (
	"context"
	"net/http"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/analyse/exposure"
	"github.com/opencure/cure/internal/analyse/vuln"
	"github.com/opencure/cure/internal/ioc"
)

type exposureInput struct {
	Waits
	CVE string `query:"cve" doc:"Only of this CVE; none: of all."`
}

type trendInput struct {
	From  time.Time `query:"from" doc:"Begin (RFC 3339), publish date; none: two years before the end."`
	To    time.Time `query:"to" doc:"End; none: now."`
	Step  string    `query:"step" enum:"month,quarter,year" doc:"None: what fits the time."`
	Limit int       `query:"limit" minimum:"1" maximum:"100" default:"10" doc:"How many types at most."`
}

// exposure registers what of the own assets is affected, and what is said of
// vulnerabilities as a whole.
func (s *Server) exposure() {
	register(s, route{
		id: "exposure", method: http.MethodGet, path: "/exposure", tag: "vulnerabilities", roles: readers,
		summary: "Which own assets are affected",
		text: "Inventories of assets joined with affected versions and with what scanners found, computed for each question. " +
			"Inventories are of the own organisation alone: others get an empty answer.",
	}, func(ctx context.Context, v access.View, in *exposureInput) (*out[client.Exposure], error) {
		return body(Exposure(ctx, v, in.CVE))
	})
	register(s, route{
		id: "typeTrend", method: http.MethodGet, path: "/vulnerabilities/trend", tag: "vulnerabilities", roles: readers,
		summary: "How many CVEs of each type were published over time",
		text:    "Published types; where nobody has published one, the estimate, counted apart.",
	}, func(ctx context.Context, v access.View, in *trendInput) (*out[client.TypeTrend], error) {
		return body(TypeTrend(ctx, v, s.o.Vuln, access.TrendQuery{From: in.From, To: in.To, Step: in.Step, Limit: in.Limit}))
	})
	register(s, route{
		id: "vulnModel", method: http.MethodGet, path: "/vulnerabilities/model", tag: "vulnerabilities", roles: readers,
		summary: "What the model that estimates is made of, and how good it is",
	}, func(context.Context, access.View, *struct{}) (*out[client.ModelCard], error) {
		if s.o.Vuln == nil {
			return nil, errNoModel
		}
		return body(s.o.Vuln.Public(), nil)
	})
}

// Exposure returns what of the own assets is affected by a CVE, for "" by any.
func Exposure(ctx context.Context, v access.View, cve string) (client.Exposure, error) {
	if cve == "" {
		return exposure.Everything(ctx, v)
	}
	o, err := ioc.Canonical(cure.KindCVE, cve)
	if err != nil {
		return client.Exposure{}, err
	}
	e := client.Exposure{Affected: []client.Affected{}}
	if e.Assets, err = exposure.Assets(ctx, v); err != nil {
		return e, err
	}
	of, err := exposure.OfCVE(ctx, v, o)
	e.Affected = append(e.Affected, of...)
	return e, err
}

// TypeTrend counts CVEs by type, with the names of the model's tree.
func TypeTrend(ctx context.Context, v access.View, m *vuln.Model, q access.TrendQuery) (client.TypeTrend, error) {
	q.Engine, q.Note = vuln.EngineName, vuln.NoteWeakness
	t, err := v.TypeTrend(ctx, q)
	if m == nil {
		return t, err
	}
	for i := range t.Types {
		if w := m.Tree().Get(t.Types[i].Type); w != nil {
			t.Types[i].Name = w.Name
		}
	}
	return t, err
}
