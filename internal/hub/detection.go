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

// found is where a detection is written. It holds nothing of it: what a
// viewer may see is told when it is read back.
type found struct {
	At     uint64    `json:"at"` // stream sequence
	Record uint16    `json:"record"`
	Time   time.Time `json:"time"` // of arrival
	// Marking is the record's own. Those of each marking are bounded by
	// themselves, so that what a viewer does not see pushes out nothing.
	Marking cure.Marking `json:"marking"`
}

// maxFound is how many detections of a source and marking can be listed, the
// newest.
const maxFound = 256

// find notes the records of a batch that hold detections.
func (a *account) find(e *entry) {
	for _, d := range e.batch.Detections {
		f := found{e.seq, d.Record, e.arrived, e.batch.Markings[e.batch.Envelopes[d.Record].Marking]}
		if n := len(a.Found); n > 0 && a.Found[n-1] == f {
			continue
		}
		a.Found = append(a.Found, f)
		same := func(o found) bool { return o.Marking == f.Marking }
		n := 0
		for i := range a.Found {
			if same(a.Found[i]) {
				n++
			}
		}
		if n > maxFound {
			i := slices.IndexFunc(a.Found, same)
			a.Found = slices.Delete(a.Found, i, i+1)
		}
	}
}

// foundBy returns where the detections of each source are written.
func (l *ledger) foundBy() map[cure.Source][]found {
	l.mu.RLock()
	defer l.mu.RUnlock()
	all := map[cure.Source][]found{}
	for src, a := range l.accounts {
		if len(a.Found) > 0 {
			all[src] = slices.Clone(a.Found)
		}
	}
	return all
}

// Detections returns what engines and publishers found, as far as the scope
// sees it and it arrived after since: the newest first, at most n, and of a
// source and marking at most the newest 256. Cost: a read of the log for each that is not
// kept.
func (h *Hub) Detections(ctx context.Context, sc cure.Scope, since time.Time, n int) ([]client.Finding, error) {
	l := h.look(sc)
	defer l.done(ctx, "detections")
	all := []client.Finding{}
	for src, places := range h.ledger.foundBy() {
		taken := 0
		for _, f := range slices.Backward(places) {
			if taken >= n || !f.Time.After(since) {
				break
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			ds := l.detections(ctx, src, f)
			all = append(all, ds...)
			taken += len(ds)
		}
	}
	slices.SortFunc(all, func(a, b client.Finding) int {
		return cmp.Or(b.Arrived.Compare(a.Arrived), cmp.Compare(a.Source, b.Source), slices.Compare(a.ID[:], b.ID[:]))
	})
	return all[:min(n, len(all))], nil
}

// detections reads what was found in one record, if the scope sees all of it.
func (l *look) detections(ctx context.Context, src cure.Source, f found) []client.Finding {
	loc := store.Locator{Seq: f.At, Record: f.Record}
	p, err := l.hub.opener.open(ctx, loc)
	if err != nil {
		return nil // the log does not reach back so far
	}
	seen, whole := l.visible(loc, &p.record)
	if !whole || len(l.piece) == 0 {
		return nil
	}
	marking := l.cell(l.piece[0].Cell).Marking.Join(seen.Marking)
	var all []client.Finding
	for _, d := range p.record.Detections {
		all = append(all, client.Finding{
			Detection: d, Source: src, Record: p.record.ID.String(), Arrived: f.Time.UTC(), Marking: marking,
		})
	}
	return all
}
