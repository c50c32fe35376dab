package main

import (
	"context"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/table"
)

// sourceAgain is the time until a source that could not be opened (a port that
// is taken, a folder that is not there) is tried again.
const sourceAgain = time.Minute

// runSource publishes a source of the configuration into this hub until ctx
// ends. Whatever is wrong with it is its own trouble: the rest goes on.
func (n *node) runSource(ctx context.Context, src cure.Source, in transport) {
	for ctx.Err() == nil {
		err := n.publishSource(ctx, src, in)
		if ctx.Err() != nil {
			return
		}
		n.log.Error("source of the configuration does not run", "source", src, "again", sourceAgain, "err", err)
		select {
		case <-time.After(sourceAgain):
		case <-ctx.Done():
		}
	}
}

func (n *node) publishSource(ctx context.Context, src cure.Source, in transport) error {
	p, err := table.Lookup(src.Publisher())
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(n.cfg.Sources[src].Zone)
	if err != nil {
		return err
	}
	cfg := publish.Config{
		Source: src, Publisher: p, Sink: localSink{n.hub}, Now: n.now, Zone: zone, MaxRecord: int(n.cfg.Limits.Line),
	}
	feeds, err := loadFeeds(n.cfg.Feeds.Definitions)
	if err != nil {
		return err
	}
	if d, ok := feeds.of(src); ok {
		cfg.Feed = &d
	}
	return runTransport(ctx, cfg, in, n.cfg.Data, n.log, true)
}
