package publish

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/opencure/cure"
)

// object is an event of a graph that names tags.
func object(key string, at time.Time, tags ...string) *Event {
	ev := &Event{Kind: ListNode, Key: key, Time: at}
	for _, t := range tags {
		ev.Annotations = append(ev.Annotations, cure.Annotation{Tag: cure.Observable{Kind: cure.KindTag, Value: t}})
	}
	return ev
}

func TestGraphCarriesTags(t *testing.T) {
	var g graph
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	i := g.entry("indicator", at)
	g.edge("indicator", "malware") // before it is there
	g.node(object("malware", at, "malware:kagerou", "malware:heat haze"))
	g.edge("malware", "actor")
	g.edge("actor", "malware") // a cycle
	g.edge("malware", "malware")
	actor := object("actor", at, "actor:example")
	actor.Marking.TLP = cure.TLPAmber
	g.node(actor)
	if tags, tlp := g.tags(i); fmt.Sprint(tags) != "[malware:kagerou malware:heat haze actor:example]" || tlp != cure.TLPAmber {
		t.Errorf("tags %s of TLP:%s", tags, tlp)
	}
	newer := g.entry("indicator", at.Add(time.Hour))
	if g.current(i) || !g.current(newer) || g.entry("indicator", at) != -1 {
		t.Error("the newest version does not count")
	}
	g.node(object("malware", at.Add(-time.Hour), "malware:old"))
	if tags, _ := g.tags(newer); slices.Contains(tags, "malware:old") {
		t.Error("an older version of a malware counts")
	}
	if tags, _ := g.tags(0); tags != nil || g.entry("", at) != 0 {
		t.Error("what has no name is in the graph")
	}
}

// TestGraphIsBounded holds what a liar cannot grow.
func TestGraphIsBounded(t *testing.T) {
	var g graph
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	i := g.entry("hub", at)
	var many []string
	for n := range 1000 {
		many = append(many, fmt.Sprint("malware:n", n))
		g.edge("hub", fmt.Sprint("m", n))
		g.node(object(fmt.Sprint("m", n), at, fmt.Sprint("malware:m", n)))
	}
	g.node(object("m0", at.Add(time.Hour), many...))
	if n := len(g.nodes[g.ids["m0"]].tags); n != maxNodeTags {
		t.Errorf("%d tags of one object", n)
	}
	if tags, _ := g.tags(i); len(tags) > maxEntryTags {
		t.Errorf("%d tags of one entry", len(tags))
	}
	g.edges = maxEdges
	g.edge("m1", "m2")
	if len(g.nodes[g.ids["m1"]].to) != 0 {
		t.Error("more edges than there may be")
	}
}

// rolling is a fold of a feed that shows its newest entries.
func rolling(t *testing.T) *List {
	t.Helper()
	f := NewList(&Definition{Rolling: true, Role: cure.RoleC2, TLP: cure.TLPClear, Licence: cure.LicencePublic})
	return f
}

func TestRollingListEndsNothing(t *testing.T) {
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	f := rolling(t)
	say := func(made time.Time, at ...time.Time) (out []cure.Observation) {
		f.Begin(Copy{Identity: made.String(), Time: made})
		for _, when := range at {
			f.Add(&Event{Kind: ListEntry, Observations: []cure.Observation{{
				Observable: cure.Observable{Kind: cure.KindIP, Value: "192.0.2.1"}, Role: cure.RoleC2, First: when,
			}}}, nil)
		}
		if err := f.End(true, func(r *cure.Record) { out = append(out, r.Observations...) }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := say(day, day.Add(-time.Hour), day.Add(-2*time.Hour))
	if len(first) != 2 || first[0].State != cure.StateSeen || !first[0].First.Equal(day.Add(-2*time.Hour)) {
		t.Errorf("first copy: %+v", first)
	}
	g := rolling(t)
	if err := g.Restore(f.AppendState(nil)); err != nil {
		t.Fatal(err)
	}
	f = g
	if again := say(day.Add(25*time.Hour), day.Add(-time.Hour), day.Add(20*time.Hour)); len(again) != 1 {
		t.Errorf("second copy: %+v", again)
	}
	if none := say(day.Add(50 * time.Hour)); len(none) != 0 {
		t.Errorf("an empty window: %+v", none)
	}
	if plain := NewList(&Definition{}); plain.Restore(f.AppendState(nil)) != nil || plain.have.keys.len() != 0 {
		t.Error("the state of a definition that has changed is taken")
	}
}
