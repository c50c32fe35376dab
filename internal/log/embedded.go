package log

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"

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
// cure.Conflict. After a write error (a full disk) appends fail with
// cure.Unavailable and the reason, reads go on, and the server is started
// again by itself when the disk takes data.
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
	e := &engine{cfg: cfg, log: logger, broken: make(chan string, 1)}
	c, err := e.connect(ctx)
	if err != nil {
		e.stop()
		_ = lock.Release()
		return nil, err
	}
	c.stop = func() error {
		e.stop()
		return lock.Release()
	}
	return c, nil
}

func (e *engine) connect(ctx context.Context) (*conn, error) {
	if err := e.start(ctx); err != nil {
		return nil, err
	}
	info := Info{Driver: "embedded", Sync: e.cfg.Sync, Address: filepath.Clean(e.cfg.Dir), MaxBytes: e.maxBytes()}
	c, err := dial("", e.log, info, nats.InProcessServer(e))
	if err != nil {
		return nil, err
	}
	if err := c.life.start(func() { e.tend(c) }); err != nil {
		return nil, err
	}
	return c, nil
}
