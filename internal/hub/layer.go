package hub

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// The two layers: what sources observed, and what it means. A file joins them:
// a tag that a report ties to a hash reaches every record with that hash. The
// way is computed for each question and always shown; files that everything
// holds carry nothing.
const (
	reachShown    = 32   // tags that reach one value or record
	reachFiles    = 64   // files that are followed
	reachSights   = 4096 // observations in which value and file are looked for together
	evidenceShown = 3    // of one tie
)

// evidence reads what ties of one tag to a subject rest on, the newest first.
func (l *look) evidence(ctx context.Context, a, b cure.Observable, ties []store.TagSight) []Evidence {
	ties = slices.Clone(ties)
	slices.SortFunc(ties, compareTags)
	var all []Evidence
	for _, t := range ties[:min(len(ties), evidenceShown)] {
		e := Evidence{Source: l.cell(t.Cell).Source, Confidence: t.Confidence, Time: unix(t.Time)}
		if p, err := l.hub.opener.open(ctx, t.Loc); err == nil {
			e.Record = p.record.ID.String()
			var part Opened
			l.merge(&part, t.Loc, &p)
			cite(&e, &part, a, b)
		}
		all = append(all, e)
	}
	return all
}

// cite puts the sentence and the document of a tie between a and b into e.
func cite(e *Evidence, part *Opened, a, b cure.Observable) {
	for i := range part.Annotations {
		n := &part.Annotations[i]
		if n.Subject == a && n.Tag == b || n.Subject == b && n.Tag == a {
			e.Sentence, e.Document = n.Sentence, n.Document
			break
		}
	}
	for i := range part.Documents {
		if d := &part.Documents[i]; d.ID == e.Document || e.Document.IsZero() {
			e.Document, e.Title = d.ID, d.Title
			break
		}
	}
}

