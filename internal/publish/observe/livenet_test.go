package observe_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

var flowSide = append([]string{"2001:db8::/64"}, ownSide...)

func TestLivenetGolden(t *testing.T) {
	goldenInto(t, &publishtest.Hub{Own: flowSide}, "livenet", observe.Livenet(), "livenet/a", nil)
}

func TestLivenetBroken(t *testing.T) {
	goldenInto(t, &publishtest.Hub{Own: flowSide}, "livenet-broken", observe.Livenet(), "livenet/a", nil)
}

func FuzzLivenet(f *testing.F) {
	fuzzDecoder(f, observe.Livenet(), publish.Options{Source: "livenet/a", Own: publish.NewOwnSide(flowSide)}, "livenet.in", "livenet-broken.in")
}

// TestLivenetKeepsLittle: what a user typed and read does not leave.
func TestLivenetKeepsLittle(t *testing.T) {
	h := &publishtest.Hub{Own: flowSide}
	runInto(t, h, observe.Livenet(), "livenet/a", nil, filepath.Join("testdata", "livenet.in"))
	runInto(t, h, observe.Livenet(), "livenet/a", nil, filepath.Join("testdata", "livenet-broken.in"))
	all := everything(t, h)
	for _, secret := range []string{"hanako", "private words", "seikyu", "TLS_AES"} {
		if strings.Contains(all, secret) {
			t.Errorf("%s left", secret)
		}
	}
	if !strings.Contains(all, "203.0.113.31") || !strings.Contains(all, "news.sazanami.example") {
		t.Error("own host or name is missing")
	}
}

// TestLivenetTakesUpTables: a table that has grown is read on with the columns
// of its beginning.
func TestLivenetTakesUpTables(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "livenet.in"))
	if err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(t.TempDir(), "conn.log")
	whole := &publishtest.Hub{Own: flowSide}
	h := &publishtest.Hub{Own: flowSide}
	for _, n := range []int{strings.Index(string(data), "1795137181.5"), len(data)} {
		if err := os.WriteFile(in, data[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		runInto(t, h, observe.Livenet(), "livenet/a", nil, in)
	}
	runInto(t, whole, observe.Livenet(), "livenet/a", nil, in)
	if got, want := counted(h), counted(whole); got != want || len(h.Bad) != 0 {
		t.Errorf("in two steps %s, at once %s; bad %v", got, want, h.Bad)
	}
}
