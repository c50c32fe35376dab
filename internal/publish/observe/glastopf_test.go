package observe_test

import (
	"testing"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
)

func TestGlastopfGolden(t *testing.T) {
	golden(t, "glastopf", observe.Glastopf(), "glastopf/tokyo1", nil)
}

func TestGlastopfBroken(t *testing.T) {
	golden(t, "glastopf-broken", observe.Glastopf(), "glastopf/tokyo1", nil)
}

func FuzzGlastopf(f *testing.F) {
	fuzzDecoder(f, observe.Glastopf(), publish.Options{Source: "glastopf/a"}, "glastopf.in", "glastopf-broken.in")
}
