package access_test

import (
	"context"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

// alias publishes that two tags are names of one thing.
func (s *script) alias(w []string) error {
	o := s.parse(w[1:])
	rec := cure.Record{ID: o.id, Marking: o.marking, Annotations: []cure.Annotation{{
		Subject: o.values[0], Tag: o.values[1], Relation: cure.RelationAlias, Time: o.at, Sentence: "they say so",
	}}}
	seq, err := s.hub.Push(context.Background(), cure.Source(w[0]), "", []cure.Record{rec})
	if err != nil {
		return err
	}
	return s.hub.Applied(context.Background(), seq)
}

func (s *script) names(w []string) error {
	n, err := s.view.Names(context.Background(), strings.Join(w, " "))
	if err != nil {
		return err
	}
	for _, x := range n.Names {
		s.printf("%s %s", x.Tag.Value, x.Language)
		if !x.Known {
			s.printf(" unknown")
		}
		s.printf("\n")
	}
	for _, c := range n.Claims {
		s.printf("  %s = %s: %v, by %s", c.A.Value, c.B.Value, c.Same, join(c.Sources))
		for _, e := range c.Evidence {
			s.printf(" %q", e.Sentence)
		}
		for _, o := range c.People {
			s.printf(" %s says %s (%s)", o.Org, o.Value, o.Reason)
		}
		s.printf("\n")
	}
	return nil
}

func (s *script) reach(w []string) error {
	t, err := s.view.TagRecords(context.Background(), w[0], access.Cursor{})
	if err != nil {
		return err
	}
	for _, r := range t.Records {
		s.printf("%s by %s via %s, %s says %s\n", span(r.First, r.Last), r.Source, r.Via, join(r.Sources), r.Tag.Value)
	}
	for _, o := range t.TooCommon {
		s.printf("not followed: %s\n", o)
	}
	return nil
}

func (s *script) way(all []access.Reach) {
	for _, r := range all {
		s.printf("  %s via %s, %s say so\n", r.Tag.Value, r.Via, join(r.Sources))
	}
}

func (s *script) layers(w []string) error {
	r, err := s.view.Record(context.Background(), cure.NewID(w[0]).String())
	if err != nil {
		return err
	}
	s.way(r.Reached)
	for _, o := range r.Others {
		s.printf("  known elsewhere %.2f ", o.Weight)
		s.line(o.Summary)
	}
	return nil
}

func (s *script) meaning(w []string) error {
	o, _ := observable(w[0])
	a, err := s.view.Answer(context.Background(), o)
	if err != nil {
		return err
	}
	s.line(a.Summary)
	s.way(a.Reached)
	for _, c := range a.Conflicts {
		s.printf("  conflict about the %s:", c.About)
		for _, p := range c.Claims {
			s.printf(" %s by %s%s;", p.Says, join(p.Sources), strings.Join(p.People, ","))
		}
		s.printf("\n")
	}
	for _, d := range a.Overrides {
		s.printf("  %s %s by %s: %s\n", d.Kind, d.Value, d.Org, d.Reason)
	}
	over := func(what string, by *cure.Override) {
		if by != nil {
			s.printf("  overruled: %s, because %s\n", what, by.Reason)
		}
	}
	for _, n := range a.Notes {
		over(n.Name+"="+n.Value, n.Overruled)
	}
	for _, t := range a.Tied {
		over("tag "+t.Tag.Value, t.Overruled)
	}
	for _, l := range a.Links {
		over("link "+string(l.A)+" "+string(l.B), l.Overruled)
	}
	for _, v := range a.Sights {
		over("source "+string(v.Source), v.Overruled)
	}
	return nil
}

func (s *script) override(w []string) cure.Override {
	kind, value, _ := strings.Cut(w[0], "=")
	d := cure.Override{Kind: cure.OverrideKind(kind), Value: value, Reason: "reason of " + kind}
	var words []string
	for _, word := range w[1:] {
		name, val, _ := strings.Cut(word, "=")
		switch name {
		case "source":
			d.Target.Source = cure.Source(val)
		case "with":
			d.Target.With = cure.Source(val)
		case "for":
			dur, err := time.ParseDuration(val)
			if err != nil {
				s.t.Fatal(err)
			}
			d.Expires = s.clock().Add(dur)
		default:
			words = append(words, word)
		}
	}
	o := s.parse(words)
	d.Marking = o.marking
	if len(o.values) > 0 {
		d.Target.Observable = o.values[0]
	}
	if len(o.values) > 1 {
		d.Target.Tag = o.values[1]
	}
	return d
}

func (s *script) decide(w []string) error {
	_, err := s.view.SetOverride(context.Background(), s.override(w))
	return err
}

func (s *script) undo(w []string) error {
	d := s.override(w)
	for _, o := range s.view.Overrides(d.Target.Observable, true) {
		if o.Kind == d.Kind {
			return s.view.RemoveOverride(context.Background(), o.ID, "undone")
		}
	}
	return cure.Errorf(cure.NotFound, "nothing to undo")
}

func (s *script) overrides([]string) error {
	for _, o := range s.view.Overrides(cure.Observable{}, false) {
		s.printf("%s %s %s by %s TLP:%s\n", o.Kind, o.Value, o.Target, o.Org, o.Marking.TLP)
	}
	return nil
}
