package observe_test

import (
	"testing"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
)

func TestDionaeaGolden(t *testing.T) { golden(t, "dionaea", observe.Dionaea(), "dionaea/osaka", nil) }

func TestDionaeaBroken(t *testing.T) {
	golden(t, "dionaea-broken", observe.Dionaea(), "dionaea/osaka", nil)
}

func FuzzDionaea(f *testing.F) {
	fuzzDecoder(f, observe.Dionaea(), publish.Options{Source: "dionaea/a"}, "dionaea.in", "dionaea-broken.in")
}
