package darknet

import "slices"

// outliers returns the windows, of those that did not alarm yet, whose density
// at a penalty is an outlier among the last three days: the largest is dropped
// as long as that lowers the variance to glassoTheta of what it was or less.
func (g *glassoPaper) outliers(rho int) []int {
	var kept []int
	for i := range g.past {
		if !g.past[i].Alerted {
			kept = append(kept, i)
		}
	}
	if len(kept) < BaselineWindows { // 431 before this one
		return nil
	}
	slices.SortStableFunc(kept, func(a, b int) int {
		switch x, y := g.past[a].Density[rho], g.past[b].Density[rho]; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	n := len(kept)
	for n > 2 {
		all, rest := g.variance(kept[:n], rho), g.variance(kept[:n-1], rho)
		if !(all > 0) || rest/all > glassoTheta {
			break
		}
		n--
	}
	out := slices.Clone(kept[n:])
	slices.Sort(out)
	return out
}

// variance of some windows' densities, divided by their number less one.
func (g *glassoPaper) variance(of []int, rho int) float64 {
	mean, sum := 0.0, 0.0
	for _, i := range of {
		mean += g.past[i].Density[rho]
	}
	mean /= float64(len(of))
	for _, i := range of {
		d := g.past[i].Density[rho] - mean
		sum += d * d
	}
	return sum / float64(len(of)-1)
}

// usual is the median density.
func (g *glassoPaper) usual(rho int) float64 {
	all := make([]float64, len(g.past))
	for i := range g.past {
		all[i] = g.past[i].Density[rho]
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// glassoNames names ports by the share of the hosts that went there, without
// a look at the graph: from a tenth of the hosts on, attack or survey by their
// number; if none has that, the ports with most hosts.
func (t *bySource) glassoNames(w *Window) []glassoName {
	n := make([]int, len(t.ports))
	most := 0
	for _, v := range t.visits {
		n[v.port]++
		most = max(most, n[v.port])
	}
	if most == 0 {
		return nil
	}
	var all []glassoName
	for p, hosts := range n {
		name := glassoName{Port: t.ports[p], Hosts: hosts, Of: len(t.hosts)}
		switch enough := float64(hosts) >= glassoShare*float64(len(t.hosts)); {
		case enough && hosts >= glassoMany:
			name.Level = 1
		case enough:
			name.Level = 2
		case hosts == most:
			name.Level = 3
		default:
			continue
		}
		if _, focused := slices.BinarySearchFunc(w.Focused, name.Port, Port.Compare); focused {
			name.Level = 4
		}
		all = append(all, name)
	}
	slices.SortStableFunc(all, func(a, b glassoName) int { return b.Hosts - a.Hosts })
	return all
}
