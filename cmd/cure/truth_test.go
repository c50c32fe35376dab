package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/config"
	"github.com/opencure/cure/internal/scenario"
)

// TestTruthFindsWhatIsWrong publishes the story and then tells another one:
// each fact that was changed has to be found.
func TestTruthFindsWhatIsWrong(t *testing.T) {
	cl, story := house(t)
	wrong, err := checkTruth(t.Context(), cl, story)
	if err != nil || len(wrong) > 0 {
		t.Fatalf("as told: %v, %v", wrong, err)
	}
	truth := &story.Truth
	nobody := cure.Observable{Kind: cure.KindIP, Value: "192.0.2.199"}
	truth.Links = append(truth.Links, scenario.Link{Observable: nobody, Sources: []cure.Source{"cowrie/tokyo1"}})
	truth.Shared[0].Addresses++
	src := truth.Sources["cowrie/tokyo1"]
	src.Quarantined = map[string]int{"another": 77}
	truth.Sources["cowrie/tokyo1"] = src
	truth.Forbidden = append(truth.Forbidden,
		scenario.Forbidden{Observable: cure.Observable{Kind: cure.KindIP, Value: scenario.Loader}, Why: "changed"},
		scenario.Forbidden{Text: "cowrie.session.closed", Why: "stands in raw text"},
		scenario.Forbidden{Text: scenario.C2First, Why: "stands in answers"},
	)
	truth.Case.Sources[0] = nobody
	truth.Case.Blocks[2].Holds = append(truth.Case.Blocks[2].Holds, nobody)
	truth.Campaigns[0].Members = append(truth.Campaigns[0].Members, nobody)
	wrong, err = checkTruth(t.Context(), cl, story)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(wrong, "\n")
	for _, want := range []string{
		"ip:192.0.2.199 is not known from cowrie/tokyo1", "addresses, the story says", "in the quarantine, the story says 77",
		"ip:" + scenario.Loader + " is known from", "cowrie.session.closed stands in record", scenario.C2First + " stands in",
		"the detection does not have the source ip:192.0.2.199", `block "C2" of the case does not hold ip:192.0.2.199`,
		"ip:192.0.2.199 is not in the campaign Kagerou",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("not found: %s in\n%s", want, all)
		}
	}
	if len(wrong) != 9 {
		t.Errorf("%d facts are wrong, want 9:\n%s", len(wrong), all)
	}
}

// house is a hub that was told the story.
func house(t *testing.T) (*client.Client, *scenario.Story) {
	t.Helper()
	dir := t.TempDir()
	e := &env{ctx: t.Context(), out: io.Discard, err: &bytes.Buffer{}, now: time.Now, getenv: func(string) string { return "" }}
	story := scenario.New(1, e.now())
	paths, err := story.Write(filepath.Join(dir, "story"))
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Default(e.host())
	cfg.Data, cfg.Listen, cfg.Memory.Budget = filepath.Join(dir, "data"), "127.0.0.1:0", 256<<20
	cfg.Feeds.Definitions = filepath.Join(dir, "story", "feeds.yaml")
	cfg.Own = storyOwn()
	n, err := openNode(t.Context(), cfg, online, slog.New(slog.DiscardHandler), e.now)
	if err != nil {
		t.Fatal(err)
	}
	f, err := n.face(e, "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- n.serve(ctx, f) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
		n.close()
	})
	key, err := os.ReadFile(filepath.Join(cfg.Data, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	cl, err := client.New(f.url, strings.TrimSpace(string(key)))
	if err != nil {
		t.Fatal(err)
	}
	feeds, err := loadFeeds(cfg.Feeds.Definitions)
	if err != nil {
		t.Fatal(err)
	}
	if err := publishStory(t.Context(), cl, story, paths, feeds, e.now); err != nil {
		t.Fatal(err)
	}
	return cl, story
}
