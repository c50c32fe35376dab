package hub

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/publish/table"
)

func database(t *testing.T, p Picture, name string) client.Database {
	t.Helper()
	i := slices.IndexFunc(p.Databases, func(d client.Database) bool { return d.Name == name })
	if i < 0 {
		t.Fatalf("no database %s in %+v", name, p.Databases)
	}
	return p.Databases[i]
}

func TestPictureShowsWhatTheScopeSees(t *testing.T) {
	r := newRig(t)
	empty, err := r.Picture(ctx, all)
	if err != nil || len(empty.Databases) != len(table.Publishers()) {
		t.Fatalf("empty picture has %d databases, want the %d of the table: %v", len(empty.Databases), len(table.Publishers()), err)
	}
	if d := database(t, empty, "cowrie"); d.State != client.ConditionNone || d.Layer != "observation" {
		t.Errorf("cowrie without a source: %+v", d)
	}
	r.publisher("cowrie/a").send(record("1", "198.51.100.1", "198.51.100.2"))
	r.publisher("cowrie/b").send(record("2", "198.51.100.1"))
	r.publisher("feeds/a").send(record("3", "198.51.100.1"))
	red := record("4", "198.51.100.2")
	red.Marking.TLP = cure.TLPRed
	r.publisher("own-things/x").send(red)

	p, err := r.Picture(ctx, all)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]client.Ribbon{{A: "cowrie", B: "feeds", Shared: 1}, {A: "cowrie", B: "own-things", Shared: 1}}, p.Ribbons); diff != "" {
		t.Errorf("ribbons (-want +got):\n%s", diff)
	}
	if d := database(t, p, "cowrie"); d.Sources != 2 || d.Observables != 2 || d.Observations != 3 || d.Records != 2 || d.State != client.ConditionOK {
		t.Errorf("cowrie: %+v", d)
	}
	p, err = r.Picture(ctx, public)
	if err != nil || len(p.Ribbons) != 1 || len(p.Databases) != len(empty.Databases) {
		t.Errorf("who does not see RED sees %+v, %v", p, err)
	}
	r.advance(25 * time.Hour)
	if p, _ = r.Picture(ctx, all); database(t, p, "cowrie").State != client.ConditionSilent {
		t.Errorf("a day without a batch: %+v", database(t, p, "cowrie"))
	}
}

func TestDetectionsSurviveARestart(t *testing.T) {
	r := newRig(t)
	p := r.publisher("darknet/a")
	clear := cure.Detection{ID: cure.NewID("d"), Start: start, End: start, Engine: "test", Title: "seen by all"}
	red := func(i int) cure.Detection {
		return cure.Detection{ID: cure.NewID("e" + string(rune(i))), Start: start.Add(time.Hour), End: start.Add(time.Hour), Engine: "test", Title: "hidden"}
	}
	p.send(cure.Record{ID: cure.NewID("r"), Detections: []cure.Detection{clear}})
	for i := range 40 {
		p.send(cure.Record{ID: cure.NewID("s" + string(rune(i))), Detections: []cure.Detection{red(i)}, Marking: cure.Marking{TLP: cure.TLPRed}})
	}
	if _, err := r.Snapshot(ctx); err != nil {
		t.Fatal(err)
	}
	r.restart()
	titles := func(sc cure.Scope, n int) (all []string) {
		ds, err := r.Detections(context.Background(), sc, FindingFilter{}, Cursor{Limit: n})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range ds {
			all = append(all, d.Title)
		}
		return all
	}
	if diff := cmp.Diff([]string{"seen by all"}, titles(public, 9)); diff != "" {
		t.Errorf("who does not see RED (-want +got):\n%s", diff)
	}
	if got := titles(all, 3); len(got) != 3 || got[0] != "hidden" {
		t.Errorf("who sees all: %v", got)
	}
}

// What a viewer does not see pushes nothing off the shelf that it does.
func TestShelfIsBoundedForEachMarking(t *testing.T) {
	s := shelf{Items: []shelved{{Record: cure.NewID("clear"), Detection: &cure.Detection{}}}}
	for range shelfItems + 7 {
		s.Items = append(s.Items, shelved{Marking: cure.Marking{TLP: cure.TLPRed}, Detection: &cure.Detection{}})
	}
	s.Items = append(s.Items, shelved{Record: cure.NewID("newest"), Marking: cure.Marking{TLP: cure.TLPRed}, Detection: &cure.Detection{}})
	s.Items = bound(s.Items)
	if n := len(s.Items); n != shelfItems+1 || s.Items[0].Record != cure.NewID("clear") || s.Items[n-1].Record != cure.NewID("newest") {
		t.Errorf("%d items are left, want %d with the first and the last", n, shelfItems+1)
	}
}

