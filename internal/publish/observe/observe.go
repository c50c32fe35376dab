// Package observe holds the publishers of the observation layer: what sensors
// and lists saw. One file per publisher; the table of all is package
// publish/table. Each entry says what it reads, what roles it gives and what
// it does with personal data; docs/publishers.md says how to point the real
// source at it.
//
// Decoders keep nothing of a record, read each byte a fixed number of times
// and refuse with a reason that holds no value of the record.
package observe

import (
	"strconv"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
)

// emptySHA256 is the hash of nothing: an attacker that opened a file and
// wrote no byte. It would link all honeypots of the world.
const emptySHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// observe adds an observation of a value in any spelling, and reports whether
// there was one.
func observe(ev *publish.Event, kind cure.Kind, value string, role cure.Role) bool {
	if value == "" {
		return false
	}
	o, err := ioc.Canonical(kind, value)
	if err != nil {
		return false
	}
	ev.Observations = append(ev.Observations, cure.Observation{Observable: o, Role: role})
	return true
}

// attr adds an attribute unless it is empty; bytes that are no UTF-8 are marked.
func attr(ev *publish.Event, name, value string) {
	if value != "" {
		ev.Attrs = append(ev.Attrs, cure.Attr{Name: name, Value: strings.ToValidUTF8(value, "\uFFFD")})
	}
}

// bounded returns the first most entries of a list, and has the event say so
// when there are more: what is bounded is never cut in silence.
func bounded[T any](ev *publish.Event, what string, list []T, most int) []T {
	if len(list) > most {
		attr(ev, "cut", strconv.Itoa(most)+" of "+strconv.Itoa(len(list))+" "+what)
		list = list[:most]
	}
	return list
}

// reset empties an event and keeps its memory.
func reset(ev *publish.Event) {
	*ev = publish.Event{
		Own:          ev.Own[:0],
		Observations: ev.Observations[:0],
		Annotations:  ev.Annotations[:0],
		Attrs:        ev.Attrs[:0],
	}
}
