package hub

import (
	"cmp"
	"iter"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// evaluation is a query at work: the cheapest part that can list values gives
// candidates, the whole query is then asked of each.
type evaluation struct {
	*look
	from, to time.Time
	timed    bool
	ids      map[cure.Observable][]store.ID // of the values the query names, tags under all their names
	have     []cure.Source
	sure     *node // part that every candidate fulfils
}

// named returns the IDs of a value the query names: of a tag under all its
// names, none for an unknown one.
func (ev *evaluation) named(o cure.Observable) []store.ID {
	ids, ok := ev.ids[o]
	if !ok {
		ids = ev.class(o)
		ev.ids[o] = ids
	}
	return ids
}

// cost ranks how many values a part of a query may list; 0 for parts that list
// none but only tell which of given values they like.
func cost(n *node) int {
	switch n.op {
	case opValue:
		if n.value.Kind == cure.KindTag || n.value.Kind == cure.KindCVE {
			return 4
		}
		return 1
	case opPrefix:
		return 3
	case opSuffix:
		return 2
	case opAnd:
		best := 0
		for _, kid := range n.kids {
			if c := cost(kid); c > 0 && (best == 0 || c < best) {
				best = c
			}
		}
		return best
	case opOr:
		worst := 0
		for _, kid := range n.kids {
			c := cost(kid)
			if c == 0 {
				return 0
			}
			worst = max(worst, c)
		}
		return worst
	}
	return 0
}

// candidates yields every value that may match, each once. A query whose parts
// list nothing goes through all values, or through those with an observation
// in its time.
func (ev *evaluation) candidates(n *node) iter.Seq[store.ID] {
	if (n == nil || cost(n) == 0) && !ev.timed {
		return ev.r.All(0)
	}
	if n == nil || cost(n) == 0 {
		return ev.r.AtLeast(ev.sourcesWanted(n), ev.from, ev.to)
	}
	switch n.op {
	case opAnd:
		return ev.candidates(driver(n))
	case opOr:
		return ev.union(n.kids)
	case opPrefix:
		return ev.prefix(n.prefix)
	case opSuffix:
		return ev.under(n.value.Value)
	}
	return ev.meant(n.value)
}

// driver returns the part of a query that lists the candidates.
func driver(n *node) *node {
	for n != nil && n.op == opAnd && cost(n) > 0 {
		best := n.kids[0]
		for _, kid := range n.kids {
			if c := cost(kid); c > 0 && (cost(best) == 0 || c < cost(best)) {
				best = kid
			}
		}
		n = best
	}
	return n
}

// cheapFirst returns the query with its parts in order of what it costs to ask
// them.
func cheapFirst(n *node) *node {
	if n == nil || len(n.kids) == 0 {
		return n
	}
	sorted := *n
	sorted.kids = nil
	for _, kid := range n.kids {
		sorted.kids = append(sorted.kids, cheapFirst(kid))
	}
	slices.SortStableFunc(sorted.kids, func(a, b *node) int { return cmp.Compare(price(a), price(b)) })
	return &sorted
}

// price ranks what it costs to ask a part about one value.
func price(n *node) int {
	p := 0
	for _, kid := range n.kids {
		p = max(p, price(kid))
	}
	switch n.op {
	case opValue, opPrefix, opSuffix:
		p = 1
	case opSource, opRole:
		p = 2
	case opSeen:
		p = 3
	}
	return p
}

// sourcesWanted returns k of a seen>=k that the whole query must fulfil.
func (ev *evaluation) sourcesWanted(n *node) int {
	if n == nil {
		return 1
	}
	if n.op == opSeen {
		return n.k
	}
	k := 1
	if n.op == opAnd {
		for _, kid := range n.kids {
			k = max(k, ev.sourcesWanted(kid))
		}
	}
	return k
}

func (ev *evaluation) union(kids []*node) iter.Seq[store.ID] {
	return func(yield func(store.ID) bool) {
		seen := map[store.ID]struct{}{}
		for _, kid := range kids {
			for id := range ev.candidates(kid) {
				if _, ok := seen[id]; ok {
					continue
				}
				seen[id] = struct{}{}
				if !yield(id) {
					return
				}
			}
		}
	}
}

// prefix yields the addresses of a prefix, the prefix itself, and the prefixes
// inside it.
func (ev *evaluation) prefix(p netip.Prefix) iter.Seq[store.ID] {
	return func(yield func(store.ID) bool) {
		for id := range ev.of(cure.KindCIDR) {
			if within(p, ev.r.Observable(id)) && !yield(id) {
				return
			}
		}
		ev.r.In(p)(yield)
	}
}

// under yields the domains under a domain, the mail addresses at them and the
// URLs there.
func (ev *evaluation) under(domain string) iter.Seq[store.ID] {
	return func(yield func(store.ID) bool) {
		for _, kind := range []cure.Kind{cure.KindDomain, cure.KindEmail} {
			for id := range ev.r.Under(domain, kind) {
				if !yield(id) {
					return
				}
			}
		}
		for id := range ev.of(cure.KindURL) {
			if below(domain, ev.r.Observable(id)) && !yield(id) {
				return
			}
		}
	}
}

// meant yields a value; for a tag, also what is tied to it, under all its
// names.
func (ev *evaluation) meant(o cure.Observable) iter.Seq[store.ID] {
	return func(yield func(store.ID) bool) {
		ids := ev.named(o)
		for _, id := range ids {
			if !yield(id) {
				return
			}
		}
		if len(ids) == 0 || !isTag(o.Kind) {
			return
		}
		for t := range ev.withTag(ids) {
			if !slices.Contains(ids, t) && !yield(t) {
				return
			}
		}
	}
}

// match reports whether a value fulfils a part of the query.
func (ev *evaluation) match(n *node, id store.ID) bool {
	if n == ev.sure {
		return true
	}
	switch n.op {
	case opAnd:
		return !slices.ContainsFunc(n.kids, func(k *node) bool { return !ev.match(k, id) })
	case opOr:
		return slices.ContainsFunc(n.kids, func(k *node) bool { return ev.match(k, id) })
	case opNot:
		return !ev.match(n.kids[0], id)
	case opValue:
		return ev.isOrHas(id, ev.named(n.value))
	case opPrefix:
		return within(n.prefix, ev.r.Observable(id))
	case opSuffix:
		return below(n.value.Value, ev.r.Observable(id))
	case opKind:
		return ev.r.Kind(id) == n.kind
	case opSeen:
		return ev.active(id) >= n.k
	}
	ev.sights = ev.r.Sights(id, ev.sights[:0])
	return slices.ContainsFunc(ev.sights, func(s store.Sight) bool {
		if n.op == opRole {
			return s.Roles&(1<<n.role) != 0
		}
		return isOf(ev.cell(s.Cell).Source, n.source)
	})
}

// isOrHas reports whether a value is the one named or is tied to it as a tag.
func (ev *evaluation) isOrHas(id store.ID, named []store.ID) bool {
	if len(named) == 0 || slices.Contains(named, id) {
		return len(named) > 0
	}
	ev.tags = ev.r.Tags(id, ev.tags[:0])
	return slices.ContainsFunc(ev.tags, func(t store.TagSight) bool {
		return t.Relation != cure.RelationAlias && slices.Contains(named, t.Tag)
	})
}

// isOf reports whether a source is the named one or of the named publisher.
func isOf(src cure.Source, name string) bool {
	return string(src) == name || src.Publisher() == name
}

// inTime reports whether a value was observed in the time of the query.
func (ev *evaluation) inTime(id store.ID) bool {
	return ev.active(id) > 0
}

// active counts the sources that observed the value in the time of the query.
// Where a source's first and last sight lie on both sides of that time, or may
// be the times of tags, its single observations decide.
func (ev *evaluation) active(id store.ID) int {
	ev.sights = ev.r.Sights(id, ev.sights[:0])
	ev.tags = ev.r.Tags(id, ev.tags[:0])
	kind := ev.r.Kind(id)
	isTag := kind == cure.KindTag || kind == cure.KindCVE
	from, to := clock(ev.from), clock(ev.to)
	have := ev.have[:0]
	unsure := false
	for i := range ev.sights {
		s := &ev.sights[i]
		src := ev.cell(s.Cell).Source
		switch {
		case s.Last < from || s.First > to:
		case ev.timed && (isTag || ev.tagged(s.Cell)):
			unsure = true
		case s.First >= from || s.Last <= to:
			have = append(have, src)
		default:
			unsure = true
		}
	}
	if unsure {
		for s := range ev.r.Timeline(id, ev.from, ev.to) {
			have = append(have, ev.cell(s.Cell).Source)
		}
	}
	slices.Sort(have)
	ev.have = have
	return len(slices.Compact(have))
}

// tagged reports whether a cell has tied one of the tags read last.
func (ev *evaluation) tagged(c store.CellID) bool {
	return slices.ContainsFunc(ev.tags, func(t store.TagSight) bool { return t.Cell == c })
}

// clock brings a time into the range of the store's.
func clock(t time.Time) uint32 {
	return uint32(min(max(t.Unix(), 0), 1<<32-1))
}

// within reports whether an observable is an address or prefix inside p.
func within(p netip.Prefix, o cure.Observable) bool {
	switch o.Kind {
	case cure.KindIP:
		a, err := netip.ParseAddr(o.Value)
		return err == nil && p.Contains(a)
	case cure.KindCIDR:
		q, err := netip.ParsePrefix(o.Value)
		return err == nil && p.Bits() <= q.Bits() && p.Contains(q.Addr())
	}
	return false
}

// below reports whether an observable is a domain under d, d itself, or a mail
// address or URL at one.
func below(d string, o cure.Observable) bool {
	host := o.Value
	switch o.Kind {
	case cure.KindDomain:
	case cure.KindEmail:
		host = host[strings.LastIndexByte(host, '@')+1:]
	case cure.KindURL:
		u, err := url.Parse(host)
		if err != nil {
			return false
		}
		host = u.Hostname()
	default:
		return false
	}
	return host == d || strings.HasSuffix(host, "."+d)
}
