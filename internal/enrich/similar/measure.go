package similar

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/num/isotonic"
)

// everything sees all cells.
var everything = Viewer{Sees: func(cure.Source, cure.Marking) bool { return true }}

// Trial is an index with the groups of its addresses, to measure it on.
type Trial struct {
	ix     *Index
	groups map[key16]string
	seen   map[key16]int // packets or records
}

// NewTrial makes a trial of what was seen up to a time.
func NewTrial(until time.Time, w Weights) *Trial {
	ix := New(func() time.Time { return until })
	ix.weights = w
	return &Trial{ix: ix, groups: map[key16]string{}, seen: map[key16]int{}}
}

// Add takes a sample in.
func (t *Trial) Add(s Sample) {
	a := key16(s.Addr.As16())
	t.ix.Add(s.Source, cure.Marking{}, &s.Record, 0)
	if s.Group != "" {
		t.groups[a] = s.Group
	}
	for i := range s.Record.Observations {
		if o := &s.Record.Observations[i]; o.Observable.Kind == cure.KindIP {
			t.seen[a] += int(max(o.Count, 1))
		}
	}
}

// Settle makes everything findable.
func (t *Trial) Settle() { t.ix.Settle() }

// GroupScore is how well one group is told.
type GroupScore struct {
	Name              string
	Members, Networks int // networks: /24 or /48
	Precision, Recall float64
	F1                float64
}

// Classified is how well neighbours tell the group of an address.
type Classified struct {
	Queries int
	Asked   int // of them with enough evidence and any neighbour of a group

	near, right int // among the ten nearest of all
	tallies     map[string]*tally
}

// tally counts the answers about one group.
type tally struct{ members, networks, said, both int }

func (c *Classified) of(group string) *tally {
	if c.tallies[group] == nil {
		c.tallies[group] = &tally{}
	}
	return c.tallies[group]
}

// Join adds the answers of another trial.
func (c *Classified) Join(o *Classified) {
	if c.tallies == nil {
		c.tallies = map[string]*tally{}
	}
	c.Queries, c.Asked, c.near, c.right = c.Queries+o.Queries, c.Asked+o.Asked, c.near+o.near, c.right+o.right
	for name, n := range o.tallies {
		t := c.of(name)
		t.members, t.networks, t.said, t.both = t.members+n.members, t.networks+n.networks, t.said+n.said, t.both+n.both
	}
}

// Precision is the part of the ten nearest of all, the background included,
// that are of the group of who was asked for.
func (c *Classified) Precision() float64 { return part(c.right, c.near) }

// Groups returns the scores of each group, by name.
func (c *Classified) Groups() []GroupScore {
	var all []GroupScore
	for _, name := range slices.Sorted(maps.Keys(c.tallies)) {
		n := c.tallies[name]
		if n.members == 0 { // said of others only, in a trial that has none
			continue
		}
		s := GroupScore{Name: name, Members: n.members, Networks: n.networks, Precision: part(n.both, n.said), Recall: part(n.both, n.members)}
		if s.Precision+s.Recall > 0 {
			s.F1 = 2 * s.Precision * s.Recall / (s.Precision + s.Recall)
		}
		all = append(all, s)
	}
	return all
}

// F1 returns the mean over the groups, by their members and each alike.
func (c *Classified) F1() (weighted, macro float64) {
	groups := c.Groups()
	for _, g := range groups {
		weighted += g.F1 * part(g.Members, c.Queries)
		macro += g.F1 / float64(len(groups))
	}
	return weighted, macro
}

// leastSeen is how often a labelled source must have been seen to be asked for.
const leastSeen = 10

// Classify asks for each labelled address the k nearest labelled ones, without
// its own network, and lets them vote with their overlap (leave one out, as
// Gioacchini et al. 2021 do for DarkVec). Groups with fewer than least members,
// or in one network only, are left out: there is nothing to find.
func (t *Trial) Classify(k, least int) Classified {
	t.ix.mu.RLock()
	defer t.ix.mu.RUnlock()
	q := t.ix.open(everything)
	members := t.members(least)
	out := Classified{tallies: map[string]*tally{}}
	for g, n := range networks(members) {
		out.of(g).networks = n
	}
	for _, a := range slices.SortedFunc(maps.Keys(members), compareKeys) {
		group := members[a]
		out.Queries++
		out.of(group).members++
		votes, best := t.vote(&q, a, members, k)
		out.near, out.right = out.near+best[0], out.right+best[1]
		said := winner(votes)
		if said == "" {
			continue
		}
		out.Asked++
		out.of(said).said++
		if said == group {
			out.of(group).both++
		}
	}
	return out
}

