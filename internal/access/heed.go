package access

import (
	"context"
	"slices"

	"github.com/opencure/cure"
)

// What people decided is put into answers here, for each viewer anew, and
// never into the log: so it holds for all data to come, ends by the clock, and
// whoever may not see a decision sees what he would see without it.

// heed puts the decisions about values into their lines.
func (v View) heed(lines ...*Summary) {
	if v.reg.silent() {
		return
	}
	for _, s := range lines {
		s.Overrides = v.reg.about(v.scope, cure.Target{Observable: s.Observable})
		v.heedNotes(s.Notes, s.Overrides)
	}
}

// heedNotes overrules labels that say a value is harmless where somebody
// decided that it is not.
func (v View) heedNotes(notes []Note, said []cure.Override) {
	for i := len(said) - 1; i >= 0; i-- {
		o := said[i]
		if o.Kind != cure.OverrideVerdict {
			continue
		}
		if !slices.Contains([]string{"malicious", "suspicious", "not-benign"}, o.Value) {
			return // the last verdict agrees
		}
		for j := range notes {
			if notes[j].Name == "warninglist" {
				notes[j].Overruled = &o
			}
		}
		return
	}
}

// heedAll puts decisions into a list of lines.
func heedAll[T any](v View, list []T, line func(*T) *Summary) {
	if v.reg.silent() {
		return
	}
	for i := range list {
		v.heed(line(&list[i]))
	}
}

func self(s *Summary) *Summary { return s }

// heedResults puts decisions into what a search found.
func (v View) heedResults(r *Results) {
	heedAll(v, r.Values, self)
	for i := range r.Misses {
		v.heedAnswer(&r.Misses[i])
	}
}

// heedAnswer puts decisions into all parts of an answer. What is suppressed
// stays, with the decision on it: pages fold it.
func (v View) heedAnswer(a *Answer) {
	if v.reg.silent() {
		return
	}
	v.heed(&a.Summary)
	heedAll(v, a.Covering, self)
	heedAll(v, a.Related, func(r *Related) *Summary { return &r.Summary })
	if a.Miss != nil {
		heedAll(v, a.Miss.Near, self)
	}
	for i := range a.Sights {
		a.Sights[i].Overruled = v.suppressed(cure.Target{Source: a.Sights[i].Source})
	}
	for i := range a.Tied {
		t := &a.Tied[i]
		t.Overruled = v.suppressedTie(a.Observable, t.Tag, t.Sources)
	}
	a.Conflicts = append(a.Conflicts, quarrel(a.Overrides)...)
	for i := range a.Links {
		l := &a.Links[i]
		link := cure.Target{Source: min(l.A, l.B), With: max(l.A, l.B)}
		here := link
		here.Observable = a.Observable
		l.Overruled = v.suppressed(here, link, cure.Target{Source: l.A}, cure.Target{Source: l.B})
	}
}

// Detections lists the detections that the principal sees, those that began
// last first.
func (v View) Detections(ctx context.Context, f FindingFilter, c Cursor) ([]Finding, error) {
	all, err := v.hub.Detections(ctx, v.scope, f, c)
	for i := range all {
		v.heedFinding(&all[i])
	}
	return all, err
}

// Cases lists the cases of the detections that the principal sees.
func (v View) Cases(ctx context.Context, c Cursor) ([]CaseFile, error) {
	all, err := v.hub.Cases(ctx, v.scope, c)
	for i := range all {
		v.heedFinding(&all[i].Detection)
	}
	return all, err
}

// Case puts a case together: by the id of a detection, or of a record.
func (v View) Case(ctx context.Context, ref string, w CaseWindow) (CaseFile, error) {
	c, err := v.hub.Case(ctx, v.scope, ref, w)
	v.heedFinding(&c.Detection)
	for i := range c.Blocks {
		for j := range c.Blocks[i].Parts {
			p := &c.Blocks[i].Parts[j]
			if !p.Observable.IsZero() {
				p.Overruled = v.suppressed(cure.Target{Observable: p.Observable})
			}
		}
	}
	return c, err
}

func (v View) heedFinding(f *Finding) {
	if !f.ID.IsZero() {
		f.Overrides = v.reg.about(v.scope, cure.Target{Detection: f.ID})
	}
}

// quarrel returns the conflict between people who hold a value for different
// things.
func quarrel(said []cure.Override) []Conflict {
	var sides []Party
	for i := range said {
		o := &said[i]
		if o.Kind != cure.OverrideVerdict {
			continue
		}
		k := slices.IndexFunc(sides, func(p Party) bool { return p.Says == o.Value })
		if k < 0 {
			k, sides = len(sides), append(sides, Party{Says: o.Value})
		}
		sides[k].People = append(sides[k].People, o.Name)
	}
	if len(sides) < 2 {
		return nil
	}
	return []Conflict{{About: "verdict of people", Claims: sides}}
}

// suppressed returns the decision to suppress one of the targets.
func (v View) suppressed(targets ...cure.Target) *cure.Override {
	for _, t := range targets {
		for _, o := range v.reg.about(v.scope, t) {
			if o.Kind == cure.OverrideSuppress {
				return &o
			}
		}
	}
	return nil
}

// suppressedTie returns the decision that a value does not carry a tag: the tie
// as a whole, or each of the sources that make it.
func (v View) suppressedTie(o, tag cure.Observable, sources []cure.Source) *cure.Override {
	tie := cure.Target{Observable: o, Tag: tag}
	if s := v.suppressed(tie); s != nil {
		return s
	}
	var last *cure.Override
	for _, src := range sources {
		tie.Source = src
		if last = v.suppressed(tie, cure.Target{Source: src}); last == nil {
			return nil
		}
	}
	return last
}
