package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

func value(kind cure.Kind, v string) cure.Observable { return cure.Observable{Kind: kind, Value: v} }

// met makes a record of values in one role.
func met(id string, at time.Time, role cure.Role, values ...cure.Observable) cure.Record {
	rec := cure.Record{ID: cure.NewID(id)}
	for _, v := range values {
		rec.Observations = append(rec.Observations, cure.Observation{Observable: v, Role: role, First: at})
	}
	return rec
}

var (
	k1, k3   = value(cure.KindHash, strings.Repeat("1", 32)), value(cure.KindHash, strings.Repeat("3", 32))
	loader   = ip("198.51.100.23")
	c2       = ip("192.0.2.45")
	camera   = ip("203.0.113.20")
	port     = value(cure.KindPort, "tcp/48123")
	detected = cure.NewID("detection")
)

// tellCase publishes a small case: bots fetch K1 from a loader, which has K3
// too, which names a C2, which an own camera talks to.
func tellCase(r *rig) {
	pots, sites, alerts := r.publisher("cowrie/a"), r.publisher("malsites/a"), r.publisher("alerts/own")
	dark, feeds, engine := r.publisher("darknet/a"), r.publisher("feeds/a"), r.publisher("engine/test")
	var bots []cure.Observable
	for i := range 5 {
		bot := ip(fmt.Sprintf("198.18.0.%d", i))
		bots = append(bots, bot)
		rec := met(fmt.Sprint("session", i), start, cure.RoleInfected, bot)
		rec.Observations = append(rec.Observations, met("", start, cure.RoleLoader, loader).Observations...)
		rec.Observations = append(rec.Observations, met("", start, cure.RoleTool, k1).Observations...)
		pots.send(rec)
		dark.send(met(fmt.Sprint("flow", i), start, cure.RoleScanner, bot, port))
	}
	sites.send(met("site", start, cure.RoleLoader, loader, k3))
	sites.send(met("sandbox", start, cure.RoleC2, k3, c2))
	alert := met("alert", start, cure.RoleC2, c2)
	alert.Observations = append(alert.Observations, cure.Observation{Observable: camera, Role: cure.RoleOwn, First: start})
	alert.Marking = cure.Marking{TLP: cure.TLPRed}
	alerts.send(alert)
	feeds.send(met("list", start, cure.RoleC2, bots[0], ip("240.0.0.1")))
	d := cure.Detection{ID: detected, Start: start, End: start.Add(time.Hour), Engine: "test", Title: "48123", Ports: []cure.Observable{port}, Sources: bots}
	engine.send(cure.Record{ID: cure.NewID("found"), Detections: []cure.Detection{d}})
	engine.send(cure.Record{ID: cure.NewID("said"), Cases: []cure.Case{{ID: cure.NewID("c"), Detection: detected, Opened: start, Parts: []cure.CasePart{
		{Name: "why", Reason: "they grow together", Score: 0.9}, {Name: "similar", Reason: "the engine that compares"},
	}}}})
}

func block(t *testing.T, c CaseFile, name string) Block {
	t.Helper()
	i := slices.IndexFunc(c.Blocks, func(b Block) bool { return b.Name == name })
	if i < 0 {
		t.Fatalf("no block %q", name)
	}
	return c.Blocks[i]
}

func holds(b Block, o cure.Observable) bool {
	return slices.ContainsFunc(b.Parts, func(p client.Part) bool { return p.Observable == o && p.Reason != "" })
}