func part(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func compareKeys(a, b key16) int { return slices.Compare(a[:], b[:]) }

// network is what of an address neighbours share.
func network(a key16) netip.Prefix {
	addr := a.addr()
	bits := 24
	if addr.Is6() {
		bits = 48
	}
	p, _ := addr.Prefix(bits)
	return p
}

// networks counts the networks of each group.
func networks(members map[key16]string) map[string]int {
	type in struct {
		group string
		net   netip.Prefix
	}
	have, n := map[in]bool{}, map[string]int{}
	for a, g := range members {
		if k := (in{g, network(a)}); !have[k] {
			have[k] = true
			n[g]++
		}
	}
	return n
}

// members returns the labelled addresses that are asked for.
func (t *Trial) members(least int) map[key16]string {
	all, size := map[key16]string{}, map[string]int{}
	for a, g := range t.groups {
		if t.seen[a] >= leastSeen {
			all[a] = g
			size[g]++
		}
	}
	nets := networks(all)
	maps.DeleteFunc(all, func(_ key16, g string) bool { return size[g] < least || nets[g] < 2 })
	return all
}

// vote adds up the overlap of the k nearest labelled addresses by group. best
// is how many of the ten nearest of all there are, and are of its group.
func (t *Trial) vote(q *asked, a key16, members map[key16]string, k int) (votes map[string]float64, best [2]int) {
	own := q.sights(a, nil)
	items, e := q.profile(own)
	votes = map[string]float64{}
	if !e.enough() {
		return votes, best
	}
	n, net := 0, network(a)
	for _, m := range q.matches(a, own, items, candidateMost) {
		if network(m.addr) == net || m.overlap < leastOverlap {
			continue
		}
		if best[0] < 10 {
			best[0]++
			if t.groups[m.addr] == members[a] {
				best[1]++
			}
		}
		if g, ok := members[m.addr]; ok && n < k {
			votes[g] += m.overlap
			n++
		}
	}
	return votes, best
}

// winner is the group with most votes, "" for none.
func winner(votes map[string]float64) string {
	best := ""
	for _, g := range slices.Sorted(maps.Keys(votes)) {
		if best == "" || votes[g] > votes[best] {
			best = g
		}
	}
	return best
}

// Recall is the share of the k nearest addresses, found by comparing with all,
// that the sketches find too; one that is just as near counts as well. It asks
// for n addresses, drawn from all that can be compared.
func (t *Trial) Recall(n, k int, seed uint64) (recall float64, asked int) {
	t.ix.mu.RLock()
	defer t.ix.mu.RUnlock()
	q := t.ix.open(everything)
	found, wanted := 0, 0
	for _, a := range t.draw(n, seed) {
		own := q.sights(a, nil)
		items, e := q.profile(own)
		if !e.enough() {
			continue
		}
		exact := q.nearest(a, items, k)
		exact = slices.DeleteFunc(exact, func(m match) bool { return m.overlap < leastOverlap })
		if len(exact) == 0 {
			continue
		}
		asked++
		least := exact[len(exact)-1].overlap - 1e-9
		wanted += len(exact)
		for i, m := range q.matches(a, own, items, exactMost) {
			if i < len(exact) && m.overlap >= least {
				found++
			}
		}
	}
	return part(found, wanted), asked
}

// draw returns n addresses.
func (t *Trial) draw(n int, seed uint64) []key16 {
	all := slices.SortedFunc(maps.Keys(t.seen), compareKeys)
	r := rand.New(rand.NewPCG(seed, 1))
	r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all[:min(n, len(all))]
}

// Pairs appends for each labelled address and those nearest to it, its own
// network left out, the overlap and whether they are of one group. The
// background counts as another group.
func (t *Trial) Pairs(dst []isotonic.Point) []isotonic.Point {
	t.ix.mu.RLock()
	defer t.ix.mu.RUnlock()
	q := t.ix.open(everything)
	members := t.members(1)
	for _, a := range slices.SortedFunc(maps.Keys(members), compareKeys) {
		own := q.sights(a, nil)
		items, e := q.profile(own)
		if !e.enough() {
			continue
		}
		for i, m := range q.matches(a, own, items, exactMost) {
			if i >= 3*shown {
				break
			}
			if network(m.addr) == network(a) {
				continue
			}
			p := isotonic.Point{Score: m.overlap}
			if t.groups[m.addr] == members[a] {
				p.Outcome = 1
			}
			dst = append(dst, p)
		}
	}
	return dst
}

// Times asks for n addresses and returns how long each took, shortest first.
func (t *Trial) Times(n int, seed uint64) []time.Duration {
	var all []time.Duration
	for _, a := range t.draw(n, seed) {
		start := time.Now()
		t.ix.Similar(everything, a.addr())
		all = append(all, time.Since(start))
	}
	slices.SortFunc(all, func(a, b time.Duration) int { return cmp.Compare(a, b) })
	return all
}

// Held is what the index holds.
func (t *Trial) Held() Status { return t.ix.Status() }
