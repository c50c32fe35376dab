package main

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ops"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/poll"
)

// openPoller reads which feeds there are and which are on. They are published
// into the hub, which has to be open when the poller runs.
func (n *node) openPoller(logger *slog.Logger, now func() time.Time) error {
	own, err := publish.LoadDefinitions(n.cfg.Feeds.Definitions)
	if err != nil {
		return err
	}
	n.poller, err = poll.Open(poll.Options{
		Dir: filepath.Join(n.cfg.Data, "feeds"), Secrets: n.cfg.Feeds.Secrets,
		BuiltIn: observe.Definitions(), Own: own, On: n.cfg.Feeds.Enabled,
		Agent: "OpenCURE/" + ops.ReadVersion().Version, Logger: logger, Now: now,
		Rand: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
		Publish: func(ctx context.Context, d publish.Definition, path string) (publish.Result, error) {
			return publish.Run(ctx, publish.Config{
				Source: cure.Source("feeds/" + d.Name), Publisher: observe.Feeds(), Feed: &d,
				Sink: localSink{n.hub}, Now: now, MaxRecord: int(n.cfg.Limits.Line), Abandon: true,
			}, path)
		},
	})
	return err
}
