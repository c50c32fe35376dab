package darknet

import (
	"time"

	"github.com/opencure/cure/client"
)

// Mode says how an engine works.
type Mode string

// The modes.
const (
	// Paper is as published: its parameters, and its sampling with a seed.
	Paper Mode = "paper"
	// Cure looks at all hosts and names ports from what it found.
	Cure Mode = "cure"
)

// Settings of an engine. The zero value is cure mode at level Address.
type Settings struct {
	Mode  Mode   // "" is Cure
	Seed  uint64 // of whatever is drawn
	Level Level  // an engine folds windows to it; published: Net16
}

// Engine looks for the beginning of an activity. It is fed windows of its grid
// in order of time, empty ones too; one that starts before the end of the last
// is refused by the caller. For one goroutine.
//
// Feed must not change the window and may keep no part of it. Its alerts are
// the same for the same windows before it and settings.
type Engine interface {
	Name() string // of a-z and '-'
	Grid() Grid
	Feed(w *Window) []Alert
	// State is all that Feed depends on, at most some megabytes; Restore takes
	// it back. Restore refuses a damaged state with an error, and the engine
	// is then as new.
	State() []byte
	Restore(state []byte) error
}

// Explainer is an engine that knows why it did not alarm.
type Explainer interface {
	// Why says what the engine made of a port in the window that holds the
	// time; none where it remembers nothing.
	Why(p Port, at time.Time) []Judgement
}

// Judgement is how a test came out: what was measured, what was expected, and
// where the line is.
type Judgement = client.Judgement

// Alert is one thing that one engine noticed in one window.
type Alert struct {
	Engine     string
	Mode       Mode
	Test       string // which of its tests: "synchrony", "growth", "density", "group" …
	Start, End time.Time
	Ports      []Port // those named, the strongest first
	Tool       Tool
	Level      Level
	Sources    []Host // those named, ordered, at most MaxSources
	SourceN    int    // how many there are
	// Score is how sure, 0 to 1, by the engine's own measure. Value is what
	// was measured, Baseline what was expected, Threshold what it had to be
	// above (or below, for a p-value: then Probability is set).
	Score, Value, Baseline, Threshold float64
	Probability                       float64  // p-value where the test has one, else 0
	Bins                              []uint32 // distinct sources a bin: the evidence
	Packets                           uint64
	Notes                             []string // set aside by name, not converged with residual …
}

// MaxSources bounds the sources that an alert lists.
const MaxSources = 4096
