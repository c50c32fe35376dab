package storetest

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// Asker answers every question of the store's contract in a form that can be
// compared: observables for IDs, cells by what they stand for, lines sorted
// where the contract gives no order.
type Asker interface {
	Sights(o cure.Observable) []string // nil: not found
	Tags(o cure.Observable) []string
	Notes(o cure.Observable) []string
	Tagged(tag cure.Observable) []string
	Timeline(o cure.Observable, from, to time.Time) []string
	Neighbours(o cure.Observable) []string
	Record(id cure.ID) []store.Locator
	In(p netip.Prefix) []string
	Covering(a netip.Addr) []string
	Under(domain string, kind cure.Kind) []string
	AtLeast(k int, from, to time.Time) []string
	Matrix(group func(cure.Source) string) string
	Shared(a, b func(cure.Source) bool) []string
	TopCounts(kind cure.Kind, n int) []string
	Stats() string
	Pivot(seeds []cure.Observable, o store.PivotOptions) string
}

// View is a model under a scope.
type View struct {
	M     *Model
	Scope cure.Scope
}

func (v View) effective(c cell) store.Cell {
	return store.Cell{Source: c.Source, Marking: c.Marking.Or(v.M.defaults[c.Source])}
}

func (v View) sees(c cell) bool {
	e := v.effective(c)
	return v.Scope.Sees(e.Source, e.Marking)
}

// pairs returns the visible pairs of a value.
func (v View) pairs(o cure.Observable) map[cell]*pair {
	out := map[cell]*pair{}
	for _, c := range v.M.cells {
		if p := v.M.pairs[pairKey{o, c}]; p != nil && v.sees(c) {
			out[c] = p
		}
	}
	return out
}

func (v View) values() []cure.Observable {
	seen := map[cure.Observable]bool{}
	var out []cure.Observable
	for k := range v.M.pairs {
		if !seen[k.Value] && v.sees(k.Cell) {
			seen[k.Value] = true
			out = append(out, k.Value)
		}
	}
	return out
}

func sorted(lines []string) []string {
	slices.Sort(lines)
	return lines
}

func cellText(c store.Cell) string { return fmt.Sprintf("%s[%v]", c.Source, c.Marking) }

func sightText(c store.Cell, first, last, count uint32, roles store.RoleSet, listed, ended bool) string {
	return fmt.Sprintf("%s %d..%d x%d roles %b listed %v ended %v", cellText(c), first, last, count, roles, listed, ended)
}

// Sights answers for the model; so do the methods below.
func (v View) Sights(o cure.Observable) []string {
	var out []string
	for c, p := range v.pairs(o) {
		out = append(out, sightText(v.effective(c), p.first, p.last, p.count, p.roles, p.flags == 1, p.flags == 2))
	}
	return sorted(out)
}

func tagText(tag cure.Observable, c store.Cell, time uint32, confidence uint8, loc store.Locator) string {
	return fmt.Sprint(tag, " ", cellText(c), " ", time, " ", confidence, " ", loc)
}

func (v View) Tags(o cure.Observable) []string {
	var out []string
	for _, t := range v.M.tags {
		if !t.dead && t.subject == o && v.sees(t.cell) {
			out = append(out, tagText(t.tag, v.effective(t.cell), t.time, t.confidence, t.loc))
		}
	}
	return sorted(out)
}

func (v View) Tagged(tag cure.Observable) []string {
	var out []string
	for _, t := range v.M.tags {
		if !t.dead && t.tag == tag && v.sees(t.cell) {
			out = append(out, t.subject.String())
		}
	}
	return slices.Compact(sorted(out))
}

func (v View) Notes(o cure.Observable) []string {
	if len(v.pairs(o)) == 0 {
		return nil
	}
	var out []string
	for _, n := range v.M.notes {
		if v.M.holds(n) && n.Subject == o && v.sees(n.cell) {
			out = append(out, fmt.Sprint(n.Enricher, n.Version, n.Name, n.Value, n.Score, seconds(n.Expires), seconds(n.Time), cellText(v.effective(n.cell)), n.loc))
		}
	}
	return sorted(out)
}

