package access_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/enrich"
	"github.com/opencure/cure/internal/enrich/warninglist"
)

// TestRedChangesNothing holds the promise of the scopes: whatever RED records
// are added, wherever in the order, no answer to a viewer who may not see RED
// changes by a byte. Two hubs get the same records, one of them RED ones in
// between; every question is put to both.
func TestRedChangesNothing(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			plain, mixed := newHouse(t), newHouse(t)
			story := tell(r, 60)
			var events [2]string
			for i, h := range []*house{plain, mixed} {
				h.orgs()
				stop := h.label(warnings(t))
				sub := h.view("minato").Subscribe(1 << 16)
				h.act(story, h == mixed)
				h.settle()
				stop()
				events[i] = h.drain(sub)
				stop = h.compare()
				h.settle()
				stop()
			}
			if diff := cmp.Diff(events[0], events[1]); diff != "" {
				t.Fatalf("RED records show in the events (-without +with):\n%s", diff)
			}
			for _, org := range []string{"minato", "aoba", "clear"} {
				a, b := plain.everything(org), mixed.everything(org)
				if diff := cmp.Diff(a, b); diff != "" {
					t.Fatalf("viewer %s: RED records show (-without +with):\n%s", org, diff)
				}
			}
			if a, b := plain.everything(""), mixed.everything(""); cmp.Equal(a, b) {
				t.Fatal("the RED records do not show to the admin either: nothing was tested")
			}
		})
	}
}

// step is one thing that happens.
type step struct {
	src  cure.Source
	rec  cure.Record
	red  bool
	wait time.Duration
}

var (
	storySources = []cure.Source{"cowrie/a", "cowrie/b", "feeds/a", "feeds/b", "dionaea/a", "alerts/own"}
	storyTags    = []string{"mirai", "kagerou", "scanner"}
)

// pool is a small world, so that sources meet.
func pool(r *rand.Rand) cure.Observable {
	n := r.IntN(12)
	switch r.IntN(7) {
	case 0, 1:
		return cure.Observable{Kind: cure.KindIP, Value: fmt.Sprintf("198.51.100.%d", n)}
	case 2:
		return cure.Observable{Kind: cure.KindDomain, Value: fmt.Sprintf("h%d.kagerou.example", n)}
	case 3:
		return cure.Observable{Kind: cure.KindHash, Value: fmt.Sprintf("%032x", n)}
	case 4:
		return cure.Observable{Kind: cure.KindCIDR, Value: fmt.Sprintf("198.51.%d.0/24", 100+n%2)}
	case 5:
		return cure.Observable{Kind: cure.KindEmail, Value: fmt.Sprintf("u%d@kagerou.example", n)}
	}
	return cure.Observable{Kind: cure.KindPort, Value: fmt.Sprintf("tcp/%d", 22+n%3)}
}

// tell makes up a story; about half of its steps are RED.
func tell(r *rand.Rand, n int) []step {
	var all []step
	for i := range n {
		s := step{src: storySources[r.IntN(len(storySources))], red: r.IntN(2) == 0, wait: time.Duration(r.IntN(90)) * time.Minute}
		s.rec.ID = cure.NewID(fmt.Sprint("record", i))
		// A RED part of a record that others see, now and then.
		if s.red && i > 0 && r.IntN(4) == 0 {
			s.rec.ID, s.src = all[i-1].rec.ID, all[i-1].src
		}
		for range 1 + r.IntN(4) {
			s.rec.Observations = append(s.rec.Observations, cure.Observation{
				Observable: pool(r), Role: cure.Role(r.IntN(5)), State: cure.State(r.IntN(3)),
				First: start.Add(-time.Duration(r.IntN(48)) * time.Hour), Count: uint32(1 + r.IntN(3)),
			})
		}
		if r.IntN(3) == 0 {
			s.rec.Annotations = []cure.Annotation{{
				Subject: s.rec.Observations[0].Observable, Time: start,
				Tag: cure.Observable{Kind: cure.KindTag, Value: storyTags[r.IntN(len(storyTags))]},
			}}
		}
		meaningful(r, i, &s.rec)
		switch {
		case s.red:
			s.rec.Marking = cure.Marking{TLP: cure.TLPRed}
		case r.IntN(4) == 0:
			s.rec.Marking = cure.Marking{TLP: cure.TLPGreen}
		}
		s.rec.Raw = []byte(fmt.Sprint("line ", i))
		all = append(all, s)
	}
	return all
}

