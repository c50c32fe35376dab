package hub

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/opencure/cure"
)

// shelf holds what the store does not index: detections, cases and documents,
// the newest up to a bound. Like the ledger it belongs to, it is a function of the stream.
// Its lists are replaced or grow at the end, so that readers may hold them.
type shelf struct {
	Items     []shelved `json:"items,omitempty"`     // detections and cases, in stream order
	Documents []shelved `json:"documents,omitempty"` // in stream order
}

// shelved is a detection, a case or a document, under the marking of its record.
type shelved struct {
	Record    cure.ID         `json:"record"`
	Source    cure.Source     `json:"source"`
	Marking   cure.Marking    `json:"marking"` // as said; the source's default fills it
	Arrived   time.Time       `json:"arrived"`
	Detection *cure.Detection `json:"detection,omitempty"`
	Case      *cure.Case      `json:"case,omitempty"`
	Document  *cure.Document  `json:"document,omitempty"`
}

// Bounds of the shelf for each level of marking; beyond them the oldest go.
const (
	shelfItems = 10_000
	shelfBytes = 16 << 20
)

// take puts the findings of a batch on the shelf and obeys its controls.
func (s *shelf) take(e *entry) {
	b := e.batch
	put := func(to *[]shelved, record uint16, x shelved) {
		env := b.Envelopes[record]
		x.Record, x.Source, x.Arrived = env.ID, b.Source, e.arrived
		if int(env.Marking) < len(b.Markings) {
			x.Marking = b.Markings[env.Marking]
		}
		*to = append(*to, x)
	}
	for i := range b.Detections {
		d := b.Detections[i]
		put(&s.Items, d.Record, shelved{Detection: &d.Item})
	}
	for i := range b.Cases {
		c := b.Cases[i]
		put(&s.Items, c.Record, shelved{Case: &c.Item})
	}
	for i := range b.Documents {
		d := b.Documents[i]
		put(&s.Documents, d.Record, shelved{Document: &d.Item})
	}
	if len(b.Detections)+len(b.Cases) > 0 {
		s.Items = bound(s.Items)
	}
	if len(b.Documents) > 0 {
		s.Documents = bound(s.Documents)
	}
	for i := range b.Controls {
		s.control(b.Source, &b.Controls[i].Item, e.def)
	}
}

// bound drops the oldest of a list when there is too much. Each level of
// marking is bounded by itself: what a viewer does not see must push out nothing
// that it does.
func bound(list []shelved) []shelved {
	var held [cure.TLPRed + 1]load
	over := false
	for i := range list {
		l := &held[list[i].Marking.TLP]
		l.items++
		l.bytes += list[i].size()
		over = over || l.over()
	}
	if !over {
		return list
	}
	kept := make([]shelved, 0, len(list))
	for _, x := range list {
		if l := &held[x.Marking.TLP]; l.over() {
			l.items--
			l.bytes -= x.size()
			continue
		}
		kept = append(kept, x)
	}
	return kept
}

// load is what one level of marking has on the shelf.
type load struct{ items, bytes int }

func (l *load) over() bool { return l.items > shelfItems || l.bytes > shelfBytes }

// size is about what an item takes in memory.
func (x *shelved) size() int {
	n := 256
	if d := x.Detection; d != nil {
		n += len(d.Title) + len(d.Pattern) + 48*(len(d.Sources)+len(d.Ports)) + 16*len(d.Evidence)
	}
	if c := x.Case; c != nil {
		for i := range c.Parts {
			p := &c.Parts[i]
			n += 128 + len(p.Reason) + 48*len(p.Observables) + 16*len(p.Records)
		}
	}
	if d := x.Document; d != nil {
		n += len(d.Title) + len(d.URL) + len(d.Body)
	}
	return n
}

// control does to the items of a source what the store does to its rows.
func (s *shelf) control(src cure.Source, c *cure.Control, def cure.Marking) {
	if c.Op == cure.OpCheckpoint {
		return
	}
	s.Items, s.Documents = obey(s.Items, src, c, def), obey(s.Documents, src, c, def)
}

