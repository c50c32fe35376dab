package hub

import (
	"cmp"
	"context"
	"slices"

	"github.com/opencure/cure/internal/store"
)

// statement is a note and where its reason is written.
type statement struct {
	Note
	loc store.Locator
}

// statements returns what enrichers say about a value: each statement once,
// under the least strict marking it has.
func (l *look) statements(id store.ID) []statement {
	l.notes = l.r.Notes(id, l.notes[:0])
	var all []statement
	for i := range l.notes {
		n := &l.notes[i]
		if n.Expires != 0 && n.Expires <= l.now {
			continue
		}
		c := l.cell(n.Cell)
		all = append(all, statement{Note{
			Enricher: n.Enricher, Version: n.Version, Name: n.Name, Value: n.Value, Score: n.Score,
			Time: unix(n.Time), Expires: unix(n.Expires), Source: c.Source, Marking: c.Marking,
		}, n.Loc})
	}
	slices.SortFunc(all, compareStatements)
	return slices.CompactFunc(all, func(a, b statement) bool {
		return a.Source == b.Source && a.Enricher == b.Enricher && a.Name == b.Name && a.Value == b.Value
	})
}

// compareStatements sorts equal statements together, the least strict marking
// first.
func compareStatements(a, b statement) int {
	return cmp.Or(
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Value, b.Value),
		cmp.Compare(a.Enricher, b.Enricher),
		cmp.Compare(a.Source, b.Source),
		cmp.Compare(a.Marking.TLP, b.Marking.TLP),
		cmp.Compare(a.Marking.String(), b.Marking.String()),
		a.Time.Compare(b.Time),
	)
}

// says returns what enrichers say about a value, without the reasons.
func (l *look) says(id store.ID) []Note {
	var notes []Note
	for _, s := range l.statements(id) {
		notes = append(notes, s.Note)
	}
	return notes
}

// explains returns what enrichers say about a value, and why. A reason that
// the log no longer has is left empty.
func (l *look) explains(ctx context.Context, id store.ID) []Note {
	var notes []Note
	for i, s := range l.statements(id) {
		if i < answerReasons {
			s.Why = l.reason(ctx, &s)
		}
		notes = append(notes, s.Note)
	}
	return notes
}

// reason reads why an enricher says something.
func (l *look) reason(ctx context.Context, s *statement) string {
	p, err := l.hub.opener.open(ctx, s.loc)
	if err != nil {
		return ""
	}
	for _, e := range p.record.Enrichments {
		if e.Name == s.Name && e.Value == s.Value && e.Enricher == s.Enricher {
			return e.Why
		}
	}
	return ""
}
