package observe_test

import (
	"testing"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
)

// small returns a built-in feed that takes short copies.
func small(t testing.TB, name string) *publish.Definition {
	t.Helper()
	d, err := observe.Definition(name)
	if err != nil {
		t.Fatal(err)
	}
	d.MinLines = 0
	return &d
}

func TestFeedsGolden(t *testing.T) {
	d := small(t, "ipsum")
	d.Tags = []string{"blocklist"}
	golden(t, "feeds", observe.Feeds(), "feeds/ipsum", d)
}

func TestFeedsBroken(t *testing.T) {
	golden(t, "feeds-broken", observe.Feeds(), "feeds/ip-multi-source", small(t, "ip-multi-source"))
}

func TestBuiltInFeedsAreSound(t *testing.T) {
	if n := len(observe.Definitions()); n < 30 {
		t.Errorf("%d feeds", n)
	}
	for _, d := range observe.Definitions() {
		if err := d.Check(); err != nil {
			t.Errorf("%s: %v", d.Name, err)
		}
		if d.HalfLife == 0 || d.Terms == "" || d.Description == "" || len(d.Topics) == 0 || d.URL == "" && d.Fetch.Via != "none" {
			t.Errorf("%s leaves something open: %+v", d.Name, d)
		}
	}
}

func FuzzFeeds(f *testing.F) {
	d := small(f, "ip-multi-source")
	d.Format = publish.FormatCSV
	fuzzDecoder(f, observe.Feeds(), publish.Options{Source: "feeds/a", Feed: d}, "feeds.in", "feeds-broken.in")
}
