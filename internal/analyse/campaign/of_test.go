package campaign

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/hub"
)

func TestTitleIsWhatPeopleSay(t *testing.T) {
	tag := func(name string, sources ...cure.Source) hub.Thread {
		return hub.Thread{Observable: cure.Observable{Kind: cure.KindTag, Value: name}, Sources: sources}
	}
	c := &Campaigns{threads: []hub.Thread{
		tag("malware:guess", "cowrie/a", "cowrie/b", "darknet/a", "alerts/a"),
		tag("malware:name", "reports/a", "tickets/a"),
		tag("attack:t1190", "reports/a", "reports/b"),
	}}
	count := map[string]int{"malware:guess": 90, "malware:name": 3, "attack:t1190": 12, "loader": 40}
	want := []string{"malware:name", "attack:t1190", "malware:guess"}
	if diff := cmp.Diff(want, most(count, c.sayers(), 3)); diff != "" {
		t.Error(diff)
	}
}