func rowText(c store.Cell, role cure.Role, state cure.State, first, last, count uint32, loc store.Locator) string {
	return fmt.Sprint(cellText(c), " ", role, " ", state, " ", first, "..", last, " x", count, " ", loc)
}

func touches(r *row, from, to time.Time) bool {
	return (to.IsZero() || r.first <= seconds(to)) && r.last >= seconds(from)
}

func (v View) Timeline(o cure.Observable, from, to time.Time) []string {
	var out []string
	for _, r := range slices.Backward(v.M.rows) {
		if !r.dead && r.Observable == o && v.sees(r.cell) && touches(r, from, to) {
			out = append(out, rowText(v.effective(r.cell), r.Role, r.State, r.first, r.last, r.Count, r.loc))
		}
	}
	return out
}

func (v View) neighbours(o cure.Observable) map[cure.Observable]bool {
	groups := map[int]bool{}
	for _, r := range v.M.rows {
		if !r.dead && r.Observable == o && v.sees(r.cell) {
			groups[r.group] = true
		}
	}
	out := map[cure.Observable]bool{}
	for _, r := range v.M.rows {
		if !r.dead && groups[r.group] && r.Observable != o && v.sees(r.cell) {
			out[r.Observable] = true
		}
	}
	return out
}

func (v View) Neighbours(o cure.Observable) []string { return names(v.neighbours(o)) }

func names(set map[cure.Observable]bool) []string {
	var out []string
	for o := range set {
		out = append(out, o.String())
	}
	return sorted(out)
}

func (v View) Record(id cure.ID) []store.Locator {
	var out []store.Locator
	for _, r := range append(slices.Clone(v.M.rows), v.M.bares...) {
		if !r.dead && r.id == id && !id.IsZero() && v.sees(r.cell) {
			out = append(out, r.loc)
		}
	}
	slices.SortFunc(out, func(a, b store.Locator) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Record, b.Record))
	})
	return slices.Compact(out)
}

func (v View) In(p netip.Prefix) []string {
	var in []netip.Addr
	for _, o := range v.values() {
		if a, err := netip.ParseAddr(o.Value); err == nil && o.Kind == cure.KindIP && p.Contains(a) {
			in = append(in, a)
		}
	}
	slices.SortFunc(in, netip.Addr.Compare)
	var out []string
	for _, a := range in {
		out = append(out, "ip:"+a.String())
	}
	return out
}

func (v View) Covering(a netip.Addr) []string {
	var in []netip.Prefix
	for _, o := range v.values() {
		if p, err := netip.ParsePrefix(o.Value); err == nil && o.Kind == cure.KindCIDR && p.Contains(a) {
			in = append(in, p)
		}
	}
	slices.SortFunc(in, func(a, b netip.Prefix) int { return b.Bits() - a.Bits() })
	var out []string
	for _, p := range in {
		out = append(out, "cidr:"+p.String())
	}
	return out
}

func (v View) Under(domain string, kind cure.Kind) []string {
	var out []string
	for _, o := range v.values() {
		name := o.Value
		if kind != cure.KindNone && o.Kind != kind {
			continue
		}
		if o.Kind == cure.KindEmail {
			_, name, _ = strings.Cut(name, "@")
		} else if o.Kind != cure.KindDomain {
			continue
		}
		if name == domain || strings.HasSuffix(name, "."+domain) {
			out = append(out, o.String())
		}
	}
	return sorted(out)
}

func (v View) AtLeast(k int, from, to time.Time) []string {
	sources := map[cure.Observable]map[cure.Source]bool{}
	for _, r := range v.M.rows {
		if !r.dead && v.sees(r.cell) && touches(r, from, to) {
			if sources[r.Observable] == nil {
				sources[r.Observable] = map[cure.Source]bool{}
			}
			sources[r.Observable][r.cell.Source] = true
		}
	}
	var out []string
	for o, s := range sources {
		if len(s) >= k {
			out = append(out, o.String())
		}
	}
	return sorted(out)
}
