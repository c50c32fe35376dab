package log

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/dirlock"
)

// EmbeddedConfig says where the embedded server keeps its files.
type EmbeddedConfig struct {
	Dir      string // made if absent, for this user only
	Sync     Sync   // zero: before each acknowledgement
	MaxBytes int64  // all streams and buckets together; 0: 75 % of the free disk
}

// Bounds of the embedded server.
const (
	serverMemory  = 64 << 20  // of memory-backed streams, of which there are none
	serverPending = 32 << 20  // bytes waiting for one connection
	serverInbound = 128 << 20 // bytes waiting for one stream; an object is written with at most MaxObject in flight
)

// OpenEmbedded starts a JetStream server in this process, without a listener,
// and connects to it. Opening reads the index of each stream: tens of
// milliseconds for thousands of batches; after a crash the last block of each
// is read again. A folder that another process uses is refused with
// cure.Conflict.
func OpenEmbedded(ctx context.Context, cfg EmbeddedConfig, logger *slog.Logger) (Backend, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, cure.Errorf(cure.Unavailable, "open log: %w", err)
	}
	lock, err := dirlock.Acquire(cfg.Dir)
	var held *dirlock.HeldError
	switch {
	case errors.As(err, &held):
		return nil, cure.Errorf(cure.Conflict, "open log: %w", err)
	case err != nil:
		return nil, cure.Errorf(cure.Unavailable, "open log: %w", err)
	}
	c, err := embed(ctx, cfg, logger)
	if err != nil {
		_ = lock.Release()
		return nil, err
	}
	stop := c.stop
	c.stop = func() error {
		_ = stop()
		return lock.Release()
	}
	return c, nil
}

func embed(ctx context.Context, cfg EmbeddedConfig, logger *slog.Logger) (*conn, error) {
	opts := &server.Options{
		ServerName:         "cure",
		DontListen:         true,
		NoSigs:             true,
		JetStream:          true,
		StoreDir:           filepath.Clean(cfg.Dir),
		SyncAlways:         cfg.Sync == SyncAlways,
		SyncInterval:       time.Duration(cfg.Sync),
		JetStreamMaxMemory: serverMemory,
		JetStreamMaxStore:  cfg.MaxBytes,
		MaxPayload:         MaxPayload + headerRoom,
		MaxPending:         serverPending,

		StreamMaxBufferedSize:  serverInbound,
		DisableJetStreamBanner: true,
	}
	if cfg.Sync == SyncAlways { // the server still passes over its directories at this interval
		opts.SyncInterval = 2 * time.Minute
	}
	srv, err := server.NewServer(opts)
	if err != nil {
		return nil, cure.Errorf(cure.Internal, "start log server: %w", err)
	}
	watch := &serverLog{log: logger}
	srv.SetLoggerV2(watch, false, false, false)
	stop := func() error {
		srv.Shutdown()
		srv.WaitForShutdown()
		return nil
	}
	if err := start(ctx, srv); err != nil {
		_ = stop()
		if fatal := watch.fatal.Load(); fatal != nil {
			return nil, cure.Errorf(cure.Unavailable, "start log server: %s", *fatal)
		}
		return nil, err
	}
	c, err := dial("", logger, Info{Driver: "embedded", Sync: cfg.Sync, Address: opts.StoreDir}, nats.InProcessServer(srv))
	if err != nil {
		_ = stop()
		return nil, err
	}
	c.stop = stop
	return c, nil
}

// start returns when the server has recovered its streams.
func start(ctx context.Context, srv *server.Server) error {
	started := make(chan struct{})
	go func() {
		defer close(started)
		srv.Start()
	}()
	select {
	case <-started:
	case <-ctx.Done():
		srv.Shutdown()
		<-started
		return cure.Errorf(cure.Unavailable, "start log server: %w", ctx.Err())
	}
	if !srv.JetStreamEnabled() {
		return cure.Errorf(cure.Unavailable, "start log server: no storage")
	}
	return nil
}
