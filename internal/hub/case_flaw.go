package hub

import (
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// NoteAffects is the name of what is said of a CVE that affects an own asset:
// the asset, a colon, and what of it.
const NoteAffects = "affects us"

// flaws adds to the CVEs of the case what engines estimate of them, and to the
// own part of it the assets that they affect.
func (k *casework) flaws() error {
	e := every{ctx: k.ctx}
	told := map[string]bool{}
	for i := range k.parts["vulnerability"] {
		if err := e.err(); err != nil {
			return err
		}
		p := &k.parts["vulnerability"][i]
		id, ok := k.find(p.Observable)
		if p.Observable.Kind != cure.KindCVE || !ok {
			continue
		}
		var said []string
		for _, n := range k.says(id) {
			if !slices.Contains(p.Sources, n.Source) && n.Name != NoteAffects {
				p.Sources = append(p.Sources, n.Source)
			}
			if strings.HasPrefix(n.Name, "estimated weakness") || strings.HasPrefix(n.Name, "estimated severity") {
				said = append(said, n.Name+": "+n.Value)
			}
			if n.Name != NoteAffects || told[p.Observable.Value+n.Value] {
				continue
			}
			told[p.Observable.Value+n.Value] = true
			said = append(said, NoteAffects+": "+n.Value)
			k.add("ours", client.Part{
				Observable: p.Observable, Text: n.Value, Reason: "an own asset holds a version that " + p.Observable.Value + " is in",
				Sources: []cure.Source{n.Source}, Count: 1, Weight: 1, First: n.Time, Last: n.Time,
			})
		}
		if said != nil {
			p.Text = strings.TrimPrefix(p.Text+"; "+strings.Join(said, "; "), "; ")
		}
	}
	return nil
}
