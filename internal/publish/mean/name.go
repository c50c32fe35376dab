package mean

import (
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
)

// tagOf makes a tag of a text; the zero Observable when it is none.
func tagOf(text string) cure.Observable {
	o, err := ioc.Canonical(cure.KindTag, text)
	if err != nil || o.Kind != cure.KindTag {
		return cure.Observable{}
	}
	return o
}

// tag returns the tag of an object, the zero Observable when it has none.
func (o *object) tag() cure.Observable {
	id, _ := o.number()
	kind, used := kindsOfObjects[o.Type]
	switch {
	case !used:
		return cure.Observable{}
	case kind != "":
		return tagOf(kind + ":" + o.Name)
	case strings.HasPrefix(id, "capec-"):
		return tagOf("capec:" + strings.TrimPrefix(id, "capec-"))
	case id == "":
		return cure.Observable{}
	}
	return tagOf("attack:" + id)
}

// naming is one name of a thing.
type naming struct {
	name       cure.Observable
	confidence uint8
	plain      bool // a word of ordinary text may be it: only when nothing else claims it
}

// names returns what else an object is called: its number, and its names with
// and without kind.
func (o *object) names() (all []naming, cut bool) {
	self := o.tag()
	add := func(text string, confidence uint8, plain bool) {
		t := tagOf(text)
		if t.IsZero() || t == self {
			return
		}
		for _, n := range all {
			if n.name == t {
				return
			}
		}
		if len(all) >= maxAliases {
			cut = true
			return
		}
		all = append(all, naming{t, confidence, plain})
	}
	kind := kindsOfObjects[o.Type]
	if id, _ := o.number(); id != "" {
		add(id, 100, false)
		if kind != "" {
			add("attack:"+id, 100, false)
		}
	}
	if o.gone() {
		return all, cut // its names are free for who took its place
	}
	add(o.Name, 100, true)
	for _, a := range append(o.Aliases, o.XAliases...) {
		confidence := uint8(90)
		if a == o.Name {
			continue
		}
		if kind != "" {
			add(kind+":"+a, confidence, false)
		}
		add(a, confidence, true)
	}
	return all, cut
}

// ordinary reports whether a name of this object, without a kind, is a word of
// any text: then nothing is made one because of it.
func (o *object) ordinary(name string) bool {
	words := strings.Count(name, " ") + 1
	switch o.Type {
	case "intrusion-set", "malware", "campaign":
		return len(name) <= 3
	}
	return words == 1 // "phishing", "server", "net", "ping"
}
