package trial

import (
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure/internal/analyse/darknet"
	"github.com/opencure/cure/internal/analyse/darknet/gen"
)

// TestSmallWorld: on a small world all together find the large campaigns, say
// little else, and say the same twice.
func TestSmallWorld(t *testing.T) {
	measure := func() string {
		list, err := Contenders([]string{"portsync", "fingerprint", "zscore"}, 1)
		if err != nil {
			t.Fatal(err)
		}
		r := New(list, func() time.Time { return time.Time{} })
		truths, err := r.World(t.Context(), gen.New(gen.Config{Seed: 3, Days: 4, Quiet: 3, Campaigns: 6, Scale: 0.03}))
		if err != nil {
			t.Fatal(err)
		}
		results := r.Results(truths)
		u := results[len(results)-1]
		if u.Name != "union" || u.Large.K < u.Large.N || u.Precision.K*10 < u.Precision.N*7 || u.PerDay > 20 {
			t.Errorf("union: %+v", u)
		}
		var b strings.Builder
		WriteTable(&b, results, 4*144)
		WriteMisses(&b, &u)
		return b.String()
	}
	if a, b := measure(), measure(); a != b {
		t.Errorf("the same world gives\n%s\nand\n%s", a, b)
	}
}

func TestNoSuchContender(t *testing.T) {
	if _, err := Contenders([]string{"nobody"}, 1); err == nil {
		t.Error("an engine of no name takes part")
	}
}

func TestWilson(t *testing.T) {
	lo, hi := darknet.Share{K: 95, N: 100}.Wilson()
	if lo < 0.88 || lo > 0.89 || hi < 0.97 || hi > 0.98 {
		t.Errorf("interval of 95 in 100: %.3f to %.3f", lo, hi)
	}
}
