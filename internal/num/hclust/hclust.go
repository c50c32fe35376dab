// Package hclust answers "which of these things are one group, and how do the
// groups hang together?" from how alike some pairs of them are.
//
// In go numbered items and a sparse list of similarities between 0 and 1 (a
// pair that is not listed is 0 alike); out come
//
//	Average     the merges of average linkage (UPGMA)
//	Cut         the groups under a height
//	Silhouette  how well groups are parted, and by it the best cut
//	Join        an unrooted tree of one group by neighbour joining, as Newick
//
// Everything is a pure function of its arguments: the order of edges does not
// matter, and ties are broken by number. Cost: Average is O(E log E) time and
// O(E) memory for E pairs among those that merge; Join is cubic in the worst
// case and meant for some hundred items. Nothing here is safe for concurrent
// writing.
package hclust

import (
	"container/heap"
	"slices"
)

// Edge is how alike two items are.
type Edge struct {
	A, B int
	S    float64 // above 0, at most 1
}

// Merge is one step of a clustering. Clusters below n are items; merge k makes
// cluster n+k.
type Merge struct {
	A, B int     // clusters, the smaller number first
	S    float64 // mean similarity between the items of the two
}

// Average merges items by average linkage on a sparse graph until no edge is
// left between clusters: what is not connected stays apart. The merges come in
// order of falling similarity. (Sokal and Michener, A statistical method for
// evaluating systematic relationships, 1958; pairs without an edge count as 0.)
func Average(n int, edges []Edge) []Merge {
	l := &linkage{size: make([]int, n, 2*n), near: make([]map[int]float64, n, 2*n)}
	for i := range n {
		l.size[i] = 1
	}
	for _, e := range edges {
		if e.A == e.B || e.S <= 0 {
			continue
		}
		l.tie(e.A, e.B, e.S)
		l.tie(e.B, e.A, e.S)
	}
	for a, near := range l.near {
		for b, sum := range near {
			if a < b {
				l.queue = append(l.queue, candidate{a, b, sum})
			}
		}
	}
	heap.Init(&l.queue)
	var merges []Merge
	for l.queue.Len() > 0 {
		c := heap.Pop(&l.queue).(candidate)
		if l.near[c.a] == nil || l.near[c.b] == nil {
			continue // one of them is part of a larger one by now
		}
		merges = append(merges, Merge{c.a, c.b, c.s})
		l.merge(c.a, c.b)
	}
	return merges
}

// linkage is a clustering under way.
type linkage struct {
	size  []int
	near  []map[int]float64 // sums of similarities to living clusters; nil: none, or dead
	queue queue
}

func (l *linkage) tie(a, b int, s float64) {
	if l.near[a] == nil {
		l.near[a] = map[int]float64{}
	}
	l.near[a][b] = max(l.near[a][b], s)
}

func (l *linkage) merge(a, b int) {
	if len(l.near[a]) < len(l.near[b]) {
		a, b = b, a
	}
	id := len(l.size)
	all := l.near[a]
	for c, sum := range l.near[b] {
		all[c] += sum
	}
	delete(all, a)
	delete(all, b)
	l.size = append(l.size, l.size[a]+l.size[b])
	l.near = append(l.near, all)
	l.near[a], l.near[b] = nil, nil
	for c, sum := range all {
		delete(l.near[c], a)
		delete(l.near[c], b)
		l.near[c][id] = sum
		heap.Push(&l.queue, candidate{c, id, sum / float64(l.size[c]*l.size[id])})
	}
}

// candidate is a possible merge.
type candidate struct {
	a, b int
	s    float64
}

type queue []candidate

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	x, y := q[i], q[j]
	if x.s != y.s {
		return x.s > y.s
	}
	if x.a != y.a {
		return x.a < y.a
	}
	return x.b < y.b
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(candidate)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// Cut returns the group of each item when only merges at or above a similarity
// are made. Groups are numbered by their first item.
func Cut(n int, merges []Merge, least float64) []int {
	up := make([]int, n+len(merges))
	for i := range up {
		up[i] = i
	}
	for k, m := range merges {
		if m.S >= least {
			up[m.A], up[m.B] = n+k, n+k
		}
	}
	for i := len(up) - 1; i >= 0; i-- { // parents have higher numbers
		up[i] = up[up[i]]
	}
	number := map[int]int{}
	groups := make([]int, n)
	for i := range n {
		g, ok := number[up[i]]
		if !ok {
			g = len(number)
			number[up[i]] = g
		}
		groups[i] = g
	}
	return groups
}

// Order returns the items as they stand beside each other in the tree of the
// merges, for drawing.
func Order(n int, merges []Merge) []int {
	child := map[int]bool{}
	for _, m := range merges {
		child[m.A], child[m.B] = true, true
	}
	var order []int
	var walk []int
	for i := n + len(merges) - 1; i >= 0; i-- {
		if child[i] {
			continue
		}
		for walk = append(walk[:0], i); len(walk) > 0; {
			c := walk[len(walk)-1]
			walk = walk[:len(walk)-1]
			if c < n {
				order = append(order, c)
			} else {
				walk = append(walk, merges[c-n].B, merges[c-n].A)
			}
		}
	}
	return slices.Clip(order)
}
