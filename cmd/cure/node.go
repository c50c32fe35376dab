package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/analyse/darknet"
	"github.com/opencure/cure/internal/analyse/exposure"
	"github.com/opencure/cure/internal/analyse/vuln"
	"github.com/opencure/cure/internal/config"
	"github.com/opencure/cure/internal/dirlock"
	"github.com/opencure/cure/internal/enrich"
	"github.com/opencure/cure/internal/enrich/similar"
	"github.com/opencure/cure/internal/enrich/warninglist"
	"github.com/opencure/cure/internal/hub"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/ops"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/poll"
	"github.com/opencure/cure/internal/publish/table"
)

// node is a hub with everything it needs, wired: the log, the access registry,
// the hub itself and its engines. This file is the composition root.
type node struct {
	cfg    *config.Config
	log    *slog.Logger
	now    func() time.Time
	lock   *dirlock.Lock
	base   log.Backend
	access *access.Registry
	hub    *hub.Hub
	lists  *warninglist.Set // nil: none
	vuln   *vuln.Model      // nil: no estimates
	dark   *darknet.Watch
	poller *poll.Poller

	similar *similar.Index
}

// darknetSeed is of what the engines of the darknet draw.
const darknetSeed = 1

// mode says what a node is opened for.
type mode int

const (
	online  mode = iota // to serve
	offline             // to look into or repair a stopped hub's data: no store is built
)

// openNode opens the data folder that flags, environment and defaults name.
func (e *env) openNode(m mode) (*node, error) {
	cfg, err := e.config()
	if err != nil {
		return nil, err
	}
	logger, err := ops.NewLogger(e.err, cfg.Logging.Level, cfg.Logging.Format)
	if err != nil {
		return nil, err
	}
	return openNode(e.ctx, cfg, m, logger, e.now)
}

