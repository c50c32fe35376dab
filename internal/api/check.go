package api

import (
	"fmt"
	"reflect"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

var recordLineType = reflect.TypeFor[client.RecordLine]()

// checkRecord refuses a pushed record that the hub would refuse, with the
// place: here somebody waits who can put it right.
func checkRecord(r *cure.Record) error {
	if err := r.Marking.Check(); err != nil {
		return err
	}
	if len(r.Controls) > 0 {
		return cure.Errorf(cure.Invalid, "controls are sent to /controls")
	}
	for i := range r.Observations {
		o := &r.Observations[i]
		if err := checkObservation(o); err != nil {
			return cure.Errorf(cure.Invalid, "observations[%d]: %w", i, err)
		}
	}
	for i := range r.Annotations {
		a := &r.Annotations[i]
		if err := firstOf(a.Subject.Check(), a.Tag.Check(), checkTime(a.Time)); err != nil {
			return cure.Errorf(cure.Invalid, "annotations[%d]: %w", i, err)
		}
		if a.Tag.Kind != cure.KindTag && a.Tag.Kind != cure.KindCVE {
			return cure.Errorf(cure.Invalid, "annotations[%d]: tag of kind %s, want tag or cve", i, a.Tag.Kind)
		}
	}
	for i := range r.Enrichments {
		if err := r.Enrichments[i].Subject.Check(); err != nil {
			return cure.Errorf(cure.Invalid, "enrichments[%d]: %w", i, err)
		}
	}
	if len(r.Observations)+len(r.Annotations)+len(r.Documents)+len(r.Enrichments)+len(r.Detections)+len(r.Cases) == 0 {
		return cure.Errorf(cure.Invalid, "record without items")
	}
	return nil
}

func checkObservation(o *cure.Observation) error {
	if err := firstOf(o.Observable.Check(), checkTime(o.First)); err != nil {
		return err
	}
	if !o.Last.IsZero() {
		if err := checkTime(o.Last); err != nil {
			return err
		}
		if o.Last.Before(o.First) {
			return fmt.Errorf("last is before first")
		}
	}
	return nil
}

// Times are kept in 32 bits of seconds; an hour at the edges of that is taken
// for a broken clock.
func checkTime(t time.Time) error {
	if u := t.Unix(); u < 3600 || u > 1<<32-3600 {
		return fmt.Errorf("time %s is outside of what can be", t.UTC().Format(time.RFC3339))
	}
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
