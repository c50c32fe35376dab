package hclust

import (
	"fmt"
	"math"
	"strings"
)

// Tree is an unrooted tree, kept from an inner node.
type Tree struct {
	Item    int     // of a leaf; -1 of an inner node
	Length  float64 // of the branch above, never negative
	Support float64 // of an inner node, 0 to 1; -1: not known
	Parts   []*Tree
}

// Join returns the tree of n items by neighbour joining. (Saitou and Nei, The
// neighbor-joining method, 1987, with the corrected criterion of Studier and
// Keppler, 1988.) Negative branches are set to 0. Cost: cubic.
func Join(n int, distance func(i, j int) float64) *Tree {
	j := newJoiner(n, distance)
	for len(j.nodes) > 3 {
		j.step()
	}
	root := &Tree{Item: -1, Support: -1}
	switch len(j.nodes) {
	case 0:
		return root
	case 1:
		return j.nodes[0]
	case 2:
		half := j.d[0][1] / 2
		j.nodes[0].Length, j.nodes[1].Length = half, half
	case 3:
		for i := range 3 {
			a, b := (i+1)%3, (i+2)%3
			j.nodes[i].Length = max(0, (j.d[i][a]+j.d[i][b]-j.d[a][b])/2)
		}
	}
	root.Parts = j.nodes
	return root
}

type joiner struct {
	nodes []*Tree
	d     [][]float64
	sum   []float64
}

func newJoiner(n int, distance func(i, j int) float64) *joiner {
	j := &joiner{nodes: make([]*Tree, n), d: make([][]float64, n), sum: make([]float64, n)}
	for i := range n {
		j.nodes[i] = &Tree{Item: i, Support: -1}
		j.d[i] = make([]float64, n)
		for k := range i {
			j.d[i][k] = distance(i, k)
			j.d[k][i] = j.d[i][k]
			j.sum[i] += j.d[i][k]
			j.sum[k] += j.d[i][k]
		}
	}
	return j
}

// step joins the two nodes that are nearest in the sense of the criterion.
func (j *joiner) step() {
	n := len(j.nodes)
	a, b, best := 0, 1, math.Inf(1)
	for i := range n {
		row, si := j.d[i], j.sum[i]
		for k := i + 1; k < n; k++ {
			if q := float64(n-2)*row[k] - si - j.sum[k]; q < best-1e-12 {
				a, b, best = i, k, q
			}
		}
	}
	dab := j.d[a][b]
	la := dab/2 + (j.sum[a]-j.sum[b])/float64(2*(n-2))
	la = min(max(la, 0), dab)
	j.nodes[a].Length, j.nodes[b].Length = la, dab-la
	j.nodes[a] = &Tree{Item: -1, Support: -1, Parts: []*Tree{j.nodes[a], j.nodes[b]}}
	last := n - 1
	for k := range n {
		if k == a || k == b {
			continue
		}
		was := j.d[a][k] + j.d[b][k]
		to := max(0, (was-dab)/2)
		j.sum[k] += to - was
		j.d[a][k], j.d[k][a] = to, to
	}
	j.nodes[b], j.d[b], j.sum[b] = j.nodes[last], j.d[last], j.sum[last]
	for k := range last {
		j.d[k][b] = j.d[k][last]
	}
	j.d[b][b] = 0
	j.nodes, j.d, j.sum = j.nodes[:last], j.d[:last], j.sum[:last]
	a = min(a, last-1)
	j.sum[a] = 0
	for k := range last {
		j.sum[a] += j.d[a][k]
	}
}

// Splits calls yield with the items on one side of each inner branch.
func (t *Tree) Splits(yield func(t *Tree, items []int)) []int {
	if t.Item >= 0 {
		return []int{t.Item}
	}
	var all []int
	for _, p := range t.Parts {
		below := p.Splits(yield)
		if p.Item < 0 {
			yield(p, below)
		}
		all = append(all, below...)
	}
	return all
}

// Newick writes the tree with branch lengths, and supports in per cent.
func (t *Tree) Newick(name func(item int) string) string {
	var b strings.Builder
	t.newick(&b, name, true)
	b.WriteByte(';')
	return b.String()
}

func (t *Tree) newick(b *strings.Builder, name func(int) string, root bool) {
	if t.Item >= 0 {
		b.WriteString(quoted(name(t.Item)))
	} else {
		b.WriteByte('(')
		for i, p := range t.Parts {
			if i > 0 {
				b.WriteByte(',')
			}
			p.newick(b, name, false)
		}
		b.WriteByte(')')
		if t.Support >= 0 && !root {
			fmt.Fprintf(b, "%.0f", 100*t.Support)
		}
	}
	if !root {
		fmt.Fprintf(b, ":%.4f", t.Length)
	}
}

// quoted writes a label as Newick wants it.
func quoted(s string) string {
	if !strings.ContainsAny(s, " ()[]':;,\t\n") && s != "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
