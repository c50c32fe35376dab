package hub

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/store"
)

// contactPorts is how many ports of one own host are named.
const contactPorts = 16

// Contacts returns who of the own side stands in one record with a value: the
// observables in the role own. It is answered from memory, at the cost of two
// cache misses an observation of the value; it reaches back as far as single
// observations are kept. NotFound: nobody visible knows the value.
func (h *Hub) Contacts(ctx context.Context, sc cure.Scope, o cure.Observable, since time.Time, c Cursor) (client.Contacts, error) {
	if err := o.Check(); err != nil {
		return client.Contacts{}, err
	}
	c = c.clip()
	l := h.look(sc)
	defer l.done(ctx, o.String())
	id, ok := l.find(o)
	if !ok {
		return client.Contacts{}, notFound(o)
	}
	a := client.Contacts{Observable: o, Since: since.UTC(), Kept: h.kept(), Hosts: []client.Contact{}}
	found := map[store.ID]*client.Contact{}
	e := every{ctx: ctx}
	a.Partial = l.r.Beside(id, since, time.Time{}, func(s store.Sighting, others []store.Companion) bool {
		for _, x := range others {
			if x.Role == cure.RoleOwn {
				l.meets(found, x.ID, &s, others)
			}
		}
		return e.err() == nil
	})
	if err := ctx.Err(); err != nil {
		return client.Contacts{}, err
	}
	for id, t := range found {
		if t.Host = l.r.Observable(id); !t.Host.IsZero() {
			slices.Sort(t.Sources)
			sortObservables(t.Ports)
			a.Hosts = append(a.Hosts, *t)
		}
	}
	slices.SortFunc(a.Hosts, func(x, y client.Contact) int {
		return cmp.Or(y.Last.Compare(x.Last), compareObservables(x.Host, y.Host))
	})
	a.Hosts = a.Hosts[min(c.Skip, len(a.Hosts)):]
	a.Cut = len(a.Hosts) - min(c.Limit, len(a.Hosts))
	a.Hosts = a.Hosts[:len(a.Hosts)-a.Cut]
	return a, nil
}

// meets adds one observation to what an own host had to do with the value.
func (l *look) meets(found map[store.ID]*client.Contact, host store.ID, s *store.Sighting, others []store.Companion) {
	first, last := unix(s.First), unix(s.Last)
	t := found[host]
	if t == nil {
		t = &client.Contact{First: first, Last: last}
		found[host] = t
	}
	if first.Before(t.First) {
		t.First = first
	}
	if last.After(t.Last) {
		t.Last = last
	}
	t.Count += uint64(max(s.Count, 1))
	if src := l.cell(s.Cell).Source; !slices.Contains(t.Sources, src) {
		t.Sources = append(t.Sources, src)
	}
	for _, x := range others {
		if len(t.Ports) < contactPorts && l.r.Kind(x.ID) == cure.KindPort {
			if p := l.r.Observable(x.ID); !p.IsZero() && !slices.Contains(t.Ports, p) {
				t.Ports = append(t.Ports, p)
			}
		}
	}
}

// kept returns from when on single observations are kept, by arrival.
func (h *Hub) kept() time.Time {
	kept := h.opts.Now().Add(-h.opts.KeepSegments)
	if h.created.After(kept) {
		kept = h.created
	}
	return kept.UTC().Truncate(time.Second)
}
