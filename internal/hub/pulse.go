package hub

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// Pulse is what happened since the one before, as a picture shows it.
type Pulse = client.Pulse

// alertPublisher is the publisher of own alerts.
const alertPublisher = "alerts"

// pulsePairs and pulseFinds bound what one pulse names.
const (
	pulsePairs = 200
	pulseFinds = 20
)

// Heart follows what happens, for pictures: counts of what arrives, and what
// was linked. It looks at the newest batches only; where more came than are
// held, a pulse says that it missed some. For one goroutine; Close it when
// done.
type Heart struct {
	hub    *Hub
	rights cure.Scope
	pos    uint64
}

// Listen begins to follow what happens from now on. Those who give the same
// rights share what is made for them.
func (h *Hub) Listen(rights cure.Scope) *Heart {
	h.live.join()
	return &Heart{hub: h, rights: rights, pos: h.Sequence()}
}

// Close ends the following.
func (t *Heart) Close() { t.hub.live.leave() }

// Next waits until something happened that the scope sees and returns all of
// it. Unavailable: the hub ends.
func (t *Heart) Next(ctx context.Context) (Pulse, error) {
	for {
		head, more, ended := t.hub.live.state()
		if t.pos < head {
			p := t.gather(head)
			if p.Some() {
				return p, nil
			}
			continue
		}
		if ended {
			return Pulse{}, cure.Errorf(cure.Unavailable, "hub has stopped")
		}
		select {
		case <-more:
		case <-ctx.Done():
			return Pulse{}, ctx.Err()
		}
	}
}

// gather adds up the batches up to head.
func (t *Heart) gather(head uint64) Pulse {
	sum := beat{records: map[string]int{}, links: map[[2]string]*client.PulseLink{}}
	p := Pulse{Time: t.hub.opts.Now().UTC()}
	for ; t.pos < head; t.pos++ {
		c := t.hub.live.at(t.pos + 1)
		if c == nil {
			p.Missed = true
			continue
		}
		sum.add(c.beat(t.rights))
	}
	p.Seq, p.Records, p.Alerts = t.pos, sum.records, sum.records[alertPublisher]
	p.Links, p.Detections = []client.PulseLink{}, append([]client.Finding{}, sum.found[:min(len(sum.found), pulseFinds)]...)
	for _, l := range sum.links {
		p.Links = append(p.Links, *l)
	}
	slices.SortFunc(p.Links, func(x, y client.PulseLink) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	p.Links = p.Links[:min(len(p.Links), pulsePairs)]
	return p
}

// beat is what one batch adds to a pulse.
type beat struct {
	records map[string]int
	links   map[[2]string]*client.PulseLink
	found   []client.Finding
}

func (b *beat) add(o *beat) {
	for name, n := range o.records {
		b.records[name] += n
	}
	for pair, l := range o.links {
		if have := b.links[pair]; have != nil {
			have.Count += l.Count
			continue
		}
		cp := *l
		b.links[pair] = &cp
	}
	b.found = append(b.found, o.found...)
}

// beat returns what a batch adds for those rights, made once.
func (c *chunk) beat(rights cure.Scope) *beat {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b := c.beats[rights]; b != nil {
		return b
	}
	b := &beat{records: map[string]int{}, links: map[[2]string]*client.PulseLink{}}
	for _, t := range c.counted {
		if rights.Sees(c.source, t.marking) {
			b.records[c.source.Publisher()] += t.n
		}
	}
	if c.notices != nil {
		for _, e := range c.notices.seen(rights, nil) {
			b.note(&e, c.time)
		}
	}
	if c.beats == nil {
		c.beats = map[cure.Scope]*beat{}
	}
	c.beats[rights] = b
	return b
}

// note counts an event: a link once for each other publisher that holds the
// value.
func (b *beat) note(e *Event, arrived time.Time) {
	if e.Kind == EventDetection {
		b.found = append(b.found, client.Finding{Detection: *e.Detection, Source: e.Source, Arrived: arrived.UTC(), Marking: e.Marking})
		return
	}
	own := e.Source.Publisher()
	others := map[string]bool{}
	for _, w := range e.With {
		others[w.Publisher()] = true
	}
	if own == enginePublisher || e.Kind != EventLink {
		return
	}
	for _, other := range slices.Sorted(maps.Keys(others)) {
		pair := [2]string{min(own, other), max(own, other)}
		if other == own || other == enginePublisher {
			continue
		}
		l := b.links[pair]
		if l == nil {
			l = &client.PulseLink{A: pair[0], B: pair[1], Sample: e.Observable}
			b.links[pair] = l
		}
		l.Count++
	}
}
