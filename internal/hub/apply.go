package hub

import (
	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/fault"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/wire"
)

// apply takes one message of the log. What cannot be applied is counted and
// passed over: the log is untrusted and must not stop the hub. An error means
// that the store itself is broken.
func (h *Hub) apply(m log.Message) error {
	h.write.Lock()
	defer h.write.Unlock()
	src, err := cure.SourceOfSubject(m.Subject)
	if err != nil {
		h.ledger.refuse(m.Seq, "", err)
		h.pass(m)
		return nil
	}
	b, err := h.dec.Decode(m.Data)
	if err == nil && b.Source != src {
		err = cure.Errorf(cure.Invalid, "batch says it is of %s", b.Source)
	}
	if err != nil {
		h.log.Warn("batch refused", "source", src, "seq", m.Seq, "err", err)
		h.ledger.refuse(m.Seq, src, err)
		h.pass(m)
		return nil
	}
	h.completeDefaults(b)
	mirror(b)
	raised := h.opts.Policy.raise(b)
	h.sink.begin(m.Seq, m.Time)
	fresh := m.Seq > h.store.Applied()
	fault.Point("apply.batch")
	h.fresh.begin(m.Time)
	applied, err := h.store.Apply(store.Arrival{Seq: m.Seq, Time: m.Time}, b, h.sink)
	h.fresh.end()
	if err != nil {
		return err
	}
	if applied {
		h.sink.detections(b)
		h.corrected.note(b)
		h.sink.sayings(b)
	}
	h.ledger.enter(entry{seq: m.Seq, arrived: m.Time, batch: b, raised: raised, again: fresh && !applied, def: h.store.Default(src)})
	news := h.sink.end()
	h.fan.publish(news)
	if !applied {
		h.pass(m)
		return nil
	}
	if h.live.wanted() {
		c := &chunk{seq: m.Seq, time: m.Time, source: src, data: m.Data, notices: news}
		c.count(b, h.store.Default(src).Or(Strict))
		h.live.add(c)
	}
	h.progress.step(m.Seq)
	return nil
}

// pass goes on without a message of which nothing was taken.
func (h *Hub) pass(m log.Message) {
	h.live.add(&chunk{seq: m.Seq, time: m.Time})
	h.progress.step(m.Seq)
}

// completeDefaults fills what a new default marking leaves open from the one
// before: "TLP:RED" for a source keeps its licence.
func (h *Hub) completeDefaults(b *wire.Batch) {
	for i := range b.Controls {
		c := &b.Controls[i].Item
		if c.Op != cure.OpRegrade || !c.Observable.IsZero() || !c.Record.IsZero() {
			continue
		}
		def := h.store.Default(b.Source).Or(Strict)
		c.Marking.TLP = orElse(c.Marking.TLP, def.TLP)
		c.Marking.PAP = orElse(c.Marking.PAP, def.PAP)
		c.Marking.Licence = orElse(c.Marking.Licence, def.Licence)
	}
}

// raise lifts markings of a batch to the floor of its source and returns how
// many records it concerns. The default of a source is lifted when it is set;
// index 0 defers to it.
func (p *Policy) raise(b *wire.Batch) int {
	if p.Floor == nil {
		return 0
	}
	floor := p.Floor(b.Source)
	if floor.IsDefault() {
		return 0
	}
	changed := map[uint8]bool{}
	for i, m := range b.Markings {
		if up := lift(m, floor); i > 0 && up != m {
			b.Markings[i] = up
			changed[uint8(i)] = true
		}
	}
	for i := range b.Controls {
		if c := &b.Controls[i].Item; c.Op == cure.OpRegrade {
			c.Marking = lift(c.Marking, floor)
		}
	}
	if len(changed) == 0 {
		return 0
	}
	n := 0
	for i := range b.Envelopes {
		if changed[b.Envelopes[i].Marking] {
			n++
		}
	}
	return n
}

// lift joins m with the floor in the parts that m names; the others defer to
// the source's default, which is above the floor itself.
func lift(m, floor cure.Marking) cure.Marking {
	up := m.Join(floor)
	if m.TLP == cure.TLPDefault {
		up.TLP = m.TLP
	}
	if m.PAP == cure.PAPDefault {
		up.PAP = m.PAP
	}
	if m.Licence == cure.LicenceDefault {
		up.Licence = m.Licence
	}
	if m.Orgs == "" {
		up.Orgs = ""
	}
	return up
}
