package campaign

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

var day0 = time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC)

// world is a set of values that are tied by their names.
type world struct {
	values []Value
	at     map[string]int
}

func (w *world) add(o cure.Observable, at time.Duration, sources ...cure.Source) int {
	if w.at == nil {
		w.at = map[string]int{}
	}
	if i, ok := w.at[o.String()]; ok {
		return i
	}
	slices.Sort(sources)
	w.at[o.String()] = len(w.values)
	w.values = append(w.values, Value{Observable: o, Sources: sources, First: day0.Add(at), Last: day0.Add(at + time.Hour)})
	return len(w.values) - 1
}

// record ties values together, each with all others.
func (w *world) record(all ...int) {
	for i, a := range all {
		w.values[a].Near = append(w.values[a].Near, all[i+1:]...)
	}
}

func ip(v string) cure.Observable   { return cure.Observable{Kind: cure.KindIP, Value: v} }
func file(v string) cure.Observable { return cure.Observable{Kind: cure.KindHash, Value: v} }
func name(v string) cure.Observable { return cure.Observable{Kind: cure.KindDomain, Value: v} }

// names returns the members of each group, for comparing.
func (w *world) names(groups []Group) [][]string {
	var all [][]string
	for _, g := range groups {
		var list []string
		for _, m := range g.Members {
			list = append(list, w.values[m].Observable.Value)
		}
		all = append(all, list)
	}
	return all
}

// story is campaigns A and B, which share a resolver and the empty file.
func story() *world {
	w := &world{}
	k1, k3 := w.add(file("k1"), 0, "cowrie/a", "malsites/a", "reports/a"), w.add(file("k3"), 50*time.Hour, "malsites/a", "sandbox/a")
	loader := w.add(ip("198.51.100.23"), time.Hour, "cowrie/a", "feeds/a", "malsites/a")
	c2 := w.add(ip("192.0.2.45"), 51*time.Hour, "alerts/a", "livenet/a", "sandbox/a")
	w.record(k1, loader)
	w.record(k3, loader)
	w.record(k3, c2)
	for i := range 6 {
		bot := w.add(ip(fmt.Sprintf("198.18.0.%d", i)), time.Duration(i)*time.Hour, "cowrie/a", "darknet/a")
		w.record(bot, loader, k1)
	}
	s1, s2 := w.add(file("s1"), 0, "malmail/a", "decoynet/a"), w.add(file("s2"), 2*time.Hour, "endpoint/a", "decoynet/a")
	news := w.add(name("news.sazanami.example"), 3*time.Hour, "webaccess/a", "decoynet/a", "feeds/a")
	w.record(s1, s2)
	w.record(s2, news)
	resolver := w.add(ip("192.0.2.53"), time.Hour, "feeds/b", "livenet/a")
	empty := w.add(file("empty"), time.Hour, "cowrie/a", "endpoint/a", "malsites/a")
	w.values[empty].Common = true
	for _, v := range []int{loader, c2, news, s2} {
		w.record(resolver, v)
		w.record(empty, v)
	}
	return w
}

// TestStory: A and B share a resolver and the empty file alone, and stay two.
func TestStory(t *testing.T) {
	w := story()
	groups := Find(w.values, Options{})
	if len(groups) != 2 {
		t.Fatalf("%d groups, want 2: %v", len(groups), w.names(groups))
	}
	a, b := w.names(groups)[0], w.names(groups)[1]
	if len(a) != 10 || !slices.Contains(a, "192.0.2.45") || !slices.Contains(a, "k3") {
		t.Errorf("A is %v", a)
	}
	if diff := cmp.Diff([]string{"news.sazanami.example", "s1", "s2"}, b); diff != "" {
		t.Errorf("B (-want +got):\n%s", diff)
	}
	for _, g := range groups {
		var touches []string
		for _, i := range g.Touches {
			touches = append(touches, w.values[i].Observable.Value)
		}
		if diff := cmp.Diff([]string{"192.0.2.53", "empty"}, touches); diff != "" {
			t.Errorf("touches (-want +got):\n%s", diff)
		}
	}
}

func TestWhatNeverJoins(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(w *world, bridge int)
		want  int // groups
	}{
		{"a file joins", func(*world, int) {}, 1},
		{"a common file", func(w *world, i int) { w.values[i].Common = true }, 2},
		{"a victim", func(w *world, i int) { w.values[i].Roles = []cure.Role{cure.RoleVictim} }, 2},
		{"an own host", func(w *world, i int) { w.values[i].Roles = []cure.Role{cure.RoleOwn} }, 2},
		{"a victim that attacks", func(w *world, i int) { w.values[i].Roles = []cure.Role{cure.RoleVictim, cure.RoleC2} }, 1},
		{"a port", func(w *world, i int) {
			w.values[i].Observable = cure.Observable{Kind: cure.KindPort, Value: "tcp/23"}
		}, 2},
		{"an address alone", func(w *world, i int) { w.values[i].Observable = ip("192.0.2.1") }, 2},
		{"a year between", func(w *world, i int) {
			for j := range 3 {
				w.values[j].First, w.values[j].Last = day0.AddDate(-1, 0, 0), day0.AddDate(-1, 0, 1)
			}
		}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &world{}
			for g := range 2 {
				var all []int
				for i := range 3 {
					all = append(all, w.add(file(fmt.Sprint(g, "-", i)), 0, "a/1", "b/1"))
				}
				w.record(all...)
			}
			bridge := w.add(file("bridge"), 0, "c/1", "d/1")
			w.record(0, bridge)
			w.record(3, bridge)
			tt.spoil(w, bridge)
			if groups := Find(w.values, Options{}); len(groups) != tt.want {
				t.Errorf("%d groups, want %d: %v", len(groups), tt.want, w.names(groups))
			}
		})
	}
}