// meaningful adds, now and then, an alias, a detection or a case to a record.
func meaningful(r *rand.Rand, i int, rec *cure.Record) {
	tag := func() cure.Observable {
		return cure.Observable{Kind: cure.KindTag, Value: storyTags[r.IntN(len(storyTags))]}
	}
	switch r.IntN(6) {
	case 0:
		if a, b := tag(), tag(); a != b {
			rec.Annotations = append(rec.Annotations, cure.Annotation{Subject: a, Tag: b, Relation: cure.RelationAlias, Time: start, Sentence: fmt.Sprint("alias ", i)})
		}
	case 1:
		rec.Annotations = append(rec.Annotations, cure.Annotation{
			Subject: cure.Observable{Kind: cure.KindHash, Value: fmt.Sprintf("%032x", r.IntN(12))}, Tag: tag(), Time: start, Sentence: fmt.Sprint("sentence ", i),
		})
	case 2:
		d := cure.Detection{
			ID: cure.NewID(fmt.Sprint("detection", r.IntN(4))), Start: start.Add(-24 * time.Hour), End: start, Engine: "test", Title: fmt.Sprint("detection ", i),
			Ports: []cure.Observable{{Kind: cure.KindPort, Value: "tcp/23"}},
		}
		for n := range 6 {
			d.Sources = append(d.Sources, cure.Observable{Kind: cure.KindIP, Value: fmt.Sprintf("198.51.100.%d", n)})
		}
		rec.Detections = append(rec.Detections, d)
	case 4:
		rec.Documents = append(rec.Documents, cure.Document{ID: cure.NewID(fmt.Sprint("document", r.IntN(6))), Title: fmt.Sprint("report ", i), Date: start})
	case 3:
		rec.Cases = append(rec.Cases, cure.Case{
			ID: cure.NewID("case"), Detection: cure.NewID(fmt.Sprint("detection", r.IntN(4))), Title: "case", Opened: start,
			Parts: []cure.CasePart{{Name: "why", Reason: fmt.Sprint("because ", i), Score: 0.5}},
		})
	}
}

// orgs makes the organisations that look.
func (h *house) orgs() {
	for _, org := range []access.Org{{ID: "minato", MaxTLP: cure.TLPAmber}, {ID: "aoba", MaxTLP: cure.TLPGreen}, {ID: "clear", MaxTLP: cure.TLPClear}} {
		if err := h.reg.SetOrg(context.Background(), h.admin, org); err != nil {
			h.t.Fatal(err)
		}
	}
}

// drain returns all events as JSON, the places in the log left out.
func (h *house) drain(sub *access.Subscription) string {
	defer sub.Close()
	last := seen(cure.KindIP, "203.0.113.255")
	h.push("feeds/a", cure.Record{Observations: []cure.Observation{last}})
	var all []string
	for {
		e, err := sub.Next(context.Background())
		if err != nil {
			h.t.Fatal(err)
		}
		if e.Observable == last.Observable {
			// Values of one batch come in order of their hash, which each
			// cluster keys by itself.
			slices.Sort(all)
			return strings.Join(all, "\n")
		}
		text, err := json.Marshal(e)
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, string(text))
	}
}

