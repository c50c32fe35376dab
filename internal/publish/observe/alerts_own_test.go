package observe_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

// ownPaths describe a product that nobody else knows.
var ownPaths = publish.Paths{
	Product: "waf", Time: "ev.when", Sensor: "ev.box", Rule: "ev.name", ID: "ev.no", Category: "ev.kind", Severity: "ev.prio", Levels: "4 7 12 15",
	Src: "peer.ip", SrcPort: "peer.p", Dst: "us.ip", DstPort: "us.p", Proto: "l4", CVEs: "flaw",
}

// TestAlertsOwn reads a product that the configuration describes, among others.
func TestAlertsOwn(t *testing.T) {
	h := &publishtest.Hub{Own: ownSide}
	res, err := publish.Run(t.Context(), publish.Config{
		Source: "alerts/a", Publisher: observe.Alerts(), Sink: h, Now: now, Paths: &ownPaths,
	}, filepath.Join("testdata", "alerts-own.in"))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "alerts-own", show(t, h, res))
	if all := everything(t, h); strings.Contains(all, "waf-osaka-1") || strings.Contains(all, "private words") {
		t.Error("a sensor's name or a secret left")
	}
}

func TestAlertsOwnNeedsPaths(t *testing.T) {
	for name, p := range map[string]publish.Paths{
		"no time": {Rule: "x"}, "no rule": {Time: "t", Src: "s"}, "three levels": {Time: "t", Rule: "r", Levels: "1 2 3"}, "falling levels": {Time: "t", Rule: "r", Levels: "4 3 2 1"},
	} {
		if _, _, err := observe.Alerts().New(publish.Options{Source: "alerts/a", Names: publish.NewPseudonyms([32]byte{}), Paths: &p}); cure.KindOf(err) != cure.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAlertsZeekTable: notices in a table say what they say in JSON.
func TestAlertsZeekTable(t *testing.T) {
	h := &publishtest.Hub{Own: ownSide}
	same(t, "alerts-zeek", show(t, h, runInto(t, h, observe.Alerts(), "alerts/a", nil, filepath.Join("testdata", "alerts-zeek.in"))))
	if all := everything(t, h); strings.Contains(all, "zeek-tokyo-1") {
		t.Error("the sensor's name left")
	}
}

func FuzzAlertsOwn(f *testing.F) {
	fuzzDecoder(f, observe.Alerts(), publish.Options{Source: "alerts/a", Own: publish.NewOwnSide(ownSide), Paths: &ownPaths}, "alerts-own.in")
}
