package main

import (
	"testing"
	"time"

	"github.com/opencure/cure"
)

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"7d": 7 * 24 * time.Hour, "0.5d": 12 * time.Hour, "90m": 90 * time.Minute, "-1d": -24 * time.Hour, "0": 0,
	} {
		if got, err := parseDuration(in); err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "d", "7", "1e9d", "NaNd", "Infd", "999999999h", "2026-11-20", "7d12h"} {
		if got, err := parseDuration(in); cure.KindOf(err) != cure.Invalid {
			t.Errorf("%q: %v, %v, want Invalid", in, got, err)
		}
	}
}
