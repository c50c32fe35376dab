package hub

import (
	"context"
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// Tie is one tag that a source ties to a value, with what it said.
type Tie struct {
	Tag      cure.Observable
	Marking  cure.Marking
	Evidence // the source, the record and the sentence
}

// maxTies bounds what one question after ties returns.
const maxTies = 1024

// Ties returns the tags of a kind ("asset:") that visible sources tie to a
// value, each tie of its own, the newest first, at most 1,024. Unlike an answer
// it reads the sentence of every one. Cost: a look into the log for each.
func (h *Hub) Ties(ctx context.Context, sc cure.Scope, o cure.Observable, prefix string) ([]Tie, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	l := h.look(sc)
	defer l.done(ctx, "ties of "+o.Value)
	id, ok := l.find(o)
	if !ok {
		return nil, nil
	}
	ties := slices.Clone(l.r.Tags(id, nil))
	slices.SortFunc(ties, compareTags)
	var all []Tie
	e := every{ctx: ctx}
	for _, t := range ties {
		if err := e.err(); err != nil {
			return nil, err
		}
		tag := l.r.Observable(t.Tag)
		if t.Relation != cure.RelationTag || !strings.HasPrefix(tag.Value, prefix) {
			continue
		}
		if len(all) == maxTies {
			break
		}
		said := Tie{Tag: tag, Marking: l.cell(t.Cell).Marking.Or(Strict)}
		if ev := l.evidence(ctx, o, tag, []store.TagSight{t}); len(ev) == 1 {
			said.Evidence = ev[0]
		}
		all = append(all, said)
	}
	return all, nil
}

// Ties is Hub.Ties for an engine.
func (b *Bench) Ties(ctx context.Context, o cure.Observable, prefix string) ([]Tie, error) {
	return b.hub.Ties(ctx, b.scope, o, prefix)
}

// Tagged is Hub.Tagged for an engine.
func (b *Bench) Tagged(ctx context.Context, tag string, c Cursor) (Results, error) {
	return b.hub.Tagged(ctx, b.scope, tag, c)
}

// Summaries is Hub.Summaries for an engine.
func (b *Bench) Summaries(ctx context.Context, values []cure.Observable) ([]Summary, error) {
	return b.hub.Summaries(ctx, b.scope, values)
}

// Document is Hub.Document for an engine.
func (b *Bench) Document(ctx context.Context, id cure.ID) (DocumentFile, error) {
	return b.hub.Document(ctx, b.scope, id)
}
