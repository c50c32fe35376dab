package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/config"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/feed/listen"
	logtail "github.com/opencure/cure/internal/feed/tail"
	"github.com/opencure/cure/internal/ops"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/keep"
)

// transport is where the raw records of a source without end come from.
type transport struct{ follow, watch, listen, spool string }

func (t transport) given() bool { return t.follow+t.watch+t.listen != "" }

// sink is the hub, or for a dry run nobody.
func (c *publishCmd) sink(e *env, src cure.Source, conf *config.Config) (publish.Sink, func(), error) {
	if c.DryRun {
		if c.Follow+c.Watch+c.Listen != "" {
			return nil, nil, cure.Errorf(cure.Invalid, "--dry-run reads files and touches nothing; it goes without --follow, --watch and --listen")
		}
		c.NoWait, c.Quiet = true, true
		own := slices.Concat(conf.Own.Networks, conf.Own.Domains, conf.Own.Mail)
		return &drySink{out: e.out, err: e.err, own: own}, func() {}, nil
	}
	cl, err := e.hub()
	if err != nil {
		return nil, nil, err
	}
	return e.sink(cl, c.Direct)
}

// endless publishes until it is interrupted.
func (c *publishCmd) endless(e *env, cfg publish.Config, in transport, show *progress) error {
	if len(c.Files) > 0 {
		return cure.Errorf(cure.Invalid, "files are published without --follow, --watch and --listen")
	}
	conf, err := e.config()
	if err != nil {
		return err
	}
	logger, err := ops.NewLogger(e.err, conf.Logging.Level, conf.Logging.Format)
	if err != nil {
		return err
	}
	defer show.end()
	cfg.Wait = false
	return runTransport(e.ctx, cfg, in, conf.Data, logger, false)
}

// runTransport keeps a source at work until ctx ends. With patient it tries
// again after any error.
func runTransport(ctx context.Context, cfg publish.Config, in transport, data string, logger *slog.Logger, patient bool) error {
	p := cfg.Publisher
	rng := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	var stream feed.Stream
	switch {
	case p.Copies && in.watch == "":
		return cure.Errorf(cure.Invalid, "a list comes as whole files: give the folder into which they come with --watch")
	case in.follow != "":
		stream = logtail.Follow(in.follow, p.Framing, cfg.MaxRecord)
	case in.watch != "":
		folder, err := logtail.Watch(in.watch, p.Framing, cfg.MaxRecord, p.Copies)
		if err != nil {
			return err
		}
		stream = folder
	default:
		dir := in.spool
		if dir == "" {
			dir = filepath.Join(data, "spool", cfg.Source.Publisher(), cfg.Source.Instance())
		}
		intake, err := listen.Open(listen.Config{Dir: dir, Name: in.listen, Framing: p.Framing, MaxRecord: cfg.MaxRecord, Logger: logger, Now: cfg.Now})
		if err != nil {
			return err
		}
		defer intake.Close()
		ctx, stop := context.WithCancelCause(ctx)
		defer stop(nil)
		served := make(chan error, 1)
		go func() {
			err := intake.Serve(ctx, in.listen)
			if err != nil {
				stop(err)
			}
			served <- err
		}()
		err = keep.New(cfg, intake, logger, rng).Run(ctx, patient)
		stop(nil)
		if e := <-served; e != nil {
			return fmt.Errorf("listen: %w", e)
		}
		return err
	}
	return keep.New(cfg, stream, logger, rng).Run(ctx, patient)
}
