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

// How much of the last hour is shown and looked at.
const (
	nowShown = 20
	nowPool  = 20_000 // values whose weight is computed, the newest
)

// What would fill a block of Now.
const (
	emptyLinks      = "no value was found in a second database within the hour; links appear when publishers send what another one knows"
	emptyAlerts     = "no own alert of the hour is known to another database; alerts come from the publisher alerts"
	emptyDetections = "no engine has found anything within the hour; findings come from engines and publishers that detect"
)

// Now returns what was linked and found within the last hour, by arrival, the
// links worth most first. Cost: a look at each value that is new to a source.
func (h *Hub) Now(ctx context.Context, sc cure.Scope) (client.Now, error) {
	now := h.opts.Now().UTC()
	n := client.Now{Time: now, Since: now.Add(-time.Hour)}
	if h.begin.After(n.Since) {
		n.Since = h.begin.UTC()
	}
	l := h.look(sc)
	defer l.done(ctx, "now")
	seen, cut := h.fresh.since(clock(now.Add(-time.Hour)), func(c store.CellID) bool {
		cell := l.r.Cell(c)
		return sc.Sees(cell.Source, cell.Marking)
	})
	all, err := l.linked(ctx, seen)
	if err != nil {
		return n, err
	}
	n.Links = l.block(all, cut, emptyLinks, func(*newLink) bool { return true })
	n.Alerts = l.block(all, cut, emptyAlerts, func(w *newLink) bool { return w.alert })
	n.Detections.Values = l.foundBetween(now.Add(-time.Hour), now, nowShown)
	if len(n.Detections.Values) == 0 {
		n.Detections.Empty = emptyDetections
	}
	return n, nil
}

// foundBetween returns the detections that arrived after a time and up to
// another, the newest first.
func (l *look) foundBetween(after, until time.Time, n int) []Finding {
	all := slices.DeleteFunc(l.findings(FindingFilter{}), func(f Finding) bool {
		return !f.Arrived.After(after) || f.Arrived.After(until)
	})
	slices.SortStableFunc(all, func(a, b Finding) int { return b.Arrived.Compare(a.Arrived) })
	return append([]Finding{}, all[:min(n, len(all))]...)
}

// newLink is a value that was linked lately.
type newLink struct {
	id    store.ID
	o     cure.Observable
	at    uint32
	worth worth
	alert bool
	new   []cure.Source
}

// linked returns the values of the first sights that link two publishers, with
// their weights, the heaviest first.
func (l *look) linked(ctx context.Context, seen []firstIn) ([]newLink, error) {
	slices.SortFunc(seen, func(a, b firstIn) int {
		return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(a.id, b.id), cmp.Compare(a.cell, b.cell))
	})
	var all []newLink
	at := map[store.ID]int{}
	e := every{ctx: ctx}
	for _, f := range seen {
		if err := e.err(); err != nil {
			return nil, err
		}
		if k := l.r.Kind(f.id); k == cure.KindPort || k == cure.KindASN {
			continue // everybody meets them: they tell nobody anything
		}
		n, _ := l.sources(f.id)
		src, holds := l.holder(f.cell)
		if !holds || n < 2 || l.publishers() < 2 {
			continue
		}
		i, ok := at[f.id]
		if !ok {
			if len(all) == nowPool {
				continue
			}
			i, at[f.id] = len(all), len(all)
			w := newLink{id: f.id, o: l.r.Observable(f.id), at: f.at, alert: l.sourcesOf(alertPublisher) > 0}
			w.worth = l.worth(f.id, n)
			all = append(all, w)
		}
		if !slices.Contains(all[i].new, src) {
			all[i].new = append(all[i].new, src)
		}
	}
	slices.SortFunc(all, func(a, b newLink) int {
		return cmp.Or(cmp.Compare(b.worth.weight, a.worth.weight), cmp.Compare(b.at, a.at), cmp.Compare(a.o.Kind, b.o.Kind), cmp.Compare(a.o.Value, b.o.Value))
	})
	return all, nil
}

// holder returns the source of a cell if it is among the sights read last: a
// value may have been deleted or regraded since it was noted.
func (l *look) holder(c store.CellID) (cure.Source, bool) {
	for i := range l.sights {
		if l.sights[i].Cell == c {
			return l.cell(c).Source, true
		}
	}
	return "", false
}

// block makes a block of those that keep likes.
func (l *look) block(all []newLink, cut bool, empty string, keep func(*newLink) bool) client.NowLinks {
	b := client.NowLinks{Cut: cut, Values: []client.NowLink{}}
	for i := range all {
		w := &all[i]
		if !keep(w) {
			continue
		}
		if b.Total++; len(b.Values) == nowShown {
			continue
		}
		s := l.summary(w.id)
		if len(s.Sources) < 2 {
			continue // deleted meanwhile
		}
		b.Values = append(b.Values, client.NowLink{
			SharedValue: SharedValue{Summary: s, Weight: w.worth.weight, Common: w.worth.common, Why: w.worth.why(false)},
			Arrived:     unix(w.at), New: slices.Sorted(slices.Values(w.new)),
		})
	}
	if b.Total == 0 {
		b.Empty = empty
	}
	return b
}