// TestIdentity: a campaign keeps its id as it grows; of two that merge the
// older stays, of one that splits the part with the founder keeps it.
func TestIdentity(t *testing.T) {
	w := &world{}
	grow := func(prefix string, n int, at time.Duration) {
		for i := range n {
			v := w.add(file(fmt.Sprint(prefix, i)), at+time.Duration(i)*time.Hour, "a/1", "b/1")
			if i > 0 {
				w.record(v, w.at[file(fmt.Sprint(prefix, i-1)).String()])
			}
		}
	}
	grow("old", 3, 0)
	id := Find(w.values, Options{})[0].ID
	grow("old", 9, 0)
	grow("new", 4, 5*time.Hour)
	groups := Find(w.values, Options{})
	if len(groups) != 2 || groups[0].ID != id {
		t.Fatalf("after growing: %v", w.names(groups))
	}
	newer := groups[1].ID
	bridge := w.add(file("merge"), 8*time.Hour, "a/1", "b/1")
	w.record(bridge, 0)
	w.record(bridge, w.at[file("new0").String()])
	groups = Find(w.values, Options{})
	if len(groups) != 1 || groups[0].ID != id {
		t.Fatalf("after merging: %d groups, %s, want %s", len(groups), groups[0].ID, id)
	}
	if g, ok := Named(w.values, groups, newer); !ok || g.ID != id {
		t.Error("the id of the younger one does not find the merged one")
	}
	w.values[bridge].Common = true // somebody found out that everything holds it
	groups = Find(w.values, Options{})
	if len(groups) != 2 || groups[0].ID != id || groups[1].ID != newer {
		t.Errorf("after splitting: %v", w.names(groups))
	}
}

// TestPlanted finds planted campaigns in mixes with noise, over-common values,
// chance meetings and other orders, and nothing else.
func TestPlanted(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			w, planted := mix(r)
			groups := Find(w.values, Options{})
			var got [][]string
			for _, g := range w.names(groups) {
				slices.Sort(g)
				got = append(got, g)
			}
			slices.SortFunc(got, slices.Compare[[]string])
			if diff := cmp.Diff(planted, got); diff != "" {
				t.Fatalf("(-planted +found):\n%s", diff)
			}
			again := Find(shuffled(r, w.values), Options{})
			for i := range groups {
				if again[i].ID != groups[i].ID {
					t.Fatal("the order of the values matters")
				}
			}
		})
	}
}

// mix makes two to five campaigns over three to six databases, and what is
// around them. SYNTHETIC.
func mix(r *rand.Rand) (*world, [][]string) {
	w := &world{}
	dbs := []cure.Source{"cowrie/a", "dionaea/a", "malsites/a", "feeds/a", "reports/a", "alerts/a"}
	some := func(n int) []cure.Source {
		var s []cure.Source
		for _, i := range r.Perm(len(dbs))[:n] {
			s = append(s, dbs[i])
		}
		return s
	}
	var planted [][]string
	var hearts []int
	for c := range 2 + r.IntN(4) {
		hash := w.add(file(fmt.Sprintf("c%d-file", c)), 0, some(3)...)
		all, list := []int{hash}, []string{w.values[hash].Observable.Value}
		for i := range 5 + r.IntN(20) {
			o := ip(fmt.Sprintf("198.18.%d.%d", c, i))
			if i%4 == 1 {
				o = name(fmt.Sprintf("h%d.c%d.example", i, c))
			}
			v := w.add(o, time.Duration(r.IntN(72))*time.Hour, some(2+r.IntN(2))...)
			w.record(v, all[r.IntN(len(all))], hash)
			all, list = append(all, v), append(list, o.Value)
		}
		slices.Sort(list)
		planted = append(planted, list)
		hearts = append(hearts, hash, all[1+r.IntN(len(all)-1)])
	}
	for i := range 200 { // what one database alone knows
		w.add(ip(fmt.Sprintf("240.0.0.%d", i)), time.Duration(r.IntN(72))*time.Hour, some(1)...)
	}
	for i := range 20 { // links that belong to nothing
		w.add(ip(fmt.Sprintf("240.1.0.%d", i)), 0, some(2)...)
	}
	common := w.add(file("everywhere"), 0, dbs...)
	w.values[common].Common = true
	resolver := w.add(ip("192.0.2.53"), 0, some(2)...)
	for _, h := range hearts {
		w.record(common, h)
	}
	for _, h := range hearts[:4] { // two of each of two campaigns asked it
		w.record(resolver, h)
	}
	slices.SortFunc(planted, slices.Compare[[]string])
	return w, planted
}

// shuffled returns the values in another order.
func shuffled(r *rand.Rand, values []Value) []Value {
	to := r.Perm(len(values))
	out := make([]Value, len(values))
	for i, v := range values {
		v.Near = slices.Clone(v.Near)
		for k := range v.Near {
			v.Near[k] = to[v.Near[k]]
		}
		out[to[i]] = v
	}
	return out
}
