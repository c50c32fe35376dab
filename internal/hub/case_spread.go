package hub

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/store"
)

// How far a case is followed from the sources of its detection: three records
// away, over values that not everything stands with.
const (
	spreadHops  = 4
	spreadWidth = 48  // values that each step goes on from
	spreadPool  = 256 // neighbours of one value that are looked at
	caseMeant   = 96  // values whose tags are read
)

// anchor is a value that belongs to a case, and the way to it.
type anchor struct {
	id      store.ID
	value   cure.Observable
	line    Summary
	from    *anchor // nil: from the sources of the detection
	hop     int
	support int // from how many values of the step before it was met
	weight  float64
	own     bool
}

// spread walks from the sources over shared records. Of each step the values
// that most of the step before stand with, and the rarest, are followed.
func (k *casework) spread() error {
	known := map[store.ID]bool{}
	step := make([]*anchor, 0, len(k.seeds))
	for _, id := range k.seeds {
		step = append(step, &anchor{id: id})
	}
	e := every{ctx: k.ctx}
	for hop := 1; hop <= spreadHops && len(step) > 0; hop++ {
		met := map[store.ID]*anchor{}
		var order []*anchor
		for _, a := range step {
			if err := e.err(); err != nil {
				return err
			}
			near, _ := k.r.Neighbours(a.id, spreadPool)
			for _, n := range near {
				if k.isSeed[n] || known[n] {
					continue
				}
				if met[n] == nil {
					met[n] = &anchor{id: n, hop: hop}
					order = append(order, met[n])
				}
				met[n].meet(a, hop)
			}
		}
		for id := range met {
			known[id] = true
		}
		step = k.follow(order, len(step))
		k.anchors = append(k.anchors, step...)
		step = slices.DeleteFunc(slices.Clone(step), func(a *anchor) bool { return a.own })
	}
	return nil
}

// meet counts one more value of the step before. The way that is shown is over
// the first of them by name.
func (a *anchor) meet(from *anchor, hop int) {
	a.support++
	if hop > 1 && (a.from == nil || compareObservables(from.value, a.from.value) < 0) {
		a.from = from
	}
}

// follow keeps the values of a step that tell something, the most telling
// first.
func (k *casework) follow(met []*anchor, before int) []*anchor {
	kept := met[:0]
	for _, a := range met {
		if k.tells(a, before) {
			kept = append(kept, a)
		}
	}
	slices.SortFunc(kept, func(a, b *anchor) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), compareObservables(a.value, b.value))
	})
	return kept[:min(len(kept), spreadWidth)]
}

// tells reports whether a value belongs to the case, and fills it in: rare, of
// a kind that identifies, seen inside the window, and no mere visitor of
// something that the case shares with everybody.
func (k *casework) tells(a *anchor, before int) bool {
	switch k.r.Kind(a.id) {
	case cure.KindPort, cure.KindASN, cure.KindTag, cure.KindNone:
		return false
	case cure.KindFingerprint:
		if a.support < 2 { // of one visitor alone: it joins nothing
			return false
		}
	}
	a.line = k.summary(a.id)
	a.value = a.line.Observable
	first, last := uint32(clock(a.line.First)), uint32(clock(a.line.Last))
	if a.value.IsZero() || len(a.line.Sources) == 0 || !k.within(first, last) {
		return false
	}
	w := k.worth(a.id, len(a.line.Sources))
	if w.common {
		return false
	}
	a.own = slices.Contains(a.line.Roles, cure.RoleOwn)
	visitor := a.value.Kind == cure.KindIP && !a.own
	for _, r := range a.line.Roles {
		visitor = visitor && (r == cure.RoleScanner || r == cure.RoleInfected || r == cure.RoleTarget)
	}
	if visitor {
		return false
	}
	share := float64(a.support) / float64(max(before, 1))
	a.weight = math.Round((0.5*share+0.5*w.weight)/float64(a.hop)*1e4) / 1e4
	return true
}

// sort puts the anchors into the blocks they belong to.
func (k *casework) sort() error {
	for _, a := range k.anchors {
		block := "C2"
		switch a.value.Kind {
		case cure.KindHash:
			block = "malware"
		case cure.KindCVE:
			block = "vulnerability"
		case cure.KindFingerprint:
			block = "honeypots"
		case cure.KindEmail:
			block = "intelligence"
		}
		if a.own {
			block = "ours"
		}
		k.add(block, k.part(a))
	}
	return nil
}

// part shows an anchor with the way to it.
func (k *casework) part(a *anchor) client.Part {
	p := client.Part{
		Observable: a.value, Sources: a.line.Sources, Count: a.line.Count, Weight: a.weight,
		First: a.line.First, Last: a.line.Last,
	}
	if a.from == nil {
		p.Reason = fmt.Sprintf("in one record with %d of the values of the detection", a.support)
		for _, seed := range k.seeds[:min(len(k.seeds), 32)] {
			if rec := k.together(k.ctx, a.id, k.places(seed)); rec != "" {
				p.Records = []string{rec}
				break
			}
		}
	} else {
		var way []string
		for b := a.from; b != nil; b = b.from {
			way = append(way, b.value.Value)
		}
		p.Reason = "in one record with " + strings.Join(way, ", that with ")
		if rec := k.together(k.ctx, a.id, k.places(a.from.id)); rec != "" {
			p.Records = []string{rec}
		}
	}
	var as []string
	for _, r := range a.line.Roles {
		as = append(as, r.String())
	}
	if as != nil {
		p.Text = "observed as " + strings.Join(as, ", ")
	}
	return p
}

