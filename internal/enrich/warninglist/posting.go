package warninglist

// posting names a set of lists: the lists an entry is on. Hundreds of
// thousands of entries share a few combinations, so each is kept once.
type posting uint32

// postings interns sets of lists. Posting 0 is the empty set.
type postings struct {
	lists [][]uint16
	next  map[step]posting
}

// step is a set of lists and one more list.
type step struct {
	from posting
	list uint16
}

// with returns the set p together with the list; lists come in growing order.
func (ps *postings) with(p posting, list uint16) posting {
	if ps.next == nil {
		ps.next, ps.lists = map[step]posting{}, [][]uint16{nil}
	}
	have := ps.lists[p]
	if n := len(have); n > 0 && have[n-1] == list {
		return p
	}
	s := step{p, list}
	if to, ok := ps.next[s]; ok {
		return to
	}
	to := posting(len(ps.lists))
	ps.lists = append(ps.lists, append(have[:len(have):len(have)], list))
	ps.next[s] = to
	return to
}
