// Package campaign groups values that belong together across databases. It
// answers "which of all these addresses, files and names are one thing that
// somebody does?".
//
// In go values that a viewer sees, each with who holds it, when, and with which
// others it stands in records or tags ([Value]); out come groups with their
// members, ranked, by [Find], which is pure: no clock, no store, no order of
// input matters. [Of] is the adapter that asks a hub. Since only visible values
// go in, each viewer has campaigns of his own.
//
// A group is a connected component over values that may join (Hopcroft and
// Tarjan, Efficient Algorithms for Graph Manipulation, 1973). What everything
// holds never joins, nor do ports, networks, victims, own hosts, or values whose
// times lie far apart. A value other than a file or URL that is the only tie of
// two groups, each a campaign of its own, does not join them either: a resolver
// or a shared host says nothing. Such values are named beside the groups they
// touch.
//
// # Identity
//
// A campaign is named after its founder, the shared member that was seen first.
// So it keeps its id as it grows; of two that merge the older id stays; of one
// that splits the part with the founder keeps it. Whatever happens, the id that
// any member would give finds the campaign it is in now ([Named]).
//
// Cost: linear in values and their ties, but for the search of single ties,
// which is linear once more for each time a group is cut.
package campaign

import (
	"cmp"
	"slices"
	"time"

	"github.com/opencure/cure"
)

// Value is a value as a viewer sees it.
type Value struct {
	Observable cure.Observable
	Sources    []cure.Source // sorted
	First      time.Time
	Last       time.Time
	Roles      []cure.Role
	Common     bool  // held by too many sources, or stands with too many values
	Near       []int // values in one record with it, or tied to it; one direction is enough
}

// Options are the limits of a grouping. Zero fields mean the defaults.
type Options struct {
	Gap        time.Duration // two values whose times are further apart do not join; 0: 14 days
	Shared     int           // values of two publishers that make a campaign; 0: 3
	Publishers int           // that a campaign crosses; 0: 2
}

// Group is a campaign.
type Group struct {
	ID         cure.ID
	Founder    int      // value
	Members    []int    // values, by observable
	Shared     int      // of them held by two or more publishers
	Publishers []string // sorted
	First      time.Time
	Last       time.Time
	Touches    []int // values that it shares with other groups and that join nothing
}

// ID returns the name of the campaign that a value would found.
func ID(o cure.Observable) cure.ID { return cure.NewID("campaign", o.String()) }

// Find groups values, the group that crosses most publishers first.
func Find(values []Value, o Options) []Group {
	if o.Gap == 0 {
		o.Gap = 14 * 24 * time.Hour
	}
	o.Shared, o.Publishers = cmp.Or(o.Shared, 3), cmp.Or(o.Publishers, 2)
	w := newWork(values, o)
	for w.components(); w.rounds < maxRounds && w.cut(); w.rounds++ {
		w.components()
	}
	groups := w.groups()
	w.touching(groups)
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(len(b.Publishers), len(a.Publishers)), cmp.Compare(b.Shared, a.Shared),
			b.Last.Compare(a.Last), cmp.Compare(a.ID.String(), b.ID.String()))
	})
	return groups
}

// Named returns the group that an id names: its own, or that of any member.
func Named(values []Value, groups []Group, id cure.ID) (Group, bool) {
	for _, g := range groups {
		if g.ID == id {
			return g, true
		}
	}
	for _, g := range groups {
		for _, m := range g.Members {
			if ID(values[m].Observable) == id {
				return g, true
			}
		}
	}
	return Group{}, false
}

// work is one grouping.
type work struct {
	values []Value
	o      Options
	pubs   [][]string
	joins  []bool
	near   [][]int // both directions, in time, between values that join
	comp   []int   // component of each value, -1: none
	n      int     // components
	rounds int     // of cutting
}

// maxRounds bounds how often groups are cut apart.
const maxRounds = 64

func newWork(values []Value, o Options) *work {
	w := &work{values: values, o: o, comp: make([]int, len(values)), near: make([][]int, len(values))}
	for i := range values {
		w.pubs = append(w.pubs, publishers(values[i].Sources))
		w.joins = append(w.joins, mayJoin(&values[i]))
	}
	for i := range values {
		for _, j := range values[i].Near {
			if w.joins[i] && j != i && w.joins[j] && meets(&values[i], &values[j], o.Gap) {
				w.near[i] = append(w.near[i], j)
				w.near[j] = append(w.near[j], i)
			}
		}
	}
	for i := range w.near {
		slices.Sort(w.near[i])
		w.near[i] = slices.Compact(w.near[i])
	}
	return w
}