// borne adds the tags that sources tie to the values of the detection itself,
// those on most of them first.
func (k *casework) borne() error {
	parts := map[store.ID]*client.Part{}
	e := every{ctx: k.ctx}
	for _, seed := range k.seeds {
		if err := e.err(); err != nil {
			return err
		}
		k.tags = k.r.Tags(seed, k.tags[:0])
		var on []store.ID
		for _, t := range k.tags {
			src := k.cell(t.Cell).Source
			if t.Relation != cure.RelationTag || src == k.detected.Source {
				continue
			}
			p := parts[t.Tag]
			if p == nil {
				p = &client.Part{Observable: k.r.Observable(t.Tag), First: unix(t.Time)}
				parts[t.Tag] = p
			}
			if !slices.Contains(on, t.Tag) {
				on = append(on, t.Tag)
				p.Count++
			}
			if !slices.Contains(p.Sources, src) {
				p.Sources = append(p.Sources, src)
			}
			if f := unix(t.Time); f.Before(p.First) {
				p.First = f
			}
			p.Last = later(p.Last, unix(t.Time))
		}
	}
	for _, p := range parts {
		if p.Observable.IsZero() {
			continue // deleted meanwhile
		}
		slices.Sort(p.Sources)
		p.Reason = fmt.Sprintf("tied to %d of the %s of the detection", p.Count, plural(len(k.detected.Sources), "value"))
		p.Weight = math.Round(float64(p.Count)/float64(len(k.detected.Sources))*1e4) / 1e4
		k.add(blockOfTag(p.Observable), *p)
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func blockOfTag(tag cure.Observable) string {
	if tag.Kind == cure.KindCVE {
		return "vulnerability"
	}
	if strings.HasPrefix(tag.Value, "cluster:") { // of samples that are the same program
		return "malware"
	}
	return "intelligence"
}

// meant adds what sources tie to the values that belong to the case.
func (k *casework) meant() error {
	parts := map[[2]string]*client.Part{}
	var order []*client.Part
	for _, a := range k.anchors[:min(len(k.anchors), caseMeant)] {
		tied, _, err := k.tied(k.ctx, a.value, []store.ID{a.id})
		if err != nil {
			return err
		}
		for i := range tied {
			t := &tied[i]
			name := k.oneName(t.Tag)
			key := [2]string{t.Tag.Kind.String(), name}
			p := parts[key]
			if p == nil {
				p = &client.Part{Observable: t.Tag, Reason: "tied to " + a.value.Value, Weight: a.weight, First: t.Last, Last: t.Last}
				parts[key], order = p, append(order, p)
			}
			gather(p, t)
		}
	}
	for _, p := range order {
		slices.Sort(p.Sources)
		k.add(blockOfTag(p.Observable), *p)
	}
	return nil
}

// gather adds one more tie to the part of a tag.
func gather(p *client.Part, t *Tag) {
	p.Count++
	for _, src := range t.Sources {
		if !slices.Contains(p.Sources, src) {
			p.Sources = append(p.Sources, src)
		}
	}
	for _, e := range t.Evidence {
		if p.Text == "" {
			p.Text = orElse(e.Sentence, e.Title)
		}
		if e.Record != "" && len(p.Records) < caseRecords && !slices.Contains(p.Records, e.Record) {
			p.Records = append(p.Records, e.Record)
		}
	}
}

// Which publishers are asked for what belongs to a case, and how it is said
// that they know nothing.
var consulted = []struct{ publisher, says string }{
	{"feeds", "in no feed"},
	{"reports", "in no report"},
	{"tickets", "no ticket on it"},
	{"attack", "not in ATT&CK"},
}

// missingOf is how many values are asked for.
const missingOf = 12

// missing says which publishers were asked and do not know the main values of
// the case. Those that the scope sees nothing of were not asked.
func (k *casework) missing() error {
	visible := map[string]bool{}
	for _, s := range k.r.Stats().Sources {
		visible[s.Source.Publisher()] = true
	}
	asked := k.anchors
	if len(k.seeds) <= missingOf { // few enough to be the matter itself: of an alert, say
		asked = nil
		for _, id := range k.seeds {
			line := k.summary(id)
			asked = append(asked, &anchor{id: id, value: line.Observable, line: line, weight: 1})
		}
		asked = append(asked, k.anchors...)
	}
	n := 0
	for _, a := range asked {
		if a.own || a.value.Kind == cure.KindFingerprint || a.value.Kind == cure.KindURL {
			continue
		}
		if n++; n > missingOf {
			break
		}
		for _, ask := range consulted {
			has := slices.ContainsFunc(a.line.Sources, func(s cure.Source) bool { return s.Publisher() == ask.publisher })
			if visible[ask.publisher] && !has {
				k.add("not found", client.Part{Observable: a.value, Text: ask.says, Reason: "asked all visible sources of " + ask.publisher, Weight: a.weight})
			}
		}
	}
	return nil
}
