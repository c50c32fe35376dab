package mean

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
)

// Catalogue is what files of ATT&CK and CAPEC hold, for comparing releases and
// for finding what their pages refer to. Read only once made.
type Catalogue struct {
	things map[string]*event // by STIX id
	ties   map[string]*event
	Bad    int // objects that could not be read
}

// ReadCatalogue reads files as [Attack] does. A file that cannot be opened or
// holds no object is an error; broken objects are counted.
func ReadCatalogue(ctx context.Context, paths ...string) (*Catalogue, error) {
	c := &Catalogue{things: map[string]*event{}, ties: map[string]*event{}}
	for _, path := range paths {
		before := len(c.things) + len(c.ties)
		if err := c.read(ctx, path); err != nil {
			return nil, err
		}
		if len(c.things)+len(c.ties) == before {
			return nil, cure.Errorf(cure.Invalid, "read %s: no STIX object of ATT&CK or CAPEC in it", path)
		}
	}
	return c, nil
}

func (c *Catalogue) read(ctx context.Context, path string) error {
	f, err := feed.Open(path, feed.Members, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	dec, held := &decoder{}, 0
	for {
		fr, err := f.Next(ctx, feed.Forever)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		err = dec.Decode(fr.Data, func(ev *publish.Event) {
			e := &event{kind: ev.Kind, key: ev.Key, time: ev.Time, attrs: slices.Clone(ev.Attrs)}
			for _, a := range e.attrs {
				held += len(a.Value) + 48
			}
			switch ev.Kind {
			case typeReference:
			case typeRelationship:
				c.ties[e.key] = e
			default:
				c.things[e.key] = e
			}
		})
		if err != nil {
			c.Bad++
		}
		if held > maxHeld || len(c.things) > maxThings || len(c.ties) > maxTies {
			return cure.Errorf(cure.Invalid, "read %s: more than a catalogue can hold", path)
		}
	}
}

// Cited returns what pages refer to: for each URL the keywords of the pages,
// sorted. A page of a group, software or campaign has the references of the
// relationships that begin at it, too; references to other catalogues are left
// out.
func (c *Catalogue) Cited() map[string]Citation {
	all := map[string]Citation{}
	add := func(e *event, thing *event) {
		if thing == nil || thing.get(attrState) != "" {
			return
		}
		e.all(attrCites, func(line string) {
			url, title, _ := strings.Cut(line, " ")
			if !strings.HasPrefix(url, "http") {
				return
			}
			x := all[url]
			if x.Title == "" {
				x.Title = title
			}
			tag := thing.get(attrTag)
			if !slices.ContainsFunc(x.Keywords, func(k Keyword) bool { return k.Tag == tag }) {
				x.Keywords = append(x.Keywords, thing.keyword())
			}
			all[url] = x
		})
	}
	for _, e := range c.things {
		add(e, e)
	}
	for _, e := range c.ties {
		add(e, c.things[e.get(attrFrom)])
	}
	for url, x := range all {
		slices.SortFunc(x.Keywords, func(a, b Keyword) int { return strings.Compare(a.Tag, b.Tag) })
		all[url] = x
	}
	return all
}

// Citation is a document that pages refer to.
type Citation struct {
	Title    string
	Keywords []Keyword
}

// keyword makes the keyword of an object: its tag and how texts name it.
func (e *event) keyword() Keyword {
	k := Keyword{Tag: e.get(attrTag), Names: []string{e.get(attrName)}}
	e.all(attrAlias, func(v string) {
		name := v[2:]
		if !strings.Contains(name, ":") && !slices.Contains(k.Names, name) && len(k.Names) < maxNamesUsed {
			k.Names = append(k.Names, name)
		}
	})
	return k
}

// Change is one difference between two releases.
type Change struct {
	Kind string `json:"kind"` // technique, group, malware …, or the relation
	What string `json:"what"` // added, removed, revoked, deprecated, renamed, names, changed
	Tag  string `json:"tag"`  // what changed
	Text string `json:"text"` // its name, or what it became
}

// Diff returns what is different in next, sorted by kind, what and tag: objects
// by their STIX ids; relationships by their ends, which are added or removed.
// An object of which only text or version differ has changed.
func Diff(old, next *Catalogue) []Change {
	var all []Change
	for id, e := range next.things {
		if what, text := e.since(old.things[id]); what != "" {
			all = append(all, Change{kindName(e), what, e.get(attrTag), text})
		}
	}
	for id, e := range old.things {
		if next.things[id] == nil {
			all = append(all, Change{kindName(e), "removed", e.get(attrTag), e.get(attrName)})
		}
	}
	was, is := old.edges(), next.edges()
	for edge := range is {
		if !was[edge] {
			all = append(all, Change{edge.relation, "added", edge.from, edge.to})
		}
	}
	for edge := range was {
		if !is[edge] {
			all = append(all, Change{edge.relation, "removed", edge.from, edge.to})
		}
	}
	slices.SortFunc(all, func(a, b Change) int {
		return strings.Compare(a.Kind+"\x00"+a.What+"\x00"+a.Tag+"\x00"+a.Text, b.Kind+"\x00"+b.What+"\x00"+b.Tag+"\x00"+b.Text)
	})
	return all
}

// since says what is different from an older version of an object.
func (e *event) since(old *event) (what, text string) {
	name := e.get(attrName)
	if old == nil {
		return "added", name
	}
	state := e.get(attrState)
	switch {
	case state != old.get(attrState) && state != "":
		return state, name
	case name != old.get(attrName):
		return "renamed", old.get(attrName) + " -> " + name
	}
	if gained := lacks(old, e); len(gained) > 0 {
		return "names", "+ " + strings.Join(gained, ", ")
	}
	if lost := lacks(e, old); len(lost) > 0 {
		return "names", "- " + strings.Join(lost, ", ")
	}
	if e.get(attrVer) != old.get(attrVer) || e.get(attrText) != old.get(attrText) {
		return "changed", name
	}
	return "", ""
}

// lacks returns the names that the second has and the first lacks.
func lacks(a, b *event) (names []string) {
	have := a.keyword().Names
	for _, n := range b.keyword().Names {
		if !slices.Contains(have, n) {
			names = append(names, n)
		}
	}
	return names
}

func kindName(e *event) string {
	switch tag := e.get(attrTag); {
	case e.kind == "attack-pattern" && strings.HasPrefix(tag, "capec:"):
		return "attack pattern"
	case e.kind == "attack-pattern":
		return "technique"
	case e.kind == "x-mitre-tactic":
		return "tactic"
	case e.kind == "course-of-action":
		return "mitigation"
	case e.kind == "intrusion-set":
		return "group"
	}
	return e.kind
}

type edge struct{ relation, from, to string }

// edges returns the relationships that hold, by tags.
func (c *Catalogue) edges() map[edge]bool {
	all := map[edge]bool{}
	for _, e := range c.ties {
		from, to := c.things[e.get(attrFrom)], c.things[e.get(attrTo)]
		if from == nil || to == nil || e.get(attrState) != "" {
			continue
		}
		all[edge{e.get(attrRel), from.get(attrTag), to.get(attrTag)}] = true
	}
	return all
}
