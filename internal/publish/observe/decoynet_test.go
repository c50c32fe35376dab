package observe_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

func TestDecoynetGolden(t *testing.T) {
	goldenInto(t, &publishtest.Hub{Own: ownSide}, "decoynet", observe.Decoynet(), "decoynet/a", nil)
}

func TestDecoynetBroken(t *testing.T) {
	goldenInto(t, &publishtest.Hub{Own: ownSide}, "decoynet-broken", observe.Decoynet(), "decoynet/a", nil)
}

func FuzzDecoynet(f *testing.F) {
	fuzzDecoder(f, observe.Decoynet(), publish.Options{Source: "decoynet/a", Own: publish.NewOwnSide(ownSide)}, "decoynet.in", "decoynet-broken.in")
}

// TestDecoynetHidesDecoys: an intruder who reads it learns no decoy.
func TestDecoynetHidesDecoys(t *testing.T) {
	h := &publishtest.Hub{}
	for _, in := range []string{"decoynet.in", "decoynet-broken.in"} {
		runInto(t, h, observe.Decoynet(), "decoynet/a", nil, filepath.Join("testdata", in))
	}
	all := everything(t, h)
	for _, secret := range []string{"decoy-7", "decoy-9", "203.0.113.200", "hanako"} {
		if i := strings.Index(all, secret); i >= 0 {
			t.Errorf("%s left: …%q…", secret, all[max(0, i-100):min(len(all), i+60)])
		}
	}
}
