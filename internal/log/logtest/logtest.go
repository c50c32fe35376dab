// Package logtest is the conformance suite of the log: what every driver of
// package log has to do, as tests. It answers "may I use this backend in place
// of another?".
package logtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
)

// Place is somewhere a backend can be opened.
type Place struct {
	// Open opens the place; the suite closes what it opened. Opening it
	// again after closing shows what is durable.
	Open func(t *testing.T) log.Backend
	// Durable says that the content outlives Close.
	Durable bool
}

// Run runs the suite; place makes a new empty place for each test.
func Run(t *testing.T, place func(t *testing.T) Place) {
	tests := []struct {
		name string
		run  func(*testing.T, Place)
	}{
		{"append and read", testAppendRead},
		{"order of concurrent appends", testConcurrent},
		{"window", testWindow},
		{"refusals", testRefusals},
		{"duplicates", testDuplicates},
		{"limits", testLimits},
		{"consume", testConsume},
		{"consume ends", testConsumeEnds},
		{"truncate", testTruncate},
		{"verify", testVerify},
		{"objects", testObjects},
		{"keys", testKeys},
		{"restart", testRestart},
		{"close", testClose},
	}
	t.Run("backup", func(t *testing.T) { testBackup(t, place(t), place(t)) })
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := place(t)
			before := len(goroutines())
			tt.run(t, p)
			checkLeak(t, before)
		})
	}
}

// Config is the stream most tests use.
var Config = log.StreamConfig{Name: "data", Subjects: []string{"obs.>", "ctl.*"}}

// subject is one that Config takes.
const subject = "obs.cowrie.tokyo1"

func open(t *testing.T, p Place) log.Backend {
	t.Helper()
	b := p.Open(t)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func openStream(t *testing.T, b log.Backend, cfg log.StreamConfig) log.Stream {
	t.Helper()
	s, err := b.Stream(ctx(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ctx bounds a test that would hang.
func ctx(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return c
}

func appendN(t *testing.T, s log.Appender, n int) {
	t.Helper()
	for i := range n {
		if _, err := s.Append(ctx(t), subject, "", fmt.Appendf(nil, "message %d", i+1)); err != nil {
			t.Fatal(err)
		}
	}
}

func wantKind(t *testing.T, what string, err error, want cure.ErrorKind) {
	t.Helper()
	if err == nil || cure.KindOf(err) != want {
		t.Errorf("%s: error %v of kind %v, want kind %v", what, err, cure.KindOf(err), want)
	}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantEqual(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// take reads n messages from a sequence on.
func take(t *testing.T, s log.Stream, from uint64, n int) []log.Message {
	t.Helper()
	var got []log.Message
	err := s.Consume(ctx(t), from, func(m log.Message) error {
		if got = append(got, m); len(got) == n {
			return errEnough
		}
		return nil
	})
	if err != errEnough {
		t.Fatalf("consume from %d: %v", from, err)
	}
	return got
}

var errEnough = fmt.Errorf("enough")
