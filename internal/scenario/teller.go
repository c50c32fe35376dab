package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/opencure/cure"
)

// teller is what a part has to tell its story with.
type teller struct {
	story     *Story
	facts     *facts
	publisher string
	rand      *rand.Rand
}

// time returns the time of a moment.
func (t *teller) time(moment time.Duration) time.Time { return t.story.Now.Add(moment) }

// seconds returns a random duration below n seconds, to the microsecond.
func (t *teller) seconds(n int) time.Duration {
	return time.Duration(t.rand.IntN(n*1_000_000)) * time.Microsecond
}

// line is one raw record with its time.
type line struct {
	at   time.Time
	text []byte
}

// journal collects the lines of one source and writes them in order of time.
type journal struct {
	t      *teller
	source cure.Source
	lines  []line
}

func (t *teller) journal(src cure.Source) *journal { return &journal{t: t, source: src} }

// add appends a record as a line of JSON.
func (j *journal) add(at time.Time, record any) {
	text, err := json.Marshal(record)
	if err != nil {
		panic(fmt.Sprintf("scenario: record of %s: %v", j.source, err)) // a struct of ours
	}
	j.lines = append(j.lines, line{at, text})
}

// broken appends a record that must end in the quarantine.
func (j *journal) broken(at time.Time, text []byte, reason string) {
	j.lines = append(j.lines, line{at, text})
	j.t.facts.refused(j.source, reason)
}

// file ends the journal: its lines become an input.
func (j *journal) file(name string, arrives time.Time) {
	slices.SortStableFunc(j.lines, func(a, b line) int { return a.at.Compare(b.at) })
	var out bytes.Buffer
	for _, l := range j.lines {
		out.Write(l.text)
		out.WriteByte('\n')
	}
	j.t.facts.lines(j.source, len(j.lines))
	j.t.input(j.source, name, arrives, out.Bytes())
	j.lines = nil
}

func (t *teller) input(src cure.Source, name string, arrives time.Time, data []byte) {
	t.story.Inputs = append(t.story.Inputs, Input{Source: src, Name: name, Arrives: arrives, Data: data})
}

// saw notes for the truth that a source saw something.
func (t *teller) saw(src cure.Source, kind cure.Kind, value string) {
	t.facts.saw(src, cure.Observable{Kind: kind, Value: value})
}