func publishers(sources []cure.Source) []string {
	var all []string
	for _, s := range sources {
		if p := s.Publisher(); !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// mayJoin reports whether a value can tie others together.
func mayJoin(v *Value) bool {
	switch v.Observable.Kind {
	case cure.KindPort, cure.KindASN, cure.KindCIDR, cure.KindNone:
		return false
	}
	third, hostile := false, false
	for _, r := range v.Roles {
		hostile = hostile || r.Hostile()
		third = third || r == cure.RoleVictim || r == cure.RoleSpoofed || r == cure.RoleSinkhole || r == cure.RoleOwn
	}
	return !v.Common && (hostile || !third)
}

// meets reports whether the times of two values lie near each other.
func meets(a, b *Value, gap time.Duration) bool {
	return !a.First.After(b.Last.Add(gap)) && !b.First.After(a.Last.Add(gap))
}

// components numbers the connected components.
func (w *work) components() {
	for i := range w.comp {
		w.comp[i] = -1
	}
	w.n = 0
	var todo []int
	for i := range w.values {
		if !w.joins[i] || w.comp[i] >= 0 {
			continue
		}
		w.comp[i] = w.n
		for todo = append(todo[:0], i); len(todo) > 0; {
			v := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			for _, u := range w.near[v] {
				if w.joins[u] && w.comp[u] < 0 {
					w.comp[u] = w.n
					todo = append(todo, u)
				}
			}
		}
		w.n++
	}
}

// tally is what decides whether values are a campaign.
type tally struct {
	shared int
	pubs   []string
}

func (w *work) count(t *tally, i int) {
	if len(w.pubs[i]) > 1 {
		t.shared++
	}
	for _, p := range w.pubs[i] {
		if !slices.Contains(t.pubs, p) {
			t.pubs = append(t.pubs, p)
		}
	}
}

func (w *work) enough(t *tally) bool {
	return t.shared >= w.o.Shared && len(t.pubs) >= w.o.Publishers
}

// groups returns the components that are campaigns.
func (w *work) groups() []Group {
	members := make([][]int, w.n)
	for i, c := range w.comp {
		if c >= 0 {
			members[c] = append(members[c], i)
		}
	}
	var all []Group
	for _, list := range members {
		var t tally
		for _, i := range list {
			w.count(&t, i)
		}
		if w.enough(&t) {
			all = append(all, w.group(list, &t))
		}
	}
	return all
}

func (w *work) group(members []int, t *tally) Group {
	slices.SortFunc(members, func(a, b int) int { return compare(w.values[a].Observable, w.values[b].Observable) })
	slices.Sort(t.pubs)
	g := Group{Members: members, Shared: t.shared, Publishers: t.pubs, Founder: -1}
	for _, i := range members {
		v := &w.values[i]
		if g.First.IsZero() || v.First.Before(g.First) {
			g.First = v.First
		}
		if v.Last.After(g.Last) {
			g.Last = v.Last
		}
		if len(w.pubs[i]) > 1 && (g.Founder < 0 || v.First.Before(w.values[g.Founder].First)) {
			g.Founder = i
		}
	}
	g.ID = ID(w.values[g.Founder].Observable)
	return g
}

// touching notes for each group the values that do not join but stand with
// members of it and of another.
func (w *work) touching(groups []Group) {
	in := map[int]int{} // value -> group
	for n, g := range groups {
		for _, m := range g.Members {
			in[m] = n
		}
	}
	touched := map[int]map[int]bool{}
	touch := func(value, member int) {
		if n, ok := in[member]; ok && !w.joins[value] {
			if touched[value] == nil {
				touched[value] = map[int]bool{}
			}
			touched[value][n] = true
		}
	}
	for i := range w.values {
		for _, j := range w.values[i].Near {
			touch(i, j)
			touch(j, i)
		}
	}
	for value, by := range touched {
		for n := range by {
			if len(by) > 1 {
				groups[n].Touches = append(groups[n].Touches, value)
			}
		}
	}
	for n := range groups {
		slices.SortFunc(groups[n].Touches, func(a, b int) int { return compare(w.values[a].Observable, w.values[b].Observable) })
	}
}

func compare(a, b cure.Observable) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
}
