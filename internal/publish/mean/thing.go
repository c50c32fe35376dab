package mean

import (
	"github.com/opencure/cure"
)

// names knows who claims which name in a copy, and which tag a tactic has.
type names struct {
	claims map[string]string // name -> tag of the only thing that claims it, "" for several
	tactic map[string]string // chain/name -> tag
}

func newNames(things []*event) *names {
	w := &names{claims: map[string]string{}, tactic: map[string]string{}}
	for _, e := range things {
		tag := e.get(attrTag)
		claim := func(name string) {
			if had, ok := w.claims[name]; ok && had != tag {
				tag = ""
			}
			w.claims[name] = tag
			tag = e.get(attrTag)
		}
		claim(tag)
		e.all(attrAlias, func(v string) { claim(v[2:]) })
		e.all(attrTactic, func(v string) { w.tactic[v] = tag })
	}
	return w
}

// ambiguous is the confidence in a name that says little: see the package
// comment.
const ambiguous = 40

// thing makes the record of an object: its names, and what it carries.
func (w *names) thing(f *catalogueFold, e *event) *cure.Record {
	rec := f.record(e)
	self := tagOf(e.get(attrTag))
	url := e.get(attrURL)
	var page cure.ID
	if url != "" {
		page = DocumentID(url)
		rec.Documents = append(rec.Documents, cure.Document{ID: page, Title: e.get(attrName), URL: url, Date: e.time})
	}
	say := func(subject, tag cure.Observable, how cure.Relation, confidence uint8, sentence string) {
		if subject.IsZero() || tag.IsZero() || subject == tag {
			return
		}
		rec.Annotations = append(rec.Annotations, cure.Annotation{
			Subject: subject, Tag: tag, Relation: how, Time: e.time, Confidence: confidence,
			Document: page, Sentence: sentence,
		})
	}
	label := e.get(attrName) + " (" + e.get(attrNumber) + ")"
	e.all(attrAlias, func(v string) {
		confidence, sort, name := v[0], v[1], v[2:]
		sole := w.claims[name] == self.Value
		switch {
		case sort == 'o' || !sole:
			say(tagOf(name), self, cure.RelationTag, ambiguous, name+" may mean "+label)
		default:
			say(tagOf(name), self, cure.RelationAlias, confidence, name+" is a name of "+label)
		}
	})
	e.all(attrPhase, func(v string) {
		say(self, tagOf(w.tactic[v]), cure.RelationTag, 100, label+" serves the tactic "+v)
	})
	e.all(attrMaps, func(v string) {
		say(self, tagOf(v), cure.RelationTag, 90, label+" is mapped to "+v)
	})
	return rec
}