func TestCaseJoinsWhatBelongsTogether(t *testing.T) {
	r := newRig(t)
	tellCase(r)
	c, err := r.Case(context.Background(), all, detected.String(), CaseWindow{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		block string
		holds cure.Observable
	}{{"why", port}, {"C2", loader}, {"C2", c2}, {"malware", k1}, {"malware", k3}, {"ours", camera}, {"not found", c2}} {
		if b := block(t, c, tt.block); !holds(b, tt.holds) || b.State != client.BlockFilled {
			t.Errorf("block %q does not hold %s: %+v", tt.block, tt.holds, b)
		}
	}
	ours := block(t, c, "ours").Parts[0]
	if !strings.Contains(ours.Reason, c2.Value) || !strings.Contains(ours.Reason, k3.Value) || len(ours.Records) == 0 {
		t.Errorf("the way to the own host is %q in %v", ours.Reason, ours.Records)
	}
	if b := block(t, c, "similar"); b.State != client.BlockEmpty || b.Fills != "the engine that compares" {
		t.Errorf("block similar: %+v", b)
	}
	if b := block(t, c, "partner"); b.State != client.BlockEmpty || b.Fills == "" {
		t.Errorf("block partner: %+v", b)
	}
	c, err = r.Case(context.Background(), public, detected.String(), CaseWindow{})
	if err != nil || holds(block(t, c, "ours"), camera) {
		t.Errorf("who may not see the alert sees the own host: %v", err)
	}
}

// TestAlertIsACase: an own alert is explained by what others know.
func TestAlertIsACase(t *testing.T) {
	r := newRig(t)
	tellCase(r)
	id := cure.NewID("alert").String()
	c, err := r.Case(context.Background(), all, id, CaseWindow{})
	if err != nil {
		t.Fatal(err)
	}
	if !holds(block(t, c, "malware"), k3) || !holds(block(t, c, "C2"), loader) {
		t.Errorf("the alert is not explained: %+v", c.Blocks)
	}
	if b := block(t, c, "not found"); b.Parts[0].Observable != c2 || b.Parts[0].Text != "in no feed" {
		t.Errorf("what is not found begins with %+v, want that the C2 is in no feed", b.Parts[0])
	}
	o, err := r.Record(context.Background(), all, id)
	if err != nil || len(o.Others) != 1 || o.Others[0].Observable != c2 {
		t.Errorf("what others know of the alert: %+v, %v", o.Others, err)
	}
	_, err = r.Case(context.Background(), public, id, CaseWindow{})
	want(t, cure.NotFound, err)
	_, err = r.Case(context.Background(), all, "x", CaseWindow{})
	want(t, cure.Invalid, err)
}

func TestShelfIsKept(t *testing.T) {
	r := newRig(t)
	tellCase(r)
	find := func(what string, wanted int, sc cure.Scope, f FindingFilter) {
		t.Helper()
		got, err := r.Detections(context.Background(), sc, f, Cursor{})
		if err != nil || len(got) != wanted {
			t.Errorf("%s: %d detections, %v, want %d", what, len(got), err, wanted)
		}
	}
	find("at first", 1, public, FindingFilter{})
	find("by port", 1, public, FindingFilter{Port: "tcp/48123"})
	find("by another port", 0, public, FindingFilter{Port: "tcp/23"})
	find("by address", 1, public, FindingFilter{Address: "198.18.0.3"})
	find("by publisher", 1, public, FindingFilter{Publisher: "engine"})
	find("later", 0, public, FindingFilter{From: start.Add(2 * time.Hour)})
	if _, err := r.Snapshot(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.restart()
	find("after a restart", 1, public, FindingFilter{})
	r.tell("engine/test", cure.Control{Op: cure.OpRegrade, Record: cure.NewID("found"), Marking: cure.Marking{TLP: cure.TLPRed}})
	find("regraded, hidden", 0, public, FindingFilter{})
	find("regraded", 1, all, FindingFilter{})
	r.tell("engine/test", cure.Control{Op: cure.OpDelete, Observable: ip("198.18.0.3")})
	find("without one of its addresses", 0, all, FindingFilter{})
}

// tell sends a control and waits until it is applied.
func (r *rig) tell(src cure.Source, c cure.Control) {
	r.t.Helper()
	seq, err := r.Control(context.Background(), src, c)
	if err == nil {
		err = r.Applied(context.Background(), seq)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestManyAliases: whoever claims very many names makes a cut, not a flood.
func TestManyAliases(t *testing.T) {
	r := newRig(t)
	liar, honest := r.publisher("lab/a"), r.publisher("attack/a")
	tag := func(v string) cure.Observable { return value(cure.KindTag, v) }
	rec := cure.Record{ID: cure.NewID("honest"), Annotations: []cure.Annotation{{Subject: tag("bashlite"), Tag: tag("gafgyt"), Relation: cure.RelationAlias, Time: start}}}
	honest.send(rec)
	for i := range 20 {
		rec := cure.Record{ID: cure.NewID(fmt.Sprint("lie", i))}
		for k := range 200 {
			rec.Annotations = append(rec.Annotations, cure.Annotation{
				Subject: tag("bashlite"), Tag: tag(fmt.Sprintf("lie %d %d", i, k)), Relation: cure.RelationAlias, Time: start,
			})
		}
		liar.send(rec)
	}
	n, err := r.Names(context.Background(), all, "bashlite")
	if err != nil || !n.Cut || len(n.Names) > maxNames {
		t.Fatalf("%d names, cut %v, %v", len(n.Names), n.Cut, err)
	}
	if !slices.ContainsFunc(n.Names, func(x Name) bool { return x.Tag.Value == "gafgyt" }) {
		t.Error("the lies push out the name that another source gives")
	}
}