func TestHistoryReplaysArrivals(t *testing.T) {
	r := newRig(t)
	r.publisher("cowrie/a").send(record("1", "198.51.100.1", "198.51.100.2"))
	r.advance(time.Hour)
	r.publisher("feeds/a").send(record("2", "198.51.100.1"))
	hidden := record("3", "198.51.100.2")
	hidden.Marking.TLP = cure.TLPRed
	r.publisher("dionaea/a").send(hidden)
	r.advance(time.Hour)
	h, err := r.History(ctx, public, start.Add(-time.Minute), start.Add(90*time.Minute), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]client.Frame{
		{
			Time: start.Add(59 * time.Minute), Arrived: map[string]int{"cowrie": 2},
			Observables: map[string]uint64{"cowrie": 2}, Ribbons: []client.Ribbon{},
		},
		{
			Time: start.Add(90 * time.Minute), Arrived: map[string]int{"feeds": 1}, Linked: 1,
			Observables: map[string]uint64{"cowrie": 2, "feeds": 1}, Ribbons: []client.Ribbon{{A: "cowrie", B: "feeds", Shared: 1}},
		},
	}, h.Frames); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
	p, err := r.PictureAt(ctx, all, start.Add(30*time.Minute))
	if err != nil || len(p.Ribbons) != 0 || database(t, p, "cowrie").Observables != 2 || database(t, p, "feeds").State != client.ConditionNone {
		t.Errorf("picture half an hour in: %+v, %v", p, err)
	}
	if _, err := r.History(ctx, all, start.Add(-1e6*time.Second), start, time.Second); cure.KindOf(err) != cure.Invalid {
		t.Errorf("a million frames: %v", err)
	}
}

func TestNowTellsWhatWasLinked(t *testing.T) {
	r := newRig(t)
	r.publisher("feeds/a").send(record("old", "198.51.100.1", "198.51.100.2"))
	r.advance(2 * time.Hour)
	if n, err := r.Now(ctx, all); err != nil || n.Links.Total != 0 || n.Links.Empty == "" || n.Alerts.Empty == "" || n.Detections.Empty == "" {
		t.Fatalf("nothing happened for two hours: %+v, %v", n, err)
	}
	r.publisher("cowrie/a").send(record("new", "198.51.100.1", "198.51.100.9"))
	hidden := record("hidden", "198.51.100.2")
	hidden.Marking.TLP = cure.TLPRed
	r.publisher("alerts/own").send(hidden)
	n, err := r.Now(ctx, public)
	if err != nil || n.Links.Total != 1 || n.Alerts.Total != 0 {
		t.Fatalf("who does not see RED: %+v, %v", n, err)
	}
	if l := n.Links.Values[0]; l.Observable != ip("198.51.100.1") || !slices.Equal(l.New, []cure.Source{"cowrie/a"}) || l.Weight <= 0 || l.Why == "" {
		t.Errorf("link %+v", l)
	}
	if n, _ = r.Now(ctx, all); n.Links.Total != 2 || n.Alerts.Total != 1 || n.Alerts.Values[0].Observable != ip("198.51.100.2") {
		t.Errorf("who sees all: %+v", n)
	}
}

// TestPictureShowsWhatEnrichersSay counts a value once an enricher and
// database, only where both the statement and the value are visible.
func TestPictureShowsWhatEnrichersSay(t *testing.T) {
	r := newRig(t)
	r.publisher("cowrie/a").send(record("1", "198.51.100.1", "198.51.100.2"))
	r.publisher("feeds/a").send(record("2", "198.51.100.1"))
	say := func(ip, value string, m cure.Marking) cure.Record {
		return cure.Record{ID: cure.NewID(ip, value), Marking: m, Enrichments: []cure.Enrichment{{
			Subject: cure.Observable{Kind: cure.KindIP, Value: ip}, Enricher: "similar", Version: 1, Name: "similar", Value: value, Time: start,
		}}}
	}
	p := r.publisher("enrich/similar")
	p.send(say("198.51.100.1", "a", cure.Marking{}), say("198.51.100.1", "b", cure.Marking{}),
		say("198.51.100.2", "a", cure.Marking{TLP: cure.TLPRed}), say("198.51.100.3", "a", cure.Marking{}))
	for _, tt := range []struct {
		sc     cure.Scope
		cowrie uint64
	}{{all, 2}, {public, 1}} {
		pic, err := r.Picture(ctx, tt.sc)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]uint64{"cowrie": tt.cowrie, "feeds": 1}
		got := map[string]uint64{}
		for _, x := range pic.Ribbons {
			if x.A == "enrich:similar" {
				got[x.B] = x.Shared
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ribbons of the enricher (-want +got):\n%s", diff)
		}
	}
	p.send(cure.Record{ID: cure.NewID("x"), Controls: []cure.Control{{Op: cure.OpRetract, Producer: "similar", Version: 1}}})
	if pic, _ := r.Picture(ctx, all); slices.ContainsFunc(pic.Ribbons, func(x client.Ribbon) bool { return x.A == "enrich:similar" }) {
		t.Error("what was taken back still makes a ribbon")
	}
}
