package hclust

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// naive is average linkage by the book, on the whole matrix.
func naive(n int, s [][]float64) []Merge {
	members := map[int][]int{}
	for i := range n {
		members[i] = []int{i}
	}
	var merges []Merge
	for {
		best := Merge{A: -1}
		for a := range n + len(merges) {
			for b := a + 1; b < n+len(merges); b++ {
				if members[a] == nil || members[b] == nil {
					continue
				}
				sum := 0.0
				for _, i := range members[a] {
					for _, k := range members[b] {
						sum += s[i][k]
					}
				}
				if mean := sum / float64(len(members[a])*len(members[b])); mean > best.S+1e-12 {
					best = Merge{a, b, mean}
				}
			}
		}
		if best.A < 0 {
			return merges
		}
		id := n + len(merges)
		members[id] = append(slices.Clone(members[best.A]), members[best.B]...)
		delete(members, best.A)
		delete(members, best.B)
		merges = append(merges, best)
	}
}

// TestAverage compares with the naive way on random sparse graphs.
func TestAverage(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		n := 2 + r.IntN(14)
		s := make([][]float64, n)
		for i := range s {
			s[i] = make([]float64, n)
		}
		var edges []Edge
		for i := range n {
			for k := range i {
				if r.IntN(3) > 0 {
					s[i][k] = 0.01 + r.Float64()*0.98
					s[k][i] = s[i][k]
					edges = append(edges, Edge{i, k, s[i][k]})
				}
			}
		}
		got, want := Average(n, edges), naive(n, s)
		same := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
		if diff := cmp.Diff(want, got, cmp.Comparer(same)); diff != "" {
			t.Fatalf("seed %d (-naive +got):\n%s", seed, diff)
		}
		r.Shuffle(len(edges), func(i, k int) { edges[i], edges[k] = edges[k], edges[i] })
		if diff := cmp.Diff(got, Average(n, edges), cmp.Comparer(same)); diff != "" {
			t.Errorf("seed %d: the order of edges matters:\n%s", seed, diff)
		}
	}
}

// clumps are groups of items that are alike, and noise between them.
func clumps(r *rand.Rand, sizes ...int) (n int, edges []Edge, truth []int) {
	for g, size := range sizes {
		for range size {
			truth = append(truth, g)
		}
	}
	n = len(truth)
	for i := range n {
		for k := range i {
			s := 0.02 + 0.2*r.Float64()
			if truth[i] == truth[k] {
				s = 0.6 + 0.3*r.Float64()
			}
			edges = append(edges, Edge{i, k, s})
		}
	}
	return n, edges, truth
}

func TestBestCutFindsClumps(t *testing.T) {
	n, edges, truth := clumps(rand.New(rand.NewPCG(5, 5)), 4, 7, 3, 9)
	merges := Average(n, edges)
	c := Best(n, edges, merges, 0.05, 0.95, 100)
	if diff := cmp.Diff(truth, Cut(n, merges, c.S)); diff != "" {
		t.Errorf("cut at %.2f, silhouette %.2f (-want +got):\n%s", c.S, c.Score, diff)
	}
	if got := Cut(n, merges, 1.1); got[n-1] != n-1 {
		t.Errorf("above all merges nothing is merged: %v", got)
	}
	order := Order(n, merges)
	slices.Sort(order)
	for i, v := range order {
		if i != v {
			t.Fatalf("the order misses items: %v", order)
		}
	}
}

func TestSilhouetteOfNothing(t *testing.T) {
	if s := Silhouette(0, nil, nil); s != 0 {
		t.Errorf("of nothing: %v", s)
	}
	if s := Silhouette(2, []Edge{{0, 1, 1}}, []int{0, 0}); s != 1 {
		t.Errorf("of two that are one: %v", s)
	}
}

// TestJoin: from the distances along a tree comes the tree.
func TestJoin(t *testing.T) {
	d := [][]float64{{0, 5, 9, 9, 8}, {5, 0, 10, 10, 9}, {9, 10, 0, 8, 7}, {9, 10, 8, 0, 3}, {8, 9, 7, 3, 0}}
	tree := Join(5, func(i, k int) float64 { return d[i][k] })
	got := tree.Newick(func(i int) string { return string(rune('a' + i)) })
	if want := "(((a:2.0000,b:3.0000):3.0000,c:4.0000):2.0000,e:1.0000,d:2.0000);"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSmallTrees(t *testing.T) {
	name := func(i int) string { return fmt.Sprint("it's ", i) }
	one := func(i, k int) float64 { return 1 }
	for n, want := range []string{"();", "'it''s 0';", "('it''s 0':0.5000,'it''s 1':0.5000);"} {
		if got := Join(n, one).Newick(name); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// TestJoinKeepsEveryItem on distances that are no tree.
func TestJoinKeepsEveryItem(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for n := 3; n < 40; n += 5 {
		d := make([][]float64, n)
		for i := range d {
			d[i] = make([]float64, n)
			for k := range i {
				d[i][k] = r.Float64()
			}
		}
		var check func(*Tree)
		check = func(x *Tree) {
			if x.Length < 0 || math.IsNaN(x.Length) {
				t.Errorf("branch of length %v", x.Length)
			}
			for _, p := range x.Parts {
				check(p)
			}
		}
		tree := Join(n, func(i, k int) float64 { return d[max(i, k)][min(i, k)] })
		check(tree)
		all := tree.Splits(func(*Tree, []int) {})
		slices.Sort(all)
		if len(slices.Compact(all)) != n {
			t.Errorf("%d of %d items in the tree", len(all), n)
		}
	}
}

func BenchmarkAverage(b *testing.B) {
	n, edges, _ := clumps(rand.New(rand.NewPCG(1, 1)), 100, 200, 300)
	for b.Loop() {
		Average(n, edges)
	}
}

func BenchmarkJoin(b *testing.B) {
	for b.Loop() {
		Join(300, func(i, k int) float64 { return float64((i*7919+k*104729)%1000) / 1000 })
	}
}