// openLogOnly opens the data folder and the log in it, or the cluster's, and
// nothing that would read or make streams.
func (e *env) openLogOnly(cfg *config.Config) (*node, error) {
	logger, err := ops.NewLogger(e.err, cfg.Logging.Level, cfg.Logging.Format)
	if err != nil {
		return nil, err
	}
	n := &node{cfg: cfg, log: logger}
	if err := n.openLog(e.ctx); err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

// openNode opens everything; an error leaves nothing open.
func openNode(ctx context.Context, cfg *config.Config, m mode, logger *slog.Logger, now func() time.Time) (n *node, err error) {
	n = &node{cfg: cfg, log: logger, now: now, dark: darknet.NewWatch(darknetSeed)}
	defer func() {
		if err != nil {
			n.close()
		}
	}()
	if err := n.openLog(ctx); err != nil {
		return n, err
	}
	n.similar = similar.New(now)
	n.access, err = access.Open(ctx, access.Options{
		Log: n.base, Logger: logger, Now: now, Similar: n.similar,
	})
	if err != nil || m == offline {
		return n, err
	}
	if n.vuln, err = openModel(cfg.Vuln.Model); err != nil {
		return n, err
	}
	if path := cfg.Warninglists.Path; path != "" {
		n.lists, err = warninglist.Load(path, cfg.Warninglists.Disabled)
		if n.lists == nil || len(n.lists.Lists()) == 0 {
			return n, fmt.Errorf("load warning lists: %w", cmp.Or(err, errors.New("none in the folder")))
		}
		if err != nil { // one list that cannot be read must not stop the others
			logger.Warn("warning list left out", "err", err)
		}
	}
	if err := n.openPoller(logger, now); err != nil {
		return n, err
	}
	o, err := n.options()
	if err != nil {
		return n, err
	}
	o.Logger, o.Now = logger, now
	n.hub, err = hub.Open(ctx, o)
	return n, err
}

// options are the hub's, from the configuration.
func (n *node) options() (hub.Options, error) {
	cfg := n.cfg
	budget, err := ops.Local().Budget(int64(cfg.Memory.Budget))
	if err != nil {
		return hub.Options{}, err
	}
	o := hub.Options{
		Log: n.base, Self: access.System("hub"), Dir: filepath.Join(cfg.Data, "snapshots"),
		Policy: hub.Policy{Default: defaultMarking(cfg, n.poller.Definition)},
		Own:    ownSide(cfg.Own),
		Memory: budget, LogAge: time.Duration(cfg.Log.MaxAge),
		KeepSegments: time.Duration(cfg.Retention.Segments), KeepPairs: time.Duration(cfg.Retention.Pairs),
		SnapshotEvery: time.Duration(cfg.Snapshot.Interval),
		QuarantineMax: int64(cfg.Quarantine.MaxBytes), QuarantineAge: time.Duration(cfg.Quarantine.MaxAge),
		Red: n.access.LookedAtRed, Aliases: n.access.Aliases,
	}
	if cfg.Log.Mode == "cluster" { // the embedded one bounds all streams together
		o.LogBytes = int64(cfg.Log.MaxBytes)
	}
	return o, nil
}

// ownSide lists what belongs to the own organisation, as publishers read it.
func ownSide(own config.Own) []string {
	all := slices.Concat(own.Networks, own.Domains)
	for _, d := range own.Mail {
		all = append(all, "@"+d)
	}
	return all
}

// openLog takes the data folder and opens the log in it, or the cluster's.
func (n *node) openLog(ctx context.Context) (err error) {
	if err := os.MkdirAll(n.cfg.Data, 0o700); err != nil {
		return cure.Errorf(cure.Unavailable, "make data folder: %w", err)
	}
	if n.lock, err = takeFolder(n.cfg.Data); err != nil {
		return err
	}
	if l := n.cfg.Log; l.Mode == "cluster" {
		n.base, err = log.OpenCluster(ctx, clusterOf(l), n.log)
		return err
	}
	n.base, err = log.OpenEmbedded(ctx, log.EmbeddedConfig{
		Dir: filepath.Join(n.cfg.Data, "log"), Sync: log.Sync(n.cfg.Log.Sync), MaxBytes: int64(n.cfg.Log.MaxBytes),
	}, n.log)
	return err
}

// clusterOf takes user and password out of the addresses, where only the
// environment may have put them.
func clusterOf(l config.Log) log.ClusterConfig {
	c := log.ClusterConfig{Credentials: l.Creds, CA: l.CA, Cert: l.Cert, Key: l.Key, Replicas: l.Replicas}
	for text := range strings.SplitSeq(l.URL, ",") {
		text = strings.TrimSpace(text)
		if u, err := url.Parse(text); err == nil && u.User != nil {
			c.User = u.User.Username()
			c.Password, _ = u.User.Password()
			u.User = nil
			text = u.String()
		}
		if text != "" {
			c.URLs = append(c.URLs, text)
		}
	}
	return c
}

// defaultMarking is the data grade of a source that opens for the first time:
// the configuration's, else the feed's own, else its publisher's.
func defaultMarking(cfg *config.Config, feed func(name string) (publish.Definition, bool)) func(cure.Source) cure.Marking {
	return func(src cure.Source) cure.Marking {
		m := cfg.Sources[src].Default()
		if src.Publisher() == "feeds" {
			if d, ok := feed(src.Instance()); ok {
				m = m.Or(d.Marking())
			}
		}
		if p, err := table.Lookup(src.Publisher()); err == nil {
			m = m.Or(p.Marking)
		}
		return m
	}
}

// run runs the hub and its engines until ctx ends.
func (n *node) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return n.hub.Run(ctx) })
	g.Go(func() error { return n.access.Run(ctx) })
	g.Go(func() error { return n.poller.Run(ctx) })
	for src, conf := range n.cfg.Sources {
		if in := (transport{follow: conf.Follow, watch: conf.Watch, listen: conf.Listen}); in.given() {
			g.Go(func() error { n.runSource(ctx, src, in); return nil })
		}
	}
	if n.lists != nil {
		g.Go(func() error {
			return n.engine(ctx, enrich.Engine(warninglist.NewLabeller(n.lists)))
		})
	}
	g.Go(func() error { return n.engine(ctx, n.similar.Engine()) })
	g.Go(func() error { return n.engine(ctx, n.dark.Engine()) })
	if n.vuln != nil {
		g.Go(func() error { return n.hub.RunEngine(ctx, access.System("engine"), n.vuln.Engine()) })
	}
	g.Go(func() error { return n.hub.RunEngine(ctx, access.System("engine"), exposure.Engine()) })
	if address := n.cfg.Pprof; address != "" {
		g.Go(func() error { return ops.ServePprof(ctx, address) })
	}
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// engine runs one engine. The hub goes on when somebody has removed it, or
// another hub of the cluster runs it.
func (n *node) engine(ctx context.Context, e hub.Engine) error {
	err := n.hub.RunEngine(ctx, access.System("engine"), e)
	if cure.KindOf(err) == cure.Conflict {
		n.log.Warn("engine ended: removed, or run by another hub", "engine", e.Name(), "err", err)
		return nil
	}
	return err
}

// close gives everything back, in the order opposite to opening.
func (n *node) close() {
	if n.hub != nil {
		_ = n.hub.Close()
	}
	if n.base != nil {
		_ = n.base.Close()
	}
	if n.lock != nil {
		_ = n.lock.Release()
	}
}
