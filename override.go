package cure

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// OverrideKind says what an override does.
type OverrideKind string

// The kinds of override.
const (
	OverrideSuppress OverrideKind = "suppress" // fold it away, visibly
	OverrideVerdict  OverrideKind = "verdict"  // what the target is: one of Verdicts
	OverrideRating   OverrideKind = "rating"   // how good a source is: A to F, or 0 to 5
	OverrideFeedback OverrideKind = "feedback" // whether an answer helped: one of Feedbacks
	OverrideAlias    OverrideKind = "alias"    // two tags are the same thing, or are not
	OverrideOwner    OverrideKind = "owner"    // who looks after it: a name
	OverrideNote     OverrideKind = "note"     // what others have to know: its reason is the note; without a target it is for the next shift
)

// Verdicts are the values of an override of kind verdict.
var Verdicts = []string{"malicious", "suspicious", "not-benign", "benign", "scanner", "victim", "unknown"}

// Feedbacks are the values of an override of kind feedback.
var Feedbacks = []string{"useful", "useless", "wrong", "outdated"}

// The values of an override of kind alias.
const (
	AliasSame  = "same"
	AliasOther = "different"
)

// Target is what an override is about. Which of its parts are set says what
// sort of thing that is; see [Target.Sort].
type Target struct {
	Observable Observable `json:"observable,omitzero"`
	Tag        Observable `json:"tag,omitzero"`       // with Observable: that it carries this tag, or that both are names of one thing
	Source     Source     `json:"source,omitempty"`   // alone: the source; with Tag: what this source ties
	With       Source     `json:"with,omitempty"`     // with Source: the link between the two, sorted
	Detection  ID         `json:"detection,omitzero"` // a detection and its case
}

// Sort returns "observable", "tie", "source", "link" or "detection", and ""
// for a Target that is none of them.
func (t Target) Sort() string {
	o, tag, src, with, det := !t.Observable.IsZero(), !t.Tag.IsZero(), t.Source != "", t.With != "", !t.Detection.IsZero()
	switch {
	case det:
		if !o && !tag && !src && !with {
			return "detection"
		}
	case with:
		if src && !tag {
			return "link"
		}
	case tag:
		if o {
			return "tie"
		}
	case o && !src:
		return "observable"
	case src && !o:
		return "source"
	}
	return ""
}

// String names the target in words.
func (t Target) String() string {
	var w []string
	if !t.Observable.IsZero() {
		w = append(w, t.Observable.String())
	}
	if !t.Tag.IsZero() {
		w = append(w, "tag "+t.Tag.Value)
	}
	if t.Source != "" {
		w = append(w, string(t.Source))
	}
	if t.With != "" {
		w = append(w, "with "+string(t.With))
	}
	if !t.Detection.IsZero() {
		w = append(w, "detection "+t.Detection.String())
	}
	return strings.Join(w, " ")
}

// Override says who decided what about something until when. It sticks: no
// later data, restart or version of an engine undoes it. It is data like any
// other: graded, and seen by those only who may see its grade.
type Override struct {
	ID      ID           `json:"id,omitzero"`
	Kind    OverrideKind `json:"kind"`
	Target  Target       `json:"target"`
	Value   string       `json:"value,omitempty"`
	Reason  string       `json:"reason"`
	Author  string       `json:"author,omitempty"` // key
	Name    string       `json:"name,omitempty"`   // of the key
	Org     string       `json:"org,omitempty"`    // of the author
	Marking Marking      `json:"marking,omitzero"`
	Time    time.Time    `json:"time,omitzero"`
	Expires time.Time    `json:"expires,omitzero"` // zero: never
}

// Active reports whether the override holds at a time.
func (o *Override) Active(at time.Time) bool { return o.Expires.IsZero() || at.Before(o.Expires) }

// MaxReason bounds the reason of an override in bytes.
const MaxReason = 2 << 10

// maxOwner bounds the name of who looks after something in bytes.
const maxOwner = 80

// Check returns nil when the override is whole and canonical, else an Invalid
// error that says what is wrong.
func (o *Override) Check() error {
	sort := o.Target.Sort()
	if forShift := o.Kind == OverrideNote && o.Target == (Target{}); sort == "" && !forShift {
		return Errorf(Invalid, "override: the target is neither an observable, a tag on one, a source, a link of two sources, nor a detection")
	}
	if o.Reason == "" || len(o.Reason) > MaxReason {
		return Errorf(Invalid, "override: a reason of %d bytes, want 1 to %d", len(o.Reason), MaxReason)
	}
	if err := o.Target.check(); err != nil {
		return err
	}
	if err := o.Marking.Check(); err != nil {
		return err
	}
	return o.checkValue(sort)
}

func (t Target) check() error {
	for _, v := range []Observable{t.Observable, t.Tag} {
		if !v.IsZero() {
			if err := v.Check(); err != nil {
				return err
			}
		}
	}
	for _, s := range []Source{t.Source, t.With} {
		if s != "" {
			if err := s.Check(); err != nil {
				return err
			}
		}
	}
	if !t.Tag.IsZero() && t.Tag.Kind != KindTag && t.Tag.Kind != KindCVE {
		return Errorf(Invalid, "override: %s is no tag", t.Tag)
	}
	if t.With != "" && t.With <= t.Source {
		return Errorf(Invalid, "override: the sources of a link are two, in order of their names")
	}
	return nil
}

func (o *Override) checkValue(sort string) error {
	values := []string{""}
	switch o.Kind {
	case OverrideSuppress:
	case OverrideVerdict:
		values = Verdicts
		if sort != "observable" && sort != "detection" {
			return Errorf(Invalid, "override: a verdict is about an observable or a detection, not a %s", sort)
		}
	case OverrideRating:
		values = strings.Split("A B C D E F 0 1 2 3 4 5", " ")
	case OverrideFeedback:
		values = Feedbacks
	case OverrideNote:
	case OverrideOwner:
		if sort != "observable" && sort != "detection" {
			return Errorf(Invalid, "override: somebody looks after an observable or a detection, not a %s", sort)
		}
		if o.Value == "" || len(o.Value) > maxOwner || strings.ContainsFunc(o.Value, unicode.IsControl) || !utf8.ValidString(o.Value) {
			return Errorf(Invalid, "override: an owner of %d bytes, want a name of 1 to %d", len(o.Value), maxOwner)
		}
		return nil
	case OverrideAlias:
		values = []string{AliasSame, AliasOther}
		k := o.Target.Observable.Kind
		if sort != "tie" || k != KindTag && k != KindCVE || o.Target.Source != "" || o.Target.Observable == o.Target.Tag {
			return Errorf(Invalid, "override: an alias is about two different tags")
		}
	default:
		return Errorf(Invalid, "unknown kind of override %.40q, want suppress, verdict, rating, feedback, alias, owner or note", string(o.Kind))
	}
	if !slices.Contains(values, o.Value) {
		return Errorf(Invalid, "override: %s of %.40q, want one of %q", o.Kind, o.Value, values)
	}
	return nil
}
