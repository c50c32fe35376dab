package wire

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"time"
	"unicode/utf8"

	"github.com/opencure/cure"
)

// The checks that an encoder makes before it takes an item and a decoder
// repeats on what it reads: the log is not trusted. Pure functions.

var errTime = errors.New("time is missing or outside the years 1 to 9999")

// checkSpan checks a time that has to be there and an optional end.
func checkSpan(from, to time.Time) error {
	if from.UnixMilli() == noTime {
		return errTime
	}
	if err := checkOptional(from, to); err != nil {
		return err
	}
	if !to.IsZero() && to.Before(from) {
		return errors.New("ends before it begins")
	}
	return nil
}

// checkOptional looks at seconds, because milliseconds of a far year overflow.
func checkOptional(ts ...time.Time) error {
	for _, t := range ts {
		if s := t.Unix(); s < noTime/1000 || s > maxTime/1000 {
			return errTime
		}
	}
	return nil
}

func checkText(what, s string, most int) error {
	if len(s) > most {
		return fmt.Errorf("%s of %d bytes, want at most %d", what, len(s), most)
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("%s is not UTF-8", what)
	}
	return nil
}

func checkName(what, s string) error { return checkText(what, s, MaxName) }

func checkScore(f float32) error {
	if f != f || math.IsInf(float64(f), 0) {
		return errors.New("score is not a number")
	}
	return nil
}

func checkObservables(list []cure.Observable) error {
	for i := range list {
		if err := list[i].Check(); err != nil {
			return err
		}
	}
	return nil
}

// first returns the first error that is not nil.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func checkObservation(o *cure.Observation) error {
	if !o.Role.Valid() {
		return errors.New("unknown role")
	}
	if !o.State.Valid() {
		return errors.New("unknown state")
	}
	if err := checkSpan(o.First, o.Last); err != nil {
		return err
	}
	return o.Observable.Check()
}

func checkAnnotation(a *cure.Annotation) error {
	if a.Tag.Kind != cure.KindTag && a.Tag.Kind != cure.KindCVE {
		return errTagKind
	}
	if a.Confidence > 100 {
		return errConfidence
	}
	if a.Relation != cure.RelationTag && (!a.Relation.Valid() || !isTag(a.Subject.Kind)) {
		return errRelation
	}
	return first(checkEvidence(a), checkSpan(a.Time, time.Time{}), a.Subject.Check(), a.Tag.Check())
}

func isTag(k cure.Kind) bool { return k == cure.KindTag || k == cure.KindCVE }

func checkEvidence(a *cure.Annotation) error {
	if a.SpanEnd < a.SpanStart {
		return errors.New("span ends before it begins")
	}
	return checkText("sentence", a.Sentence, MaxAttrValue)
}

func checkEnrichment(e *cure.Enrichment) error {
	if e.Enricher == "" || e.Name == "" {
		return errors.New("enrichment without enricher or name")
	}
	return first(checkName("enricher", e.Enricher), checkName("name", e.Name),
		checkText("value", e.Value, MaxAttrValue), checkText("why", e.Why, MaxAttrValue),
		checkScore(e.Score), checkSpan(e.Time, time.Time{}), checkOptional(e.Expires), e.Subject.Check())
}

func checkDetection(d *cure.Detection) error {
	if d.ID.IsZero() || d.Engine == "" {
		return errors.New("detection without id or engine")
	}
	for _, p := range d.Ports {
		if p.Kind != cure.KindPort {
			return errors.New("port of a detection is of another kind")
		}
	}
	return first(checkName("engine", d.Engine), checkText("title", d.Title, MaxAttrValue),
		checkText("fingerprint", d.Fingerprint, MaxAttrValue), checkText("pattern", d.Pattern, MaxAttrValue),
		checkScore(d.Score), checkSpan(d.Start, d.End), checkObservables(d.Ports), checkObservables(d.Sources))
}

func checkCase(k *cure.Case) error {
	if k.ID.IsZero() {
		return errors.New("case without id")
	}
	for i := range k.Parts {
		p := &k.Parts[i]
		if err := first(checkName("name of a part", p.Name), checkText("reason", p.Reason, MaxAttrValue),
			checkScore(p.Score), checkObservables(p.Observables)); err != nil {
			return err
		}
	}
	return first(checkText("title", k.Title, MaxAttrValue), checkSpan(k.Opened, time.Time{}))
}

func checkDocument(d *cure.Document) error {
	if d.ID.IsZero() {
		return errors.New("document without id")
	}
	if sum, err := hex.DecodeString(d.Body); d.Body != "" && (err != nil || len(sum) != 32) {
		return errors.New("body of a document is not a SHA-256")
	}
	return first(checkText("title", d.Title, MaxAttrValue), checkText("url", d.URL, MaxAttrValue),
		checkOptional(d.Date), checkName("language", d.Language))
}

func checkControl(k *cure.Control) error {
	if !k.Op.Valid() {
		return errors.New("unknown operation")
	}
	if !k.Observable.IsZero() {
		if err := k.Observable.Check(); err != nil {
			return err
		}
	}
	if len(k.State) > cure.MaxCheckpoint {
		return fmt.Errorf("checkpoint of %d bytes, want at most %d", len(k.State), cure.MaxCheckpoint)
	}
	return first(checkOptional(k.Before), k.Marking.Check(), checkName("producer", k.Producer),
		checkText("reason", k.Reason, MaxAttrValue), checkName("author", k.Author))
}

// checkEnvelope checks what the items of a record share.
func checkEnvelope(r *cure.Record) error {
	if len(r.Raw) > MaxInline {
		return fmt.Errorf("raw line of %d bytes, want at most %d: longer ones go to the object store", len(r.Raw), MaxInline)
	}
	for i := range r.Attrs {
		a := &r.Attrs[i]
		if a.Name == "" {
			return errors.New("attribute without name")
		}
		if err := checkName("name of an attribute", a.Name); err != nil {
			return err
		}
		if err := checkText("value of an attribute", a.Value, MaxAttrValue); err != nil {
			return err
		}
	}
	return first(checkName("sensor", r.Sensor), checkName("contributor", r.Contributor), r.Marking.Check())
}

func checkAll[T any](what string, items []T, check func(*T) error) error {
	for i := range items {
		if err := check(&items[i]); err != nil {
			return fmt.Errorf("%s %d: %w", what, i+1, err)
		}
	}
	return nil
}

// checkRecord says why a record cannot be encoded.
func checkRecord(r *cure.Record) error {
	return first(
		checkEnvelope(r),
		checkAll("observation", r.Observations, checkObservation),
		checkAll("annotation", r.Annotations, checkAnnotation),
		checkAll("enrichment", r.Enrichments, checkEnrichment),
		checkAll("detection", r.Detections, checkDetection),
		checkAll("case", r.Cases, checkCase),
		checkAll("document", r.Documents, checkDocument),
		checkAll("control", r.Controls, checkControl),
	)
}
