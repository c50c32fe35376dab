package hub

import (
	"slices"
	"strings"

	"github.com/opencure/cure"
)

// exclusive says of which sort of tag a thing has one only, by the word before
// the colon.
var exclusive = map[string]string{
	"malware": "family", "family": "family", "botnet": "family", "ransomware": "family", "software": "family",
	"group": "group", "actor": "group", "intrusion-set": "group",
}

// judgement says what tags without a colon hold of a value's intent.
var judgement = map[string]string{
	"benign": "benign", "harmless": "benign", "clean": "benign", "whitelisted": "benign",
	"scanner": "scanner", "research scanner": "scanner", "research-scanner": "scanner",
	"malicious": "malicious", "attacker": "malicious", "victim": "victim", "sinkhole": "sinkhole",
}

// conflicts returns what those who speak of a value do not agree about: its
// family, its group, what it is, which part it plays. name gives one name to
// all aliases of a tag.
func conflicts(tied []Tag, sights []SourceSight, name func(cure.Observable) string) []Conflict {
	sides := map[string][]Party{}
	say := func(about, what string, by []cure.Source) {
		i := slices.IndexFunc(sides[about], func(p Party) bool { return p.Says == what || name(tagNamed(p.Says)) == name(tagNamed(what)) })
		if i < 0 {
			i = len(sides[about])
			sides[about] = append(sides[about], Party{Says: what})
		}
		p := &sides[about][i]
		p.Sources = append(p.Sources, by...)
		slices.Sort(p.Sources)
		p.Sources = slices.Compact(p.Sources)
	}
	for i := range tied {
		t := &tied[i]
		if t.Overruled != nil {
			continue
		}
		if j := judgement[t.Tag.Value]; j != "" {
			say("verdict", j, t.Sources)
		} else if sort, _, ok := strings.Cut(t.Tag.Value, ":"); ok && exclusive[sort] != "" {
			say(exclusive[sort], t.Tag.Value, t.Sources)
		}
	}
	for i := range sights {
		for _, r := range sights[i].Roles {
			switch {
			case r.Hostile():
				say("role", "hostile", []cure.Source{sights[i].Source})
			case r == cure.RoleVictim, r == cure.RoleSpoofed, r == cure.RoleSinkhole:
				say("role", r.String(), []cure.Source{sights[i].Source})
			}
		}
	}
	var all []Conflict
	for _, about := range []string{"family", "group", "verdict", "role"} {
		if disagree(about, sides[about]) {
			slices.SortFunc(sides[about], func(a, b Party) int { return strings.Compare(a.Says, b.Says) })
			all = append(all, Conflict{About: about, Claims: sides[about]})
		}
	}
	return all
}

func tagNamed(value string) cure.Observable { return cure.Observable{Kind: cure.KindTag, Value: value} }

// disagree reports whether the sides are of different sources. Verdicts are of
// people, who may share a source.
func disagree(about string, sides []Party) bool {
	if len(sides) < 2 {
		return false
	}
	if about == "verdict" {
		return true
	}
	var by []cure.Source
	for _, p := range sides {
		by = append(by, p.Sources...)
	}
	slices.Sort(by)
	return len(slices.Compact(by)) > 1
}
