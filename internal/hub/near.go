package hub

import (
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// How far a miss looks around.
const (
	nearShown = 8
	nearPool  = 1024
)

// miss says what is known about the surroundings of a value nobody visible
// knows: the same /24 or /48, the domains above, the host of a URL, the domain
// of a mail address.
func (l *look) miss(o cure.Observable) *Miss {
	m := &Miss{Why: "no source that you may see has reported it", Since: l.hub.since()}
	switch o.Kind {
	case cure.KindIP:
		a := netip.MustParseAddr(o.Value)
		bits := 24
		if a.Is6() {
			bits = 48
		}
		p, _ := a.Prefix(bits)
		m.Near = l.nearBy(p)
	case cure.KindDomain:
		m.Near = l.above(o.Value)
	case cure.KindEmail:
		m.Near = l.above("." + o.Value[strings.LastIndexByte(o.Value, '@')+1:])
	case cure.KindURL:
		u, err := url.Parse(o.Value)
		if err != nil {
			break
		}
		host := u.Hostname()
		if a, err := netip.ParseAddr(host); err == nil {
			m.Near = l.known(cure.Observable{Kind: cure.KindIP, Value: a.String()})
			break
		}
		m.Near = l.above("." + host)
	}
	return m
}

// since returns from when on the hub would know: it was set up then, or keeps
// things no longer. It depends on no data.
func (h *Hub) since() time.Time {
	kept := h.opts.Now().Add(-h.opts.KeepPairs)
	if h.created.After(kept) {
		return h.created.UTC().Truncate(time.Second)
	}
	return kept.UTC().Truncate(time.Second)
}

// nearBy returns the known addresses of a prefix that most sources hold.
func (l *look) nearBy(p netip.Prefix) []Summary {
	c := Cursor{Limit: nearShown}
	b, n := newBest(c), 0
	for id := range l.r.In(p) {
		b.offer(l, id)
		if n++; n == nearPool {
			break
		}
	}
	return l.list(b.page(c))
}

// above returns the known domains above a domain, the nearest first, and with
// them what is known under the nearest.
func (l *look) above(domain string) []Summary {
	var all []Summary
	_, up, ok := strings.Cut(domain, ".")
	for ; ok && strings.Contains(up, "."); _, up, ok = strings.Cut(up, ".") {
		all = append(all, l.known(cure.Observable{Kind: cure.KindDomain, Value: up})...)
		if len(all) > 0 {
			continue
		}
		c := Cursor{Limit: nearShown - 1}
		b, n := newBest(c), 0
		for id := range l.r.Under(up, cure.KindDomain) {
			b.offer(l, id)
			if n++; n == nearPool {
				break
			}
		}
		all = append(all, l.list(b.page(c))...)
	}
	return all[:min(len(all), nearShown)]
}

func (l *look) known(o cure.Observable) []Summary {
	if id, ok := l.find(o); ok {
		return l.list([]ranked{{id: id}})
	}
	return nil
}
