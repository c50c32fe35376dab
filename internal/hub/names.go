package hub

import (
	"cmp"
	"context"
	"slices"
	"unicode"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/wire"
)

// A thing has many names: Bashlite, Gafgyt and qBot are one family, カゲロウ and
// 陽炎 another. Sources say so by annotations of the relation "alias", people
// by overrides, and people count more. Names are followed for each scope and
// question anew, so that nobody learns from an alias what he may not see, and a
// wrong one is undone at once.
const (
	maxNames     = 128 // names of one thing that are followed
	namesPerTag  = 96  // aliases of one tag that one source may have
	maxClaims    = 128
	claimReasons = 8 // claims whose evidence is read from the log
)

// mirror adds the other direction of each alias of a batch, so that it is found
// from both ends. Delete and regrade meet both, since both are of one record.
func mirror(b *wire.Batch) {
	for i := range b.Annotations {
		a := b.Annotations[i]
		if a.Relation != cure.RelationAlias || a.SubjectKind != cure.KindTag && a.SubjectKind != cure.KindCVE {
			continue
		}
		a.SubjectKind, a.TagKind = a.TagKind, a.SubjectKind
		a.SubjectOff, a.TagOff = a.TagOff, a.SubjectOff
		a.SubjectLen, a.TagLen = a.TagLen, a.SubjectLen
		b.Annotations = append(b.Annotations, a)
	}
}

// naming follows names.
type naming struct {
	*look
	sights []store.TagSight
	claims map[[2]cure.Observable]*claim
	cut    bool
}

// claim is what is said about two tags being one thing.
type claim struct {
	a, b   cure.Observable
	ties   []store.TagSight
	people []cure.Override
}

// same reports what holds: the last decision of people, else what sources say.
func (c *claim) same() bool {
	if n := len(c.people); n > 0 {
		return c.people[n-1].Value == cure.AliasSame
	}
	return len(c.ties) > 0
}

func isTag(k cure.Kind) bool { return k == cure.KindTag || k == cure.KindCVE }

// namesOf returns a tag and its aliases, sorted, and the claims on the way.
func (l *look) namesOf(tag cure.Observable) ([]cure.Observable, *naming) {
	n := &naming{look: l, claims: map[[2]cure.Observable]*claim{}}
	if !isTag(tag.Kind) {
		return []cure.Observable{tag}, n
	}
	all := []cure.Observable{tag}
	for i := 0; i < len(all); i++ {
		for _, c := range n.of(all[i]) {
			other := c.a
			if other == all[i] {
				other = c.b
			}
			if !c.same() || slices.Contains(all, other) {
				continue
			}
			if len(all) == maxNames {
				n.cut = true
				continue
			}
			all = append(all, other)
		}
	}
	sortObservables(all)
	return all, n
}

// of returns the claims about a tag, those of most sources first.
func (n *naming) of(tag cure.Observable) []*claim {
	var found []*claim
	add := func(other cure.Observable) *claim {
		pair := [2]cure.Observable{tag, other}
		if compareObservables(tag, other) > 0 {
			pair = [2]cure.Observable{other, tag}
		}
		c := n.claims[pair]
		if c == nil {
			c = &claim{a: pair[0], b: pair[1]}
			n.claims[pair] = c
		}
		if !slices.Contains(found, c) {
			found = append(found, c)
		}
		return c
	}
	if id, ok := n.find(tag); ok {
		var cut bool
		n.sights, cut = n.r.Related(id, cure.RelationAlias, namesPerTag, n.sights[:0])
		n.cut = n.cut || cut
		for _, t := range n.sights {
			if o := n.r.Observable(t.Tag); !o.IsZero() && o != tag {
				if c := add(o); !slices.ContainsFunc(c.ties, func(x store.TagSight) bool { return x.Cell == t.Cell }) {
					c.ties = append(c.ties, t)
				}
			}
		}
	}
	if n.hub.opts.Aliases != nil {
		for _, o := range n.hub.opts.Aliases(n.sc, tag) {
			other := o.Target.Tag
			if other == tag {
				other = o.Target.Observable
			}
			if c := add(other); !slices.ContainsFunc(c.people, func(x cure.Override) bool { return x.ID == o.ID }) {
				c.people = append(c.people, o)
			}
		}
	}
	slices.SortFunc(found, compareClaims)
	return found
}

func compareClaims(x, y *claim) int {
	return cmp.Or(cmp.Compare(len(y.people), len(x.people)), cmp.Compare(len(y.ties), len(x.ties)),
		compareObservables(x.a, y.a), compareObservables(x.b, y.b))
}

// class returns the IDs of a value: of a tag, of all its names that are known.
func (l *look) class(o cure.Observable) []store.ID {
	names, _ := l.namesOf(o)
	var ids []store.ID
	for _, name := range names {
		if id, ok := l.find(name); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// names returns the names of a tag with who says so; nil for one that has no
// other and about which nothing is claimed.
func (l *look) names(ctx context.Context, tag cure.Observable) *Names {
	all, n := l.namesOf(tag)
	if len(n.claims) == 0 {
		return nil
	}
	out := &Names{Tag: tag, Cut: n.cut}
	for _, o := range all {
		_, known := l.find(o)
		out.Names = append(out.Names, Name{Tag: o, Language: scriptOf(o.Value), Known: known})
	}
	claims := make([]*claim, 0, len(n.claims))
	for _, c := range n.claims {
		claims = append(claims, c)
	}
	slices.SortFunc(claims, compareClaims)
	for i, c := range claims[:min(len(claims), maxClaims)] {
		x := Claim{A: c.a, B: c.b, Same: c.same(), People: c.people}
		for _, t := range c.ties {
			x.Sources = append(x.Sources, l.cell(t.Cell).Source)
		}
		slices.Sort(x.Sources)
		x.Sources = slices.Compact(x.Sources)
		if i < claimReasons {
			x.Evidence = l.evidence(ctx, c.a, c.b, c.ties)
		}
		out.Claims = append(out.Claims, x)
	}
	return out
}

// scriptOf returns "ja" for text with kana or kanji, else "".
func scriptOf(s string) string {
	for _, r := range s {
		if unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han) {
			return "ja"
		}
	}
	return ""
}

// Names returns the names of the thing that a tag names. A tag without another
// name has itself alone.
func (h *Hub) Names(ctx context.Context, sc cure.Scope, tag string) (Names, error) {
	o, err := readTag(tag)
	if err != nil {
		return Names{}, err
	}
	l := h.look(sc)
	defer l.done(ctx, "names "+o.Value)
	if n := l.names(ctx, o); n != nil {
		return *n, nil
	}
	_, known := l.find(o)
	return Names{Tag: o, Names: []Name{{Tag: o, Language: scriptOf(o.Value), Known: known}}}, nil
}

// readTag reads the name of a tag or CVE.
func readTag(text string) (cure.Observable, error) {
	o, err := ioc.Classify(text)
	if err == nil && o.Kind == cure.KindCVE {
		return o, nil
	}
	return ioc.Canonical(cure.KindTag, text)
}
