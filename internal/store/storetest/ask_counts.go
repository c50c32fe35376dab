package storetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// sources returns the visible sources of a value.
func (v View) sources(o cure.Observable) []cure.Source {
	set := map[cure.Source]bool{}
	for c := range v.pairs(o) {
		set[c.Source] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// Matrix is the store's.
func (v View) Matrix(group func(cure.Source) string) string {
	shared := map[[2]string]int{}
	for _, o := range v.values() {
		names := map[string]bool{}
		for _, src := range v.sources(o) {
			names[group(src)] = true
		}
		for a := range names {
			for b := range names {
				shared[[2]string{a, b}]++
			}
		}
	}
	var lines []string
	for k, n := range shared {
		lines = append(lines, fmt.Sprint(k, " ", n))
	}
	return strings.Join(sorted(lines), "\n")
}

func matrixText(m store.Matrix) string {
	var lines []string
	for i, a := range m.Names {
		for j, b := range m.Names {
			if n := m.Shared[i][j]; n > 0 {
				lines = append(lines, fmt.Sprint([2]string{a, b}, " ", n))
			}
		}
	}
	return strings.Join(sorted(lines), "\n")
}

func (v View) Shared(a, b func(cure.Source) bool) []string {
	var out []string
	for _, o := range v.values() {
		fits := false
		for _, x := range v.sources(o) {
			for _, y := range v.sources(o) {
				fits = fits || x != y && a(x) && b(y)
			}
		}
		if fits {
			out = append(out, o.String())
		}
	}
	return sorted(out)
}

// TopCounts gives sources and counts of the first n values, best first: among
// equals the contract goes by ID, which the model has not.
func (v View) TopCounts(kind cure.Kind, n int) []string {
	var out []string
	for _, o := range v.values() {
		if kind != cure.KindNone && o.Kind != kind {
			continue
		}
		count := 0
		for _, p := range v.pairs(o) {
			count += int(p.count)
		}
		out = append(out, topText(len(v.sources(o)), count))
	}
	slices.Sort(out)
	slices.Reverse(out)
	return out[:min(n, len(out))]
}

func topText(sources, count int) string { return fmt.Sprintf("%05d sources %012d", sources, count) }

func (v View) Stats() string {
	values := map[cure.Kind]uint64{}
	bySource := map[cure.Source]*store.SourceStats{}
	var st store.Stats
	for _, o := range v.values() {
		values[o.Kind]++
		for _, s := range v.sources(o) {
			if bySource[s] == nil {
				bySource[s] = &store.SourceStats{Source: s, First: 1<<32 - 1}
			}
			bySource[s].Values++
		}
	}
	for k := range v.M.pairs {
		if v.sees(k.Cell) {
			st.Pairs++
		}
	}
	for _, r := range v.M.rows {
		if !r.dead && v.sees(r.cell) {
			st.Observations++
			bySource[r.cell.Source].Observations++
		}
	}
	for _, t := range v.M.tags {
		if !t.dead && v.sees(t.cell) {
			st.Tagged++
		}
	}
	for c, b := range v.M.bounds {
		if ss := bySource[c.Source]; ss != nil && v.sees(c) {
			ss.First, ss.Last = min(ss.First, b[0]), max(ss.Last, b[1])
		}
	}
	st.Values = values
	for _, s := range slices.Sorted(maps.Keys(bySource)) {
		st.Sources = append(st.Sources, *bySource[s])
	}
	return statsText(st)
}

func statsText(st store.Stats) string {
	return fmt.Sprint(st.Values, " observations ", st.Observations, " pairs ", st.Pairs, " tagged ", st.Tagged, " ", st.Sources)
}

// Pivot answers without caps on values only: which of equals are cut is a
// matter of order.
func (v View) Pivot(seeds []cure.Observable, o store.PivotOptions) string {
	seen := map[cure.Observable]bool{}
	var frontier []cure.Observable
	for _, s := range seeds {
		if len(v.pairs(s)) > 0 && !seen[s] {
			seen[s] = true
			frontier = append(frontier, s)
		}
	}
	var lines []string
	for hop := 1; hop <= o.Hops; hop++ {
		var next []cure.Observable
		for _, f := range frontier {
			around := v.neighbours(f)
			if o.MaxFanout > 0 && len(around) > o.MaxFanout {
				lines = append(lines, "too common "+f.String())
				continue
			}
			for n := range around {
				if !seen[n] {
					seen[n] = true
					next = append(next, n)
					lines = append(lines, fmt.Sprint(hop, " ", n))
				}
			}
		}
		frontier = next
	}
	return strings.Join(sorted(lines), "\n")
}
