package observe_test

import (
	"testing"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
)

func TestCowrieGolden(t *testing.T) { golden(t, "cowrie", observe.Cowrie(), "cowrie/tokyo1", nil) }

func TestCowrieBroken(t *testing.T) {
	golden(t, "cowrie-broken", observe.Cowrie(), "cowrie/tokyo1", nil)
}

func FuzzCowrie(f *testing.F) {
	fuzzDecoder(f, observe.Cowrie(), publish.Options{Source: "cowrie/a"}, "cowrie.in", "cowrie-broken.in", "cowrie-sessions.in")
}

func TestCowrieSessionsGolden(t *testing.T) {
	golden(t, "cowrie-sessions", observe.Cowrie(), "cowrie/tokyo1", nil)
}
