package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/config"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/feed/listen"
	logtail "github.com/opencure/cure/internal/feed/tail"
	"github.com/opencure/cure/internal/ops"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/block"
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
func (c *publishCmd) endless(e *env, cfg publish.Config, in transport, show *progress, list *blockList) error {
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
	run := func(ctx context.Context, block *block.List) error {
		if block != nil {
			cfg.Block = block
		}
		return (&supplier{cfg: cfg, in: in, data: conf.Data, log: logger}).run(ctx)
	}
	if list != nil {
		return list.renewed(e.ctx, run)
	}
	return run(e.ctx, nil)
}

// supplier keeps one source at work.
type supplier struct {
	cfg     publish.Config
	in      transport
	data    string // folder in which the spool is, unless in says where
	log     *slog.Logger
	patient bool                       // tries again after any error
	told    func(func() client.Intake) // gets what says how it goes; may be nil
}

// run publishes until ctx ends.
func (s *supplier) run(ctx context.Context) error {
	p, in := s.cfg.Publisher, s.in
	switch {
	case p.Copies && in.watch == "":
		return cure.Errorf(cure.Invalid, "a list comes as whole files: give the folder into which they come with --watch")
	case in.follow != "":
		return s.keep(ctx, logtail.Follow(in.follow, p.Framing, s.cfg.MaxRecord), nil)
	case in.watch != "":
		folder, err := logtail.Watch(in.watch, p.Framing, s.cfg.MaxRecord, p.Copies)
		if err != nil {
			return err
		}
		return s.keep(ctx, folder, nil)
	}
	return s.listen(ctx)
}

// listen publishes what is sent.
func (s *supplier) listen(ctx context.Context) error {
	dir, src := s.in.spool, s.cfg.Source
	if dir == "" {
		dir = filepath.Join(s.data, "spool", src.Publisher(), src.Instance())
	}
	intake, err := listen.Open(listen.Config{
		Dir: dir, Name: s.in.listen, Framing: s.cfg.Publisher.Framing, MaxRecord: s.cfg.MaxRecord, Logger: s.log, Now: s.cfg.Now,
	})
	if err != nil {
		return err
	}
	defer intake.Close()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	served := make(chan error, 1)
	go func() {
		err := intake.Serve(ctx, s.in.listen)
		if err != nil {
			stop(err)
		}
		served <- err
	}()
	err = s.keep(ctx, intake, func() *client.Listening {
		n := client.Listening(intake.Counts())
		return &n
	})
	stop(nil)
	if e := <-served; e != nil {
		return fmt.Errorf("listen: %w", e)
	}
	return err
}

// keep follows a stream; counts says what a listener counted, nil for others.
func (s *supplier) keep(ctx context.Context, stream feed.Stream, counts func() *client.Listening) error {
	k := keep.New(s.cfg, stream, s.log, rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())))
	if s.told != nil {
		s.told(func() client.Intake {
			t := intakeOf(k.State())
			if counts != nil {
				t.Listening = counts()
			}
			return t
		})
	}
	return k.Run(ctx, s.patient)
}

func intakeOf(s keep.State) client.Intake {
	t := client.Intake{
		Running: s.Running, Since: s.Since, Attempts: s.Attempts, Records: s.Records, Published: s.Published,
		Quarantined: s.Quarantined, Good: s.Good,
	}
	if s.Err != nil {
		t.Err = s.Err.Error()
	}
	return t
}
