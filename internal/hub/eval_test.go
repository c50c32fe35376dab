package hub

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// TestSearchFindsWhatMatches holds the short cuts of the evaluation against
// the long way: whatever part of a query lists the candidates, the result is
// what asking every value gives.
func TestSearchFindsWhatMatches(t *testing.T) {
	r := newRig(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	var pubs []*publisher
	for _, src := range []cure.Source{"cowrie/a", "cowrie/b", "feeds/a", "feeds/b"} {
		pubs = append(pubs, r.publisher(src))
	}
	for i := range 120 {
		rec := cure.Record{ID: cure.NewID(fmt.Sprint(i))}
		for range 1 + rnd.IntN(3) {
			rec.Observations = append(rec.Observations, cure.Observation{
				Observable: anything(rnd), Role: cure.Role(rnd.IntN(4)), First: start.Add(-time.Duration(rnd.IntN(96)) * time.Hour),
			})
		}
		if rnd.IntN(2) == 0 {
			rec.Annotations = []cure.Annotation{{Subject: rec.Observations[0].Observable, Tag: tagOf(rnd), Time: start}}
		}
		if rnd.IntN(3) == 0 {
			rec.Marking = cure.Marking{TLP: cure.TLPRed}
		}
		pubs[rnd.IntN(len(pubs))].send(rec)
	}
	found := 0
	for range 400 {
		text := question(rnd, 3)
		if rnd.IntN(3) == 0 {
			text = fmt.Sprintf("(%s) since:%dh", text, 1+rnd.IntN(96))
		}
		q, err := ParseQuery(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		for _, sc := range []cure.Scope{all, public} {
			got, err := r.Search(ctx, sc, text, Cursor{Limit: 1000})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.longWay(sc, q), sortedValues(got.Values)); diff != "" {
				t.Fatalf("%s (-asking every value +search):\n%s", q, diff)
			}
			found += len(got.Values)
		}
	}
	if found == 0 {
		t.Error("no query found anything")
	}
}

// longWay asks every value.
func (r *rig) longWay(sc cure.Scope, q Query) []string {
	ev := &evaluation{look: r.look(sc), from: q.since.time(r.clock()), to: maxTime, timed: !q.since.isZero(), ids: map[cure.Observable][]store.ID{}}
	values := []string{}
	for _, id := range ev.part(0, nil) {
		if ev.match(q.root, id) && (!ev.timed || ev.inTime(id)) {
			values = append(values, ev.r.Observable(id).String())
		}
	}
	slices.Sort(values)
	return values
}

func sortedValues(all []Summary) []string {
	values := []string{}
	for _, v := range all {
		values = append(values, v.Observable.String())
	}
	slices.Sort(values)
	return values
}

func anything(r *rand.Rand) cure.Observable {
	switch n := r.IntN(8); r.IntN(5) {
	case 0:
		return ip(fmt.Sprintf("198.51.100.%d", n))
	case 1:
		return cure.Observable{Kind: cure.KindDomain, Value: fmt.Sprintf("h%d.s%d.example", n, n%2)}
	case 2:
		return cure.Observable{Kind: cure.KindEmail, Value: fmt.Sprintf("u@s%d.example", n)}
	case 3:
		return cure.Observable{Kind: cure.KindURL, Value: fmt.Sprintf("http://s%d.example/%d", n%2, n)}
	default:
		return cure.Observable{Kind: cure.KindHash, Value: fmt.Sprintf("%032x", n)}
	}
}

func tagOf(r *rand.Rand) cure.Observable {
	return cure.Observable{Kind: cure.KindTag, Value: []string{"mirai", "kagerou", "scanner"}[r.IntN(3)]}
}

// question makes up a query that always finds its way through the parser.
func question(r *rand.Rand, depth int) string {
	if depth == 0 || r.IntN(3) == 0 {
		switch r.IntN(9) {
		case 0:
			return fmt.Sprintf("198.51.100.%d/30", 4*r.IntN(2))
		case 1:
			return fmt.Sprintf("*.s%d.example", r.IntN(2))
		case 2:
			return "tag:" + tagOf(r).Value
		case 3:
			return "source:" + []string{"cowrie", "cowrie/b", "feeds", "none"}[r.IntN(4)]
		case 4:
			return "kind:" + cure.Kinds()[r.IntN(5)].String()
		case 5:
			return "role:" + cure.Role(r.IntN(4)).String()
		case 6:
			return fmt.Sprintf("seen>=%d", 1+r.IntN(3))
		default:
			return anything(r).Value
		}
	}
	a, b := question(r, depth-1), question(r, depth-1)
	switch r.IntN(3) {
	case 0:
		return fmt.Sprintf("(%s) (%s)", a, b)
	case 1:
		return fmt.Sprintf("(%s) or (%s)", a, b)
	}
	return fmt.Sprintf("not (%s)", a)
}
