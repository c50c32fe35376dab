package campaign

import (
	"cmp"
	"slices"

	"github.com/opencure/cure"
)

// cut takes away the right to join from values that are the only tie of two
// parts, each of which is a campaign without them; false when there are none.
// Of each component one goes in a round, that with the fewest ties: what only
// touches two groups has fewer than what belongs to one of them.
func (w *work) cut() bool {
	found := false
	t := &ties{
		work: w, order: make([]int, len(w.values)), low: make([]int, len(w.values)),
		under: make([]tally, len(w.values)), whole: make([]tally, w.n),
	}
	for i, c := range w.comp {
		if c >= 0 {
			w.count(&t.whole[c], i)
		}
	}
	for i := range w.values {
		if !w.joins[i] || t.order[i] > 0 {
			continue
		}
		if v := t.walk(i); v >= 0 {
			w.joins[v] = false
			found = true
		}
	}
	return found
}

// ties finds articulation points by depth-first search without recursion:
// order is when a value was met, low the earliest that its part of the tree
// reaches, under what is in that part.
type ties struct {
	*work
	clock int
	order []int
	low   []int
	under []tally
	whole []tally // by component
}

// frame is a value on the way down and its next neighbour.
type frame struct{ value, parent, next int }

// walk searches one component and returns the value to be cut, -1 for none.
func (t *ties) walk(root int) int {
	all := t.whole[t.comp[root]]
	parts := map[int][]tally{} // by articulation point: what hangs on it alone
	stack := []frame{{value: root, parent: -1}}
	t.meet(root)
	for len(stack) > 0 {
		f := &stack[len(stack)-1]
		if f.next < len(t.near[f.value]) {
			u := t.near[f.value][f.next]
			f.next++
			switch {
			case !t.joins[u] || u == f.parent:
			case t.order[u] > 0:
				t.low[f.value] = min(t.low[f.value], t.order[u])
			default:
				t.meet(u)
				stack = append(stack, frame{value: u, parent: f.value})
			}
			continue
		}
		v, p := f.value, f.parent
		stack = stack[:len(stack)-1]
		if p < 0 {
			continue
		}
		t.low[p] = min(t.low[p], t.low[v])
		if t.low[v] >= t.order[p] { // without p this part would be alone
			parts[p] = append(parts[p], t.under[v])
		}
		t.under[p] = join(t.under[p], t.under[v])
	}
	best := -1
	for v, hanging := range parts {
		if separable(t.values[v].Observable.Kind) && t.splits(v, hanging, all) && (best < 0 || t.looser(v, best)) {
			best = v
		}
	}
	return best
}

// looser reports whether v has fewer ties than u.
func (t *ties) looser(v, u int) bool {
	return cmp.Or(cmp.Compare(t.degree(v), t.degree(u)), compare(t.values[v].Observable, t.values[u].Observable)) < 0
}

func (t *ties) degree(v int) int {
	n := 0
	for _, u := range t.near[v] {
		if t.joins[u] {
			n++
		}
	}
	return n
}

func (t *ties) meet(v int) {
	t.clock++
	t.order[v], t.low[v] = t.clock, t.clock
	t.under[v] = tally{}
	t.count(&t.under[v], v)
}

// splits reports whether two or more of the parts around v are campaigns: those
// that hang on it, and what is left of the component without them.
func (t *ties) splits(v int, hanging []tally, all tally) bool {
	n, rest := 0, all.shared
	if len(t.pubs[v]) > 1 {
		rest--
	}
	for i := range hanging {
		if t.enough(&hanging[i]) {
			n++
		}
		rest -= hanging[i].shared
	}
	if rest >= t.o.Shared { // shared values are of two publishers at least
		n++
	}
	return n > 1
}

func join(a, b tally) tally {
	a.shared += b.shared
	for _, p := range b.pubs {
		if !slices.Contains(a.pubs, p) {
			a.pubs = append(slices.Clip(a.pubs), p)
		}
	}
	return a
}

// separable reports whether a value of the kind may be shared by chance. A file
// or an exact URL is what it is.
func separable(k cure.Kind) bool { return k != cure.KindHash && k != cure.KindURL }