// obey returns a list as it is after a control.
func obey(list []shelved, src cure.Source, c *cure.Control, def cure.Marking) []shelved {
	var kept []shelved
	for _, x := range list {
		ok := true
		if x.Source == src {
			x, ok = x.after(c, def)
		}
		if ok {
			kept = append(kept, x)
		}
	}
	return kept
}

// after returns the item as it is after a control, ok false when it is gone.
func (x shelved) after(c *cure.Control, def cure.Marking) (_ shelved, ok bool) {
	switch {
	case c.Op == cure.OpRetract:
		of := x.Detection != nil && x.Detection.Engine == c.Producer || x.Case != nil && x.Source == EngineSource(c.Producer)
		return x, !of
	case !c.Record.IsZero() && c.Record != x.Record,
		!c.Observable.IsZero() && !x.names(c.Observable),
		!c.Before.IsZero() && !x.Arrived.Before(c.Before),
		c.Record.IsZero() && c.Observable.IsZero() && (c.Op == cure.OpRegrade || c.Before.IsZero()):
		return x, true
	case c.Op == cure.OpDelete:
		return x, false // a finding without a part of what it rests on is another finding
	case c.Op == cure.OpRegrade:
		m := c.Marking.Or(def)
		if !c.Observable.IsZero() {
			m = m.Join(x.Marking.Or(def)) // it names more than what was regraded
		}
		x.Marking = m
	}
	return x, true
}

// names reports whether the item names an observable.
func (x *shelved) names(o cure.Observable) bool {
	if d := x.Detection; d != nil {
		return slices.Contains(d.Ports, o) || slices.Contains(d.Sources, o) || d.Fingerprint == o.Value
	}
	return x.Case != nil && slices.ContainsFunc(x.Case.Parts, func(p cure.CasePart) bool { return slices.Contains(p.Observables, o) })
}

// documents returns the documents on the shelf.
func (l *ledger) documents() []shelved {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.shelf.Documents
}

// shelved returns the detections and cases on the shelf.
func (l *ledger) shelved() []shelved {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.shelf.Items
}

// finds returns a detection on the shelf as the scope sees it.
func (l *look) finds(x *shelved) (Finding, bool) {
	m := x.Marking.Or(l.hub.store.Default(x.Source))
	if x.Detection == nil || !l.sc.Sees(x.Source, m) {
		return Finding{}, false
	}
	l.red = l.red || m.TLP == cure.TLPRed
	return Finding{Detection: *x.Detection, Source: x.Source, Marking: m, Record: x.Record.String(), Arrived: x.Arrived}, true
}

// findings returns the detections that the scope sees, each once in its newest
// form, those that began last first.
func (l *look) findings(f FindingFilter) []Finding {
	seen := map[cure.ID]bool{}
	var all []Finding
	items := l.hub.ledger.shelved()
	for i := len(items) - 1; i >= 0; i-- {
		d, ok := l.finds(&items[i])
		if !ok || seen[d.ID] {
			continue
		}
		seen[d.ID] = true
		if matchesFinding(&f, &d) {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(b.Start.Compare(a.Start), cmp.Compare(a.ID.String(), b.ID.String()))
	})
	return all
}

func matchesFinding(f *FindingFilter, d *Finding) bool {
	has := func(list []cure.Observable, value string) bool {
		return value == "" || slices.ContainsFunc(list, func(o cure.Observable) bool { return o.Value == value })
	}
	return (f.From.IsZero() || !d.End.Before(f.From)) && (f.To.IsZero() || !d.Start.After(f.To)) &&
		has(d.Ports, f.Port) && has(d.Sources, f.Address) && (f.Publisher == "" || isOf(d.Source, f.Publisher))
}

// Detections lists the detections that the scope sees, those that began last
// first.
func (h *Hub) Detections(ctx context.Context, sc cure.Scope, f FindingFilter, c Cursor) ([]Finding, error) {
	c = c.clip()
	l := h.look(sc)
	defer l.done(ctx, "detections")
	all := l.findings(f)
	all = all[min(c.Skip, len(all)):]
	return append([]Finding{}, all[:min(c.Limit, len(all))]...), ctx.Err()
}
