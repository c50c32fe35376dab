package hub

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/table"
)

// How a database is doing is told from these.
const (
	silentAfter  = 24 * time.Hour
	laggingAfter = time.Hour
)

// pictureDetections is how many findings a picture shows.
const pictureDetections = 20

// Picture returns the whole as the scope sees it. Publishers of the table are
// there without a source too, others as soon as the scope sees a source of
// them. Cost: a pass over the sets of cells and one over what enrichers say, none
// over the values.
func (h *Hub) Picture(ctx context.Context, sc cure.Scope) (Picture, error) {
	now := h.opts.Now().UTC()
	p := h.frame(sc)
	p.Seq, p.Time = h.Sequence(), now
	at := map[string]*client.Database{}
	for i := range p.Databases {
		at[p.Databases[i].Name] = &p.Databases[i]
	}
	for _, s := range h.Sources(sc) {
		if d := at[s.Source.Publisher()]; d != nil {
			fold(d, &s, now)
		}
	}
	m := h.store.Reader(sc).Matrix(cure.Source.Publisher)
	for i, a := range m.Names {
		if d := at[a]; d != nil {
			d.Observables = m.Shared[i][i]
		}
		for k, b := range m.Names[:i] {
			if n := m.Shared[i][k]; n > 0 && at[a] != nil && at[b] != nil {
				p.Ribbons = append(p.Ribbons, client.Ribbon{A: b, B: a, Shared: n})
			}
		}
	}
	for name, groups := range h.store.Reader(sc).Enriched(cure.Source.Publisher) {
		for b, n := range groups {
			if at[b] != nil {
				p.Ribbons = append(p.Ribbons, client.Ribbon{A: client.EnricherBody + name, B: b, Shared: n})
			}
		}
	}
	sortRibbons(p.Ribbons)
	p.Enrichers = h.Engines(sc)
	l := h.look(sc)
	defer l.done(ctx, "picture")
	if found := l.findings(FindingFilter{}); len(found) > 0 {
		p.Detections = found[:min(len(found), pictureDetections)]
	}
	return p, ctx.Err()
}

// frame returns a picture with all databases the scope may know of, empty.
func (h *Hub) frame(sc cure.Scope) Picture {
	p := Picture{
		Databases: []client.Database{}, Enrichers: []client.Enricher{}, Ribbons: []client.Ribbon{},
		Watch: []client.Watch{}, Detections: []client.Finding{},
	}
	for _, pub := range table.Publishers() {
		p.Databases = append(p.Databases, client.Database{
			Name: pub.Name, Role: pub.Role, Layer: string(pub.Layer), Topics: pub.Topics, State: client.ConditionNone,
		})
	}
	for _, s := range h.Sources(sc) {
		name := s.Source.Publisher()
		if name == enginePublisher || slices.ContainsFunc(p.Databases, func(d client.Database) bool { return d.Name == name }) {
			continue
		}
		p.Databases = append(p.Databases, client.Database{
			Name: name, Layer: string(publish.Observations), Topics: []cure.Topic{}, State: client.ConditionNone,
		})
	}
	slices.SortFunc(p.Databases, func(a, b client.Database) int { return cmp.Compare(a.Name, b.Name) })
	return p
}

// sortRibbons puts the widest first.
func sortRibbons(all []client.Ribbon) {
	slices.SortFunc(all, func(x, y client.Ribbon) int {
		return cmp.Or(cmp.Compare(y.Shared, x.Shared), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
}

// fold adds a source to its database. One source that fails makes the whole
// fail, for somebody has to act; one that is silent does not while another
// still speaks.
func fold(d *client.Database, s *SourceStatus, now time.Time) {
	d.Sources++
	d.Observations += s.Observations
	if s.Last.After(d.Last) {
		d.Last = s.Last
	}
	if s.Operating != nil {
		d.Records += s.Operating.Records
	}
	state, why := condition(s, now)
	switch {
	case severity(state) > severity(d.State),
		d.State == client.ConditionSilent && state == client.ConditionOK:
		d.State, d.Why = state, why
	}
}

// severity ranks conditions; a silent source does not outdo one that is well.
func severity(c client.Condition) int {
	return slices.Index([]client.Condition{
		client.ConditionNone, client.ConditionSilent, client.ConditionOK, client.ConditionLagging, client.ConditionFailing,
	}, c)
}

// condition says how a source is doing. Who sees only a part of it is told
// from that part.
func condition(s *SourceStatus, now time.Time) (client.Condition, string) {
	op := s.Operating
	if op == nil {
		if now.Sub(s.Last) > silentAfter {
			return client.ConditionSilent, fmt.Sprintf("%s: newest event %s", s.Source, s.Last.Format(time.DateOnly))
		}
		return client.ConditionOK, ""
	}
	bad := op.Refused + op.Quarantined
	switch {
	case bad > 0 && bad > op.Records:
		return client.ConditionFailing, fmt.Sprintf("%s: %d taken, %d refused or quarantined", s.Source, op.Records, bad)
	case op.Batches == 0:
		return client.ConditionSilent, fmt.Sprintf("%s: nothing came yet", s.Source)
	case now.Sub(op.Arrived) > silentAfter:
		return client.ConditionSilent, fmt.Sprintf("%s: last batch %s", s.Source, op.Arrived.Format(time.DateOnly))
	case op.Writer && op.Lag > laggingAfter && now.Sub(op.Arrived) < laggingAfter:
		return client.ConditionLagging, fmt.Sprintf("%s: events come %s late", s.Source, op.Lag.Round(time.Second))
	}
	return client.ConditionOK, ""
}

// Engines returns the engines: those that run, which is the configuration's,
// and those that have said something, to a scope
// that sees all of it.
func (h *Hub) Engines(sc cure.Scope) []client.Enricher {
	all := []client.Enricher{}
	for _, e := range h.engines.states() {
		state := "running"
		if e.Err != "" {
			state = "failing"
		}
		all = append(all, client.Enricher{Name: e.Name, Version: e.Version, State: state})
	}
	for _, s := range h.Sources(sc) {
		name, ok := strings.CutPrefix(string(s.Source), enginePublisher+"/")
		if !ok || s.Operating == nil {
			continue
		}
		i := slices.IndexFunc(all, func(e client.Enricher) bool { return e.Name == name })
		if i < 0 {
			i = len(all)
			all = append(all, client.Enricher{Name: name, State: "stopped"})
		}
		all[i].Results = s.Operating.Records
	}
	slices.SortFunc(all, func(a, b client.Enricher) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