// act lets the story happen, with or without its RED steps. The clock moves
// all the same.
func (h *house) act(story []step, red bool) {
	for _, src := range storySources {
		h.push(src, cure.Record{Observations: []cure.Observation{seen(cure.KindIP, "192.0.2.1")}})
	}
	for _, s := range story {
		h.advance(s.wait)
		if s.red && !red {
			continue
		}
		h.push(s.src, s.rec)
		if s.red {
			h.opine(s.rec.Observations[0].Observable)
			if err := h.hub.Quarantine(context.Background(), s.src, []access.BadRecord{{Reason: "bad", Marking: s.rec.Marking}}); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

// opine decides things about a value under RED.
func (h *house) opine(o cure.Observable) {
	tag := func(i int) cure.Observable { return cure.Observable{Kind: cure.KindTag, Value: storyTags[i]} }
	for _, d := range []cure.Override{
		{Kind: cure.OverrideVerdict, Value: "malicious", Target: cure.Target{Observable: o}},
		{Kind: cure.OverrideSuppress, Target: cure.Target{Source: "feeds/a"}},
		{Kind: cure.OverrideSuppress, Target: cure.Target{Detection: cure.NewID("detection1")}},
		{Kind: cure.OverrideAlias, Value: cure.AliasSame, Target: cure.Target{Observable: tag(0), Tag: tag(2)}},
	} {
		d.Reason, d.Marking = "secret", cure.Marking{TLP: cure.TLPRed}
		if _, err := h.view("").SetOverride(context.Background(), d); err != nil {
			h.t.Fatal(err)
		}
	}
}

// warnings is a small set of warning lists.
func warnings(t testing.TB) enrich.Labeller {
	return warninglist.NewLabeller(lists(t, `{"name":"Test net","type":"cidr","slug":"test-net","version":1,"matching_attributes":["ip-src"],"list":["198.51.100.0/30"]}
{"name":"Empty","type":"string","slug":"empty","version":1,"matching_attributes":["md5"],"list":["00000000000000000000000000000001"]}`))
}

func (h *house) digest() string { return h.hub.Digest(access.System("digest")) }

// settle waits until the labeller has nothing to do.
func (h *house) settle() {
	for calm := 0; calm < 5; {
		before := h.digest()
		time.Sleep(10 * time.Millisecond)
		if h.digest() == before {
			calm++
		} else {
			calm = 0
		}
	}
}

// everything puts every question there is, as an organisation, and returns the
// answers as JSON.
func (h *house) everything(org string) map[string]string {
	v, ctx := h.view(org), context.Background()
	all := map[string]string{}
	add := func(what string, answer any, err error) {
		text, jerr := json.Marshal(answer)
		if jerr != nil {
			h.t.Fatal(jerr)
		}
		all[what] = fmt.Sprintf("%s %v", text, err)
	}
	world := rand.New(rand.NewPCG(7, 7))
	asked := map[cure.Observable]bool{}
	for range 300 {
		asked[pool(world)] = true
	}
	for _, tag := range storyTags {
		asked[cure.Observable{Kind: cure.KindTag, Value: tag}] = true
		res, err := v.Tagged(ctx, tag, access.Cursor{})
		add("tag "+tag, res, err)
		names, err := v.Names(ctx, tag)
		add("names "+tag, names, err)
		reach, err := v.TagRecords(ctx, tag, access.Cursor{})
		add("records of tag "+tag, reach, err)
	}
	var keys access.Keys
	for o := range asked {
		name := o.String()
		a, err := v.Answer(ctx, o)
		add("answer "+name, a, err)
		tl, err := v.Timeline(ctx, o, time.Time{}, time.Time{}, access.Cursor{})
		add("timeline "+name, tl, err)
		n, err := v.Neighbours(ctx, o, access.Cursor{})
		add("neighbours "+name, n, err)
		met, err := v.Contacts(ctx, o, time.Time{}, access.Cursor{})
		add("contacts "+name, met, err)
		if o.Kind == cure.KindIP {
			alike, err := v.Similar(ctx, o, 0)
			add("similar "+name, alike, err)
		}
		p, err := v.Pivot(ctx, []cure.Observable{o}, access.PivotOptions{MaxFanout: 12})
		add("pivot "+name, p, err)
		sum, err := v.Summaries(ctx, []cure.Observable{o})
		add("summary "+name, sum, err)
		keys.Reset()
		keys.Add(o)
		var hits access.Hits
		add("hits "+name, &hits, v.Lookup(&keys, &hits))
		if o.Kind == cure.KindPort {
			refs, err := v.PortTime(ctx, o, time.Time{}, time.Time{}, access.Cursor{})
			add("port "+name, refs, err)
		}
	}
	for _, q := range []string{
		"198.51.100.0/24", "*.kagerou.example", "seen>=2 since:2d", "seen>=3", "kind:hash", "role:scanner",
		"source:cowrie -tag:mirai", "tag:kagerou or tag:mirai", "not source:feeds", "198.51.100.99", "since:1d",
		"until:2026-11-19", "tag:mirai 198.51.100.0/24",
	} {
		for _, c := range []access.Cursor{{}, {Limit: 3}, {Limit: 2, Skip: 2}} {
			res, err := v.Search(ctx, q, c)
			add(fmt.Sprint("search ", q, c), res, err)
		}
	}
	for i := range 60 {
		rec, err := v.Record(ctx, cure.NewID(fmt.Sprint("record", i)).String())
		add(fmt.Sprint("record ", i), rec, err)
	}
	add("stream", h.streamed(v, "203.0.113.255"), nil)
	for _, q := range []string{"", "m", "source:f", "198.51.100.", "h1", "kagerou or k"} {
		words, err := v.Suggest(ctx, q, 50)
		add("suggest "+q, words, err)
	}
	bars, err := v.SearchHistogram(ctx, "198.51.100.0/24", access.Span{})
	add("histogram", bars, err)
	past, err := v.History(ctx, start, time.Time{}, 3*time.Hour)
	add("history", past, err)
	now, err := v.Now(ctx)
	add("now", now, err)
	pic, err := v.Picture(ctx)
	add("picture", pic, err)
	found, err := v.Detections(ctx, access.FindingFilter{}, access.Cursor{})
	add("detections", found, err)
	for i := range 4 {
		c, err := v.Case(ctx, cure.NewID(fmt.Sprint("detection", i)).String(), access.CaseWindow{})
		add(fmt.Sprint("case ", i), c, err)
	}
	alert, err := v.Case(ctx, cure.NewID("record7").String(), access.CaseWindow{})
	add("case of a record", alert, err)
	docs, err := v.Documents(ctx, "report", access.Cursor{})
	add("documents", docs, err)
	groups, err := v.Campaigns(ctx, 0, access.Cursor{})
	add("campaigns", groups, err)
	add("overrides", v.Overrides(cure.Observable{}, true), nil)
	for _, bySource := range []bool{false, true} {
		m, err := v.Matrix(ctx, bySource)
		add(fmt.Sprint("matrix ", bySource), m, err)
	}
	for _, names := range [][]string{nil, {"feeds/a", "cowrie"}, {"feeds", "cowrie", "dionaea", "alerts"}} {
		c, err := v.Compare(ctx, names)
		add(fmt.Sprint("compare ", names), c, err)
	}
	for _, pair := range [][2]string{{"cowrie", "feeds"}, {"cowrie", "cowrie"}, {"feeds/a", "dionaea/a"}, {"alerts", "feeds"}} {
		for _, c := range []access.Cursor{{}, {Limit: 2}} {
			s, err := v.Shared(ctx, pair[0], pair[1], c)
			add(fmt.Sprint("shared ", pair, c), s, err)
		}
	}
	for _, n := range []int{1, 3, 100} {
		top, err := v.Top(ctx, cure.KindNone, n)
		add(fmt.Sprint("top ", n), top, err)
		rare, err := v.Rare(ctx, cure.KindNone, n)
		add(fmt.Sprint("rare ", n), rare, err)
	}
	cov, err := v.Covering(ctx, netip.MustParseAddr("198.51.100.7"))
	add("covering", cov, err)
	seen, err := v.Seen(ctx, 2, start.Add(-24*time.Hour), time.Time{}, access.Cursor{})
	add("seen", seen, err)
	bad, err := v.Quarantined(ctx, "", access.Cursor{})
	add("quarantine", bad, err)
	st, err := v.Status(ctx)
	if org != "" {
		add("status", st, err)
		add("sources", v.Sources(), nil)
	} else {
		add("sources", len(v.Sources()), nil)
	}
	add("stats", v.Stats(), nil)
	return all
}
