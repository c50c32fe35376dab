package hub

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// Stats counts what the scope sees.
func (h *Hub) Stats(sc cure.Scope) Stats {
	st := h.store.Reader(sc).Stats()
	out := Stats{
		Values: map[string]uint64{}, Observations: st.Observations, Pairs: st.Pairs,
		Tagged: st.Tagged, Sources: len(st.Sources),
	}
	for k, n := range st.Values {
		if n > 0 {
			out.Values[k.String()] = n
		}
	}
	var first, last uint32
	for i, s := range st.Sources {
		if i == 0 || s.First < first {
			first = s.First
		}
		last = max(last, s.Last)
	}
	out.First, out.Last = unix(first), unix(last)
	return out
}

// hidden is the strictest marking there is. Who sees a source under it sees
// everything of the source.
var hidden = cure.Marking{
	TLP: cure.TLPRed, PAP: cure.PAPRed, Licence: cure.LicenceInternal, Personal: true, Orgs: cure.NoOrg,
}

// Sources returns the state of each source that the scope sees something of,
// sorted by name. What is counted beside the scope (batches, refusals, lag) is
// there only for those who see everything of the source, who also see sources
// that have said nothing yet.
func (h *Hub) Sources(sc cure.Scope) []SourceStatus {
	st := h.store.Reader(sc).Stats()
	seen := map[cure.Source]*store.SourceStats{}
	for i := range st.Sources {
		seen[st.Sources[i].Source] = &st.Sources[i]
	}
	var all []SourceStatus
	known := h.ledger.sources()
	for _, src := range h.supplies.sources() {
		if !h.ledger.known(src) {
			known = append(known, src)
		}
	}
	now := h.opts.Now()
	for _, src := range known {
		full := sc.Sees(src, hidden)
		s := SourceStatus{Source: src}
		if f := seen[src]; f != nil {
			s.Values, s.Observations = f.Values, f.Observations
			s.First, s.Last = unix(f.First), unix(f.Last)
		} else if !full {
			continue
		}
		if full {
			def := h.store.Default(src).Or(Strict)
			if !h.ledger.known(src) {
				def = h.opts.Policy.defaultOf(src)
			}
			s.Default = &def
			op := h.ledger.counts(src)
			op.Quarantined = h.ward.of(src)
			op.Epoch = h.secret.epoch(src)
			op.Writer = h.desks.held(src)
			op.Rate = decayed(op.Rate, now.Sub(op.Arrived))
			op.Clock = clockAlarm(&op)
			s.Operating = &op
			s.Intake = h.supplies.state(src)
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b SourceStatus) int { return cmp.Compare(a.Source, b.Source) })
	return all
}

// Status returns the state of the hub, for operators: it counts everything.
func (h *Hub) Status(ctx context.Context) (Status, error) {
	info, err := h.stream.Info(ctx)
	if err != nil {
		return Status{}, fmt.Errorf("read status: %w", err)
	}
	back, err := h.opts.Log.Info(ctx)
	if err != nil {
		return Status{}, fmt.Errorf("read status: %w", err)
	}
	st := h.store.Reader(h.opts.Self).Stats()
	s := Status{
		Ready: h.Ready(), Applied: h.Sequence(), Last: info.Last, Started: h.begin,
		SnapshotSeq: h.upkeep.snapSeq.Load(), Bytes: h.store.Bytes(), Budget: h.opts.Memory,
		Memory: "ok", Shed: h.upkeep.shed.Load(), Expired: h.upkeep.expired.Load(), Segments: st.Segments,
		Kept: h.opts.KeepSegments, Log: fmt.Sprintf("%s, sync %s", back.Driver, back.Sync),
		LogBytes: info.Bytes, Engines: h.engines.states(), Subscribers: int(h.fan.n.Load()),
		Alarms: alarms(h.Sources(h.opts.Self)),
	}
	s.Behind = info.Last - min(s.Applied, info.Last)
	if at := h.upkeep.snapshot.Load(); at != 0 {
		s.Snapshot = time.Unix(0, at).UTC()
	}
	if m, _ := h.upkeep.memory.Load().(string); m != "" {
		s.Memory = m
	}
	return s, nil
}
