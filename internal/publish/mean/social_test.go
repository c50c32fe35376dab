package mean_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/mean"
	"github.com/opencure/cure/internal/publish/publishtest"
)

func TestSocialGolden(t *testing.T) { goldenTexts(t, "social", mean.Social()) }

func TestSocialBroken(t *testing.T) { goldenTexts(t, "social-broken", mean.Social()) }

// TestSocialIsOff: a source that nobody has enabled is not read.
func TestSocialIsOff(t *testing.T) {
	_, err := publish.Run(t.Context(), publish.Config{
		Source: "social/a", Publisher: mean.Social(), Sink: &publishtest.Hub{}, Now: now,
	}, put(t, "posts", read(t, "social.in")))
	if cure.KindOf(err) != cure.Denied {
		t.Errorf("got %v, want denied", err)
	}
}

func TestSocialLines(t *testing.T) {
	h := &publishtest.Hub{}
	runTexts(t, h, mean.Social(), put(t, "today.csv", []byte(
		"2026-11-19 01:00:00,mika,ip,198.51.100.77,#KageBot #c2,https://x.example/1\n2026-11-19 01:01:00,ken,url,http://198.51.100.23/a?b=1,,https://x.example/2\n")))
	got, _ := said(h)
	want := []string{"ip:198.51.100.77", "tag:c2", "tag:malware:kagerou", "url:http://198.51.100.23/a?b=1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func FuzzSocial(f *testing.F) { fuzzTexts(f, mean.Social(), "social.in", "social-broken.in") }