// carried returns the tags that a file carries, each once with who ties it, in
// order; nil for one that is too common to carry any.
func (l *look) carried(ctx context.Context, file store.ID) []Reach {
	o := l.r.Observable(file)
	n, _ := l.sources(file)
	if o.IsZero() || l.worth(file, n).common {
		return nil
	}
	l.tags = l.r.Tags(file, l.tags[:0])
	ties := map[store.ID][]store.TagSight{}
	for _, t := range l.tags {
		if t.Relation == cure.RelationTag {
			ties[t.Tag] = append(ties[t.Tag], t)
		}
	}
	var all []Reach
	for tag, list := range ties {
		r := Reach{Tag: l.r.Observable(tag), Via: o}
		for _, t := range list {
			r.Sources = append(r.Sources, l.cell(t.Cell).Source)
		}
		slices.Sort(r.Sources)
		r.Sources = slices.Compact(r.Sources)
		if !r.Tag.IsZero() {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, compareReach)
	all = all[:min(len(all), reachShown)]
	for i := range all {
		id, _ := l.find(all[i].Tag)
		all[i].Evidence = l.evidence(ctx, o, all[i].Tag, ties[id])
	}
	return all
}

// compareReach sorts what most sources say first.
func compareReach(a, b Reach) int {
	return cmp.Or(cmp.Compare(len(b.Sources), len(a.Sources)), compareObservables(a.Tag, b.Tag), compareObservables(a.Via, b.Via))
}

// reached returns the tags that reach a value over files in its records.
func (l *look) reached(ctx context.Context, id store.ID) (all []Reach, cut int) {
	if k := l.r.Kind(id); k == cure.KindHash || isTag(k) {
		return nil, 0
	}
	near, _ := l.r.Neighbours(id, relatedPool)
	files := map[cure.Observable]store.ID{}
	for _, n := range near {
		if l.r.Kind(n) == cure.KindHash {
			files[l.r.Observable(n)] = n
		}
	}
	names := make([]cure.Observable, 0, len(files))
	for o := range files {
		names = append(names, o)
	}
	sortObservables(names)
	var where map[store.Locator]struct{}
	for _, o := range names[:min(len(names), reachFiles)] {
		found := l.carried(ctx, files[o])
		if len(found) == 0 {
			continue
		}
		if where == nil {
			where = l.places(id)
		}
		record := l.together(ctx, files[o], where)
		for i := range found {
			found[i].Record = record
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, compareReach)
	n := min(len(all), reachShown)
	return all[:n], len(all) - n
}

// places returns where the newest observations of a value are written.
func (l *look) places(id store.ID) map[store.Locator]struct{} {
	all := map[store.Locator]struct{}{}
	for s := range l.r.Timeline(id, time.Time{}, maxTime) {
		if all[s.Loc] = struct{}{}; len(all) == reachSights {
			break
		}
	}
	return all
}

// together returns the newest record of a value that is written at one of the
// places.
func (l *look) together(ctx context.Context, id store.ID, where map[store.Locator]struct{}) string {
	n := 0
	for s := range l.r.Timeline(id, time.Time{}, maxTime) {
		if _, ok := where[s.Loc]; ok {
			return l.hub.opener.name(ctx, s.Loc)
		}
		if n++; n == reachSights {
			break
		}
	}
	return ""
}

// meanings adds to an opened record the tags that reach it over its files.
func (l *look) meanings(ctx context.Context, o *Opened) {
	done := map[cure.Observable]bool{}
	for i := range o.Observations {
		v := o.Observations[i].Observable
		if v.Kind != cure.KindHash || done[v] || len(done) == reachFiles {
			continue
		}
		done[v] = true
		if id, ok := l.find(v); ok {
			for _, r := range l.carried(ctx, id) {
				r.Record = o.ID.String()
				o.Reached = append(o.Reached, r)
			}
		}
	}
	slices.SortFunc(o.Reached, compareReach)
	o.Reached = o.Reached[:min(len(o.Reached), reachShown)]
}

// TagRecords returns the records that a tag, under any of its names, reaches
// over the files tied to it: file by file, those of each newest first. Empty
// where nobody visible ties the tag to a file.
func (h *Hub) TagRecords(ctx context.Context, sc cure.Scope, tag string, c Cursor) (TagRecords, error) {
	o, err := readTag(tag)
	if err != nil {
		return TagRecords{}, err
	}
	leave, err := h.wide.enter(ctx)
	if err != nil {
		return TagRecords{}, err
	}
	defer leave()
	c = c.clip()
	l := h.look(sc)
	defer l.done(ctx, "records of tag "+o.Value)
	out := TagRecords{Tag: o, Records: []TagRecord{}}
	files, err := l.filesOf(ctx, o)
	if err != nil {
		return out, err
	}
	n, e := 0, every{ctx: ctx}
	for _, f := range files {
		if f.common {
			out.TooCommon = append(out.TooCommon, f.via)
			continue
		}
		for s := range l.r.Timeline(f.id, time.Time{}, maxTime) {
			if err := e.err(); err != nil {
				return out, err
			}
			if n++; n <= c.Skip {
				continue
			}
			if out.More = len(out.Records) == c.Limit; out.More {
				return out, nil
			}
			out.Records = append(out.Records, TagRecord{Sighting: l.sighting(ctx, &s), Via: f.via, Tag: f.tag, Sources: f.sources})
		}
	}
	return out, nil
}

// tagged is a file that a tag is tied to.
type tagged struct {
	id       store.ID
	via, tag cure.Observable
	sources  []cure.Source
	common   bool
}

// filesOf returns the files tied to a tag under any of its names, sorted.
func (l *look) filesOf(ctx context.Context, tag cure.Observable) ([]tagged, error) {
	var all []tagged
	e := every{ctx: ctx}
	for _, name := range l.class(tag) {
		for id := range l.r.Tagged(name) {
			if err := e.err(); err != nil {
				return nil, err
			}
			if l.r.Kind(id) != cure.KindHash {
				continue
			}
			f := tagged{id: id, via: l.r.Observable(id), tag: l.r.Observable(name)}
			l.tags = l.r.Tags(id, l.tags[:0])
			for _, t := range l.tags {
				if t.Tag == name {
					f.sources = append(f.sources, l.cell(t.Cell).Source)
				}
			}
			slices.Sort(f.sources)
			f.sources = slices.Compact(f.sources)
			n, _ := l.sources(id)
			f.common = l.worth(id, n).common
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b tagged) int {
		return cmp.Or(compareObservables(a.via, b.via), compareObservables(a.tag, b.tag))
	})
	return all, nil
}
