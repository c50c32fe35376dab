package darknet

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/opencure/cure/internal/num/glasso"
	"github.com/opencure/cure/internal/num/tail"
)

// cut keeps the patterns of most hosts.
func (gr *graph) cut(whole glasso.Table) glasso.Table {
	order := make([]int, len(whole.Column))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(whole.Weight[b], whole.Weight[a]), cmp.Compare(a, b))
	})
	to := make([]int, len(order))
	out := glasso.Table{Rows: whole.Rows}
	hosts := 0
	for n, k := range order {
		to[k] = n
		if n >= graphColumns {
			to[k] = -1
			hosts += whole.Weight[k]
			continue
		}
		out.Column, out.Weight = append(out.Column, whole.Column[k]), append(out.Weight, whole.Weight[k])
	}
	for h, k := range gr.of {
		gr.of[h] = to[k]
	}
	gr.notes = append(gr.notes, fmt.Sprintf("%d hosts with %d rare patterns are not in the graph", hosts, len(order)-graphColumns))
	return out
}

// starsOf returns Σ d (d − 1) over all hosts, d their edges.
func (gr *graph) starsOf(f *glasso.Fit) (sum float64) {
	for k := range f.Row {
		d := 0.0
		if f.Row[k].Within != 0 {
			d = float64(gr.weight[k] - 1)
		}
		for _, e := range f.Row[k].To {
			d += float64(gr.weight[e.Column])
		}
		sum += float64(gr.weight[k]) * d * (d - 1)
	}
	return sum
}

// pull is how much the hosts of a port hold together in a graph.
type pull struct {
	fit                   int
	edges, mean, variance float64
	p                     float64 // of all penalties together
}

// score is the deviation from chance in standard deviations.
func (p pull) score() float64 { return (p.edges - p.mean) / math.Sqrt(p.variance+1) }

// pullOf counts the edges among some hosts at each penalty and returns the
// count that is least likely by chance.
func (gr *graph) pullOf(hosts []int) pull {
	members, n := gr.patterns(hosts)
	best := pull{p: math.Inf(1)}
	for i := range gr.fits {
		f := &gr.fits[i]
		edges := 0.0
		for k, m := range members {
			if m > 0 {
				edges += float64(m) * gr.inside(f, members, k) / 2
			}
		}
		x := pull{fit: i, edges: edges}
		x.mean, x.variance = gr.chance(i, n)
		x.p = tail.Gamma(edges, x.mean, x.variance+1e-9) * float64(len(gr.fits))
		if edges <= x.mean {
			x.p = 1
		}
		if x.p < best.p || x.p == best.p && x.score() > best.score() {
			best = x
		}
	}
	best.p = min(best.p, 1)
	return best
}

// patterns counts some hosts by pattern.
func (gr *graph) patterns(hosts []int) (members []int, n int) {
	members = make([]int, len(gr.weight))
	for _, h := range hosts {
		if k := gr.of[h]; k >= 0 {
			members[k]++
			n++
		}
	}
	return members, n
}

// inside returns how many edges a host of pattern k has to some members, of
// which it is one.
func (gr *graph) inside(f *glasso.Fit, members []int, k int) float64 {
	d := 0.0
	if f.Row[k].Within != 0 {
		d = float64(members[k] - 1)
	}
	for _, e := range f.Row[k].To {
		d += float64(members[e.Column])
	}
	return d
}

// chance is mean and variance of the edges among n hosts drawn at random from
// all P, without putting back: a pair of edges is one edge, shares a host, or
// is apart, with (n)2/(P)2, (n)3/(P)3 and (n)4/(P)4 of being inside.
func (gr *graph) chance(fit, n int) (mean, variance float64) {
	hosts := 0
	for _, w := range gr.weight {
		hosts += w
	}
	odds := func(r int) float64 {
		v := 1.0
		for i := range r {
			if hosts-i <= 0 || n-i <= 0 {
				return 0
			}
			v *= float64(n-i) / float64(hosts-i)
		}
		return v
	}
	m, stars := float64(gr.fits[fit].Edges), gr.stars[fit]
	mean = m * odds(2)
	variance = mean + stars*odds(3) + (m*m-m-stars)*odds(4) - mean*mean
	return mean, max(variance, 0)
}

// inStep returns those of some hosts that hang together: the largest component
// of the graph inside of the port.
func (gr *graph) inStep(hosts []int, fit int) []int {
	members, _ := gr.patterns(hosts)
	f := &gr.fits[fit]
	of := make([]int, len(members)) // pattern -> one more than its component
	var size []int
	var queue []int
	for first, m := range members {
		if m == 0 || of[first] != 0 || gr.inside(f, members, first) == 0 {
			continue
		}
		size = append(size, 0)
		of[first] = len(size)
		queue = append(queue[:0], first)
		for at := 0; at < len(queue); at++ {
			size[len(size)-1] += members[queue[at]]
			for _, e := range f.Row[queue[at]].To {
				if members[e.Column] > 0 && of[e.Column] == 0 {
					of[e.Column] = len(size)
					queue = append(queue, e.Column)
				}
			}
		}
	}
	largest := 0
	for c, n := range size {
		if n > size[largest] {
			largest = c
		}
	}
	var out []int
	for _, h := range hosts {
		if k := gr.of[h]; k >= 0 && of[k] == largest+1 {
			out = append(out, h)
		}
	}
	return out
}
