package hub

import (
	"fmt"
	"math"
	"time"
)

// paceTime is over how long the rate of a source is a mean: an exponential one,
// so that it needs no history and follows from the batches alone.
const paceTime = time.Minute

// decayed returns what is left of a rate after d. A clock that went back takes
// nothing away.
func decayed(rate float64, d time.Duration) float64 {
	if rate == 0 {
		return 0
	}
	return rate * math.Exp(-max(0, d.Seconds())/paceTime.Seconds())
}

// Limits of the clocks. A batch is on its way for seconds, and while the hub
// cannot be reached for longer, so that being late says less than being early.
const (
	clockAhead  = time.Minute
	clockBehind = 15 * time.Minute
	eventAhead  = 5 * time.Minute
)

// clockAlarm says what is wrong with the clocks of a source, judged by its last
// batch: that of its publisher, which dates batches, and that which dates
// events. Events that are late say nothing: they may be old.
func clockAlarm(op *Operating) string {
	switch {
	case op.Batches == 0:
	case op.Skew <= -clockAhead:
		return fmt.Sprintf("the publisher's clock is %s ahead of the hub's", coarse(-op.Skew))
	case op.Skew >= clockBehind:
		return fmt.Sprintf("the publisher's clock is %s behind the hub's, or its batch waited as long", coarse(op.Skew))
	case op.Lag <= -eventAhead:
		return fmt.Sprintf("events are dated %s in the future: look at the clock or time zone of what wrote them", coarse(-op.Lag))
	}
	return ""
}

// coarse rounds a duration for people.
func coarse(d time.Duration) time.Duration {
	if d >= time.Hour {
		return d.Round(time.Minute)
	}
	return d.Round(time.Second)
}

// alarms lists what is wrong with sources, in their order.
func alarms(all []SourceStatus) (list []Alarm) {
	for i := range all {
		s := &all[i]
		if s.Operating != nil && s.Operating.Clock != "" {
			list = append(list, Alarm{Source: s.Source, What: s.Operating.Clock})
		}
		if t := s.Intake; t != nil && t.Err != "" && !t.Running {
			list = append(list, Alarm{Source: s.Source, What: "is not being read: " + t.Err})
		}
		if t := s.Intake; t != nil && t.Listening != nil && t.Listening.Dropped > 0 {
			list = append(list, Alarm{Source: s.Source, What: fmt.Sprintf("%d datagrams found no room and are lost", t.Listening.Dropped)})
		}
	}
	return list
}
