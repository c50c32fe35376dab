package publish

import (
	"time"

	"github.com/opencure/cure"
)

// The bounds of a graph; what is more is left out of it, and its entries stay
// without those tags.
const (
	maxNodes    = 1 << 20
	maxEdges    = 2 << 20
	maxReached  = 64 // objects whose tags an entry takes
	maxHops     = 3  // to them
	maxNodeTags = 8
)

// graph is how the objects of a copy hang together: an indicator indicates a
// malware that an actor uses. Entries take the tags of what they lead to. A
// cycle ends where it began; an object with a million aliases gives eight.
//
// Objects come in any order and in several versions, of which the newest
// counts. Memory: about 150 bytes an object and 8 an edge.
type graph struct {
	ids   map[string]int32
	nodes []graphNode // from 1
	gens  []int32     // of each version of an entry, from 1: its node
	edges int
}

// graphNode is an object.
type graphNode struct {
	version time.Time
	gen     int32 // version of the entry that counts
	tags    []string
	tlp     cure.TLP // of the tags
	to      []int32
}

// id returns the number of an object, 0 when there are too many or it has no
// name.
func (g *graph) id(key string) int32 {
	if key == "" {
		return 0
	}
	if n, ok := g.ids[key]; ok {
		return n
	}
	if len(g.nodes) >= maxNodes {
		return 0
	}
	if g.ids == nil {
		g.ids, g.nodes, g.gens = map[string]int32{}, make([]graphNode, 1), make([]int32, 1)
	}
	n := int32(len(g.nodes))
	g.ids[string([]byte(key))] = n
	g.nodes = append(g.nodes, graphNode{})
	return n
}

// entry notes a version of an object with observables and returns its number:
// 0 without a key, -1 when a newer one was there.
func (g *graph) entry(key string, version time.Time) int32 {
	n := g.id(key)
	if n == 0 {
		return 0
	}
	node := &g.nodes[n]
	if node.gen != 0 && version.Before(node.version) {
		return -1
	}
	g.gens = append(g.gens, n)
	node.version, node.gen = version, int32(len(g.gens)-1)
	return node.gen
}

// current reports whether a version of an entry is the one that counts.
func (g *graph) current(owner int32) bool {
	return owner == 0 || g.nodes[g.gens[owner]].gen == owner
}

// node notes the tags of an object.
func (g *graph) node(ev *Event) {
	n := g.id(ev.Key)
	if n == 0 || ev.Time.Before(g.nodes[n].version) {
		return
	}
	node := &g.nodes[n]
	node.version, node.tags, node.tlp = ev.Time, nil, ev.Marking.TLP
	for _, a := range ev.Annotations[:min(len(ev.Annotations), maxNodeTags)] {
		node.tags = append(node.tags, string([]byte(a.Tag.Value)))
	}
}

// edge notes that what is said of the object to holds for from too.
func (g *graph) edge(from, to string) {
	a, b := g.id(from), g.id(to)
	if a == 0 || b == 0 || g.edges >= maxEdges {
		return
	}
	g.edges++
	g.nodes[a].to = append(g.nodes[a].to, b)
}

// tags returns the tags that an entry takes from what it leads to, the nearest
// first, and the strictest mark of where they stand.
func (g *graph) tags(owner int32) (tags []string, tlp cure.TLP) {
	if owner == 0 {
		return nil, tlp
	}
	reached := []int32{g.gens[owner]}
	seen := map[int32]bool{reached[0]: true}
	for hop, from := 0, 0; hop <= maxHops && from < len(reached); hop++ {
		level := reached[from:]
		from = len(reached)
		for _, n := range level {
			for _, t := range g.nodes[n].tags {
				if len(tags) < maxEntryTags {
					tags, tlp = append(tags, t), max(tlp, g.nodes[n].tlp)
				}
			}
			for _, to := range g.nodes[n].to {
				if !seen[to] && len(reached) < maxReached {
					seen[to] = true
					reached = append(reached, to)
				}
			}
		}
	}
	return tags, tlp
}
