package storetest

import (
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// Store asks a reader of the store.
type Store struct{ R *store.Reader }

func (s Store) id(o cure.Observable) (store.ID, bool) {
	return s.R.Exact(o.Kind, o.AppendKey(nil))
}

func (s Store) names(ids iter.Seq[store.ID]) []string {
	var out []string
	for id := range ids {
		out = append(out, s.R.Observable(id).String())
	}
	return out
}

func (s Store) Sights(o cure.Observable) []string {
	id, ok := s.id(o)
	if !ok {
		return nil
	}
	var out []string
	for _, x := range s.R.Sights(id, nil) {
		out = append(out, sightText(s.R.Cell(x.Cell), x.First, x.Last, x.Count, x.Roles, x.Listed, x.Ended))
	}
	return sorted(out)
}

func (s Store) Tags(o cure.Observable) []string {
	id, ok := s.id(o)
	if !ok {
		return nil
	}
	var out []string
	for _, t := range s.R.Tags(id, nil) {
		out = append(out, tagText(s.R.Observable(t.Tag), s.R.Cell(t.Cell), t.Time, t.Confidence, t.Loc))
	}
	return sorted(out)
}

func (s Store) Tagged(tag cure.Observable) []string {
	id, ok := s.id(tag)
	if !ok {
		return nil
	}
	return sorted(s.names(s.R.Tagged(id)))
}

func (s Store) Notes(o cure.Observable) []string {
	id, ok := s.id(o)
	if !ok {
		return nil
	}
	var out []string
	for _, n := range s.R.Notes(id, nil) {
		out = append(out, fmt.Sprint(n.Enricher, n.Version, n.Name, n.Value, n.Score, n.Expires, n.Time, cellText(s.R.Cell(n.Cell)), n.Loc))
	}
	return sorted(out)
}

func (s Store) Timeline(o cure.Observable, from, to time.Time) []string {
	id, ok := s.id(o)
	if !ok {
		return nil
	}
	var out []string
	for x := range s.R.Timeline(id, from, to) {
		out = append(out, rowText(s.R.Cell(x.Cell), x.Role, x.State, x.First, x.Last, x.Count, x.Loc))
	}
	var scanned []string
	for x := range s.R.PortTime(id, from, to) {
		scanned = append(scanned, rowText(s.R.Cell(x.Cell), x.Role, x.State, x.First, x.Last, x.Count, x.Loc))
	}
	if !slices.Equal(out, scanned) {
		out = append(out, "port and time give other records:")
		out = append(out, scanned...)
	}
	return out
}

func (s Store) Neighbours(o cure.Observable) []string {
	id, ok := s.id(o)
	if !ok {
		return nil
	}
	ids, _ := s.R.Neighbours(id, 0)
	if few, cut := s.R.Neighbours(id, 1); len(few)+cut != len(ids) {
		return []string{fmt.Sprint("cut ", cut, " of ", len(ids))}
	}
	return sorted(s.names(slices.Values(ids)))
}

func (s Store) Record(id cure.ID) []store.Locator { return s.R.Record(id) }

func (s Store) In(p netip.Prefix) []string { return s.names(s.R.In(p)) }

func (s Store) Covering(a netip.Addr) []string { return s.names(slices.Values(s.R.Covering(a))) }

func (s Store) Under(domain string, kind cure.Kind) []string {
	return sorted(s.names(s.R.Under(domain, kind)))
}

func (s Store) AtLeast(k int, from, to time.Time) []string {
	ids := slices.Collect(s.R.AtLeast(k, from, to))
	if !slices.IsSorted(ids) {
		return []string{"not in order"}
	}
	return sorted(s.names(slices.Values(ids)))
}

// Matrix is the store's, as text.
func (s Store) Matrix(group func(cure.Source) string) string { return matrixText(s.R.Matrix(group)) }

func (s Store) Shared(a, b func(cure.Source) bool) []string {
	return sorted(s.names(s.R.Shared(a, b)))
}

func (s Store) TopCounts(kind cure.Kind, n int) []string {
	var out []string
	for _, id := range s.R.Top(kind, n) {
		sources := map[cure.Source]bool{}
		count := 0
		for _, x := range s.R.Sights(id, nil) {
			sources[s.R.Cell(x.Cell).Source] = true
			count += int(x.Count)
		}
		out = append(out, topText(len(sources), count))
	}
	return out
}

func (s Store) Stats() string { return statsText(s.R.Stats()) }

func (s Store) Pivot(seeds []cure.Observable, o store.PivotOptions) string {
	var ids []store.ID
	for _, x := range seeds {
		if id, ok := s.id(x); ok {
			ids = append(ids, id)
		}
	}
	res := s.R.Pivot(ids, o)
	var lines []string
	for i, id := range res.IDs {
		lines = append(lines, fmt.Sprint(res.Hop[i], " ", s.R.Observable(id)))
	}
	for _, id := range res.TooCommon {
		lines = append(lines, "too common "+s.R.Observable(id).String())
	}
	return strings.Join(sorted(lines), "\n")
}
