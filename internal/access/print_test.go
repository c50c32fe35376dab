package access_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

// How scripts print answers: one line a thing, times without their zeros.

func (s *script) line(v access.Summary) {
	s.printf("%s", v.Observable)
	if len(v.Sources) > 0 {
		s.printf("  by %s  %dx %s", join(v.Sources), v.Count, span(v.First, v.Last))
	}
	if len(v.Roles) > 0 {
		s.printf("  as %s", join(v.Roles))
	}
	if len(v.Tags) > 0 {
		s.printf("  tags %s", strings.Join(v.Tags, ","))
	}
	for _, n := range v.Notes {
		s.printf("  %s=%s", n.Name, n.Value)
	}
	s.printf("\n")
}

func join[T any](list []T) string {
	var words []string
	for _, v := range list {
		words = append(words, fmt.Sprint(v))
	}
	return strings.Join(words, ",")
}

func span(first, last time.Time) string {
	if first.Equal(last) {
		return short(first)
	}
	return short(first) + ".." + short(last)
}

func short(t time.Time) string { return t.Format("01-02T15:04") }

func (s *script) query(w []string) error {
	res, err := s.view.Search(context.Background(), strings.Join(w, " "), access.Cursor{})
	if err != nil {
		return err
	}
	for _, v := range res.Values {
		s.line(v)
	}
	for _, m := range res.Misses {
		s.printf("%s is not known\n", m.Observable)
		for _, n := range m.Miss.Near {
			s.printf("  near: ")
			s.line(n)
		}
	}
	return nil
}

func (s *script) answer(w []string) error {
	o, _ := observable(w[0])
	a, err := s.view.Answer(context.Background(), o)
	if err != nil {
		return err
	}
	if !a.Known {
		s.printf("%s is not known\n", o)
	} else {
		s.line(a.Summary)
	}
	for _, v := range a.Sights {
		s.printf("  %s: %dx %s", v.Source, v.Count, span(v.First, v.Last))
		if len(v.Roles) > 0 {
			s.printf(" as %s", join(v.Roles))
		}
		if v.Listed {
			s.printf(" listed")
		}
		if v.Ended {
			s.printf(" ended")
		}
		s.printf(" %s\n", v.Marking.TLP)
	}
	for _, n := range a.Notes {
		s.printf("  %s=%s: %s\n", n.Name, n.Value, n.Why)
	}
	for _, l := range a.Links {
		s.printf("  link %s %s %.4f: %s\n", l.A, l.B, l.Weight, l.Why)
	}
	for _, c := range a.Covering {
		s.printf("  inside ")
		s.line(c)
	}
	for _, r := range a.Related {
		s.printf("  with %.4f ", r.Weight)
		s.line(r.Summary)
	}
	if a.Miss != nil {
		for _, n := range a.Miss.Near {
			s.printf("  near: ")
			s.line(n)
		}
	}
	return nil
}

func (s *script) links(w []string) error {
	m, err := s.view.Matrix(context.Background(), len(w) > 0)
	if err != nil {
		return err
	}
	for i, name := range m.Names {
		s.printf("%-16s", name)
		for _, n := range m.Shared[i] {
			s.printf(" %3d", n)
		}
		s.printf("\n")
	}
	return nil
}

func (s *script) shared(w []string) error {
	sh, err := s.view.Shared(context.Background(), w[0], w[1], access.Cursor{})
	if err != nil {
		return err
	}
	s.printf("%d shared\n", sh.Total)
	for _, v := range sh.Values {
		s.printf("  %.4f %s: %s\n", v.Weight, v.Observable, v.Why)
	}
	return nil
}

func (s *script) record(w []string) error {
	r, err := s.view.Record(context.Background(), cure.NewID(w[0]).String())
	if err != nil {
		return err
	}
	s.printf("of %s in %d parts, TLP:%s\n", r.Source, r.Parts, r.Marking.TLP)
	for _, o := range r.Observations {
		s.printf("  %s %s\n", short(o.First), o.Observable)
	}
	for _, a := range r.Annotations {
		s.printf("  %s is %s\n", a.Subject, a.Tag)
	}
	if len(r.Raw) > 0 {
		s.printf("  raw %q\n", r.Raw)
	}
	return nil
}

func (s *script) timeline(w []string) error {
	o, _ := observable(w[0])
	t, err := s.view.Timeline(context.Background(), o, time.Time{}, time.Time{}, access.Cursor{})
	if err != nil {
		return err
	}
	for _, v := range t.Sightings {
		s.printf("%s %dx by %s as %s, %s, %s\n", span(v.First, v.Last), v.Count, v.Source, v.Role, v.State, v.Marking.TLP)
	}
	return nil
}

func (s *script) neighbours(w []string) error {
	o, _ := observable(w[0])
	n, err := s.view.Neighbours(context.Background(), o, access.Cursor{})
	if err != nil {
		return err
	}
	for _, v := range n.Values {
		s.line(v.Summary)
	}
	return nil
}

func (s *script) pivot(w []string) error {
	o := s.parse(w)
	p, err := s.view.Pivot(context.Background(), o.values, access.PivotOptions{MaxFanout: o.fanout})
	if err != nil {
		return err
	}
	for _, v := range p.Values {
		s.printf("%d ", v.Hop)
		s.line(v.Summary)
	}
	for _, c := range p.TooCommon {
		s.printf("not followed: %s\n", c)
	}
	return nil
}

func (s *script) rare([]string) error {
	all, err := s.view.Rare(context.Background(), cure.KindNone, 0)
	for _, v := range all {
		s.line(v)
	}
	return err
}

func (s *script) top([]string) error {
	all, err := s.view.Top(context.Background(), cure.KindNone, 3)
	for _, v := range all {
		s.line(v)
	}
	return err
}

func (s *script) stats([]string) error {
	st := s.view.Stats()
	var kinds []string
	for k, n := range st.Values {
		kinds = append(kinds, fmt.Sprintf("%s=%d", k, n))
	}
	slices.Sort(kinds)
	s.printf("%d observations, %d sources, %s\n", st.Observations, st.Sources, strings.Join(kinds, " "))
	return nil
}

func (s *script) sources([]string) error {
	for _, src := range s.view.Sources() {
		s.printf("%s: %d values, %d observations", src.Source, src.Values, src.Observations)
		if o := src.Operating; o != nil {
			s.printf("; %d batches, %d refused, default TLP:%s", o.Batches, o.Refused, src.Default.TLP)
		}
		s.printf("\n")
	}
	return nil
}

func (s *script) port(w []string) error {
	from, err := time.Parse("2006-01-02T15:04", w[1])
	if err != nil {
		return err
	}
	to, err := time.Parse("2006-01-02T15:04", w[2])
	if err != nil {
		return err
	}
	refs, err := s.view.PortTime(context.Background(), cure.Observable{Kind: cure.KindPort, Value: w[0]}, from, to, access.Cursor{})
	for _, r := range refs {
		s.printf("%s %dx by %s, record of %d digits\n", span(r.First, r.Last), r.Count, r.Source, len(r.Record))
	}
	return err
}

func (s *script) seen(w []string) error {
	k, err := strconv.Atoi(w[0])
	if err != nil {
		return err
	}
	d, err := time.ParseDuration(w[1])
	if err != nil {
		return err
	}
	res, err := s.view.Seen(context.Background(), k, s.clock().Add(-d), s.clock().Add(d), access.Cursor{})
	for _, v := range res.Values {
		s.line(v)
	}
	return err
}
