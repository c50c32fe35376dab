package main

import (
	"context"
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/table"
)

// sourceAgain is the time until a source that could not be opened (a port that
// is taken, a folder that is not there) is tried again.
const sourceAgain = time.Minute

// runSource publishes a source of the configuration into this hub until ctx
// ends. Whatever is wrong with it is its own trouble: the rest goes on.
func (n *node) runSource(ctx context.Context, src cure.Source, in transport) {
	var how standing
	n.hub.Supply(src, how.intake)
	for ctx.Err() == nil {
		how.failed(nil, n.now())
		err := n.publishSource(ctx, src, in, how.follow)
		if ctx.Err() != nil {
			return
		}
		how.failed(err, n.now())
		n.log.Error("source of the configuration does not run", "source", src, "again", sourceAgain, "err", err)
		select {
		case <-time.After(sourceAgain):
		case <-ctx.Done():
		}
	}
}

func (n *node) publishSource(ctx context.Context, src cure.Source, in transport, told func(func() client.Intake)) error {
	p, err := table.Lookup(src.Publisher())
	if err != nil {
		return err
	}
	cfg := publish.Config{Source: src, Publisher: p, Sink: localSink{n.hub}, Now: n.now}
	if err := configure(ctx, &cfg, n.cfg); err != nil {
		return err
	}
	feeds, err := loadFeeds(n.cfg.Feeds.Definitions)
	if err != nil {
		return err
	}
	if d, ok := feeds.of(src); ok {
		cfg.Feed = &d
	}
	s := supplier{cfg: cfg, in: in, data: n.cfg.Data, log: n.log, patient: true, told: told}
	return s.run(ctx)
}

// standing is how reading a source goes, over the attempts to begin. Safe for
// concurrent use.
type standing struct {
	mu    sync.Mutex
	now   func() client.Intake // nil before the first one began
	err   error                // why it cannot begin
	since time.Time
}

// follow takes what says how it goes from now on.
func (s *standing) follow(now func() client.Intake) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now, s.err = now, nil
}

// failed notes why the source cannot begin.
func (s *standing) failed(err error, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err, s.since = err, at
}

func (s *standing) intake() client.Intake {
	s.mu.Lock()
	now, err, since := s.now, s.err, s.since
	s.mu.Unlock()
	t := client.Intake{Since: since}
	if now != nil {
		t = now()
	}
	if err != nil {
		t.Running, t.Since, t.Err = false, since, err.Error()
	}
	return t
}
