package log

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/opencure/cure"
)

// engine runs the server of the embedded driver. A server that met a write
// error never writes to that stream again and leaves requests without an
// answer; engine begins a new one as soon as the disk takes data. To the
// client that is a lost and regained connection.
type engine struct {
	cfg    EmbeddedConfig
	log    *slog.Logger
	broken chan string // takes the first write error of a server

	mu  sync.Mutex
	srv *server.Server // nil: none
}

// Pauses between attempts to write, and what an attempt writes.
const (
	probeEvery = time.Second
	probeBytes = 4 << 20
)

func (e *engine) options() *server.Options {
	opts := &server.Options{
		ServerName:         "cure",
		DontListen:         true,
		NoSigs:             true,
		JetStream:          true,
		StoreDir:           filepath.Clean(e.cfg.Dir),
		SyncAlways:         e.cfg.Sync == SyncAlways,
		SyncInterval:       time.Duration(e.cfg.Sync),
		JetStreamMaxMemory: serverMemory,
		JetStreamMaxStore:  e.cfg.MaxBytes,
		MaxPayload:         MaxPayload + headerRoom,
		MaxPending:         serverPending,

		StreamMaxBufferedSize:  serverInbound,
		DisableJetStreamBanner: true,
	}
	if e.cfg.Sync == SyncAlways { // the server still writes its indexes at this interval
		opts.SyncInterval = 2 * time.Minute
	}
	return opts
}

// start begins a server and returns when it has recovered its streams. A
// server that is still starting cannot be shut down safely, so the end of ctx
// is looked at before and after, not in between.
func (e *engine) start(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return cure.Errorf(cure.Unavailable, "start log server: %w", err)
	}
	srv, err := server.NewServer(e.options())
	if err != nil {
		return cure.Errorf(cure.Internal, "start log server: %w", err)
	}
	watch := &serverLog{log: e.log, broken: e.broken}
	srv.SetLoggerV2(watch, false, false, false)
	srv.Start()
	if err = ctx.Err(); err == nil && !srv.JetStreamEnabled() {
		err = errors.New(watch.reason())
	}
	if err != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
		return cure.Errorf(cure.Unavailable, "start log server: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.srv = srv
	return nil
}

// stop ends the server, if there is one.
func (e *engine) stop() {
	e.mu.Lock()
	srv := e.srv
	e.srv = nil
	e.mu.Unlock()
	if srv != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
	}
}

// InProcessConn gives the client a connection to the server of the moment.
func (e *engine) InProcessConn() (net.Conn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.srv == nil {
		return nil, errors.New("log server is starting")
	}
	return e.srv.InProcessConn()
}

func (e *engine) maxBytes() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if js := e.srv.JetStreamConfig(); js != nil && js.MaxStore > 0 {
		return uint64(js.MaxStore)
	}
	return 0
}

// tend replaces the server after a write error, until the backend ends. While
// the disk takes nothing the old server goes on answering reads; writes are
// refused with the reason.
func (e *engine) tend(c *conn) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c.life.wg.Go(func() {
		defer cancel()
		select {
		case <-c.life.done:
		case <-ctx.Done():
		}
	})
	for {
		select {
		case text := <-e.broken:
			c.refuseWrites(cure.Errorf(cure.Unavailable, "log cannot write: %s", text))
		case <-ctx.Done():
			return
		}
		for probe(e.cfg.Dir) != nil || !e.replace(ctx) {
			select {
			case <-time.After(probeEvery):
			case <-ctx.Done():
				return
			}
		}
		c.allowWrites()
		e.log.Warn("log server was started again after a write error")
	}
}

func (e *engine) replace(ctx context.Context) bool {
	e.stop()
	for len(e.broken) > 0 {
		<-e.broken // of the server that is gone
	}
	if err := e.start(ctx); err != nil {
		e.log.Error("log server does not start", "err", err)
		return false
	}
	return true
}

// probe reports whether the disk takes data.
func probe(dir string) error {
	f, err := os.Create(filepath.Join(dir, "probe"))
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(make([]byte, probeBytes))
	return errors.Join(err, f.Sync(), f.Close())
}
