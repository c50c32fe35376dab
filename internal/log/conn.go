package log

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/opencure/cure"
)

// answerTimeout is how long a call without a deadline waits for the server. A
// slow disk under load has been seen to take seconds for one fsync.
const answerTimeout = 30 * time.Second

// reconnectWait is the pause between two attempts to reach the same server.
const reconnectWait = 500 * time.Millisecond

// conn is the client half of both NATS drivers: one connection and what is
// opened through it.
type conn struct {
	life     *life
	log      *slog.Logger
	nc       *nats.Conn
	js       jetstream.JetStream
	waiting  waiting
	info     Info                  // the constant part
	stop     func() error          // ends the server, if it is ours
	replicas int                   // copies of what is created; more than a stream has raise it
	stuck    atomic.Pointer[error] // why nothing can be written, if so
	putting  chan struct{}         // one object is written at a time: bounds what the server buffers
}

// dial connects. The connection fails fast while there is no server: waiting
// data belong into the spools of their sources, not into a client buffer.
func dial(url string, logger *slog.Logger, info Info, opts ...nats.Option) (*conn, error) {
	c := &conn{life: newLife(), log: logger, info: info, stop: func() error { return nil }, putting: make(chan struct{}, 1)}
	opts = append(opts,
		nats.Name("cure"),
		nats.MaxReconnects(-1),
		nats.ReconnectBufSize(-1),
		nats.ReconnectWait(reconnectWait),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			c.waiting.refused(err)
			c.log.Debug("log connection reports an error", "err", err)
		}),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			c.waiting.disconnected()
			if c.life.alive() == nil {
				c.log.Warn("log connection lost", "err", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { c.log.Info("log connection is back") }),
	)
	nc, err := nats.Connect(url, opts...)
	if err != nil {
		return nil, failed("connect to log", connectError(err))
	}
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(answerTimeout), jetstream.WithPublishAsyncTimeout(answerTimeout))
	if err != nil {
		nc.Close()
		return nil, failed("open log", err)
	}
	c.nc, c.js = nc, js
	c.info.Server = nc.ConnectedServerVersion()
	return c, nil
}

// connectError makes every failure to connect that is no refusal an absent
// server: the library returns bare network errors.
func connectError(err error) error {
	if k := kindOf(err); k != cure.Internal {
		return err
	}
	if strings.Contains(strings.ToLower(err.Error()), nats.AUTHORIZATION_ERR) {
		return errors.Join(nats.ErrAuthorization, err)
	}
	return errors.Join(nats.ErrNoServers, err)
}

// call runs a request to the server, and ends it at once when the server
// refuses a subject that match covers, or when the connection is lost.
func (c *conn) call(ctx context.Context, what string, match func(string) bool, f func(context.Context) error) error {
	if err := ready(ctx, c.life, what); err != nil {
		return err
	}
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer c.waiting.add(match, func(err error) { cancel(err) })()
	err := f(inner)
	if err == nil {
		return nil
	}
	if cause := context.Cause(inner); ctx.Err() == nil && cause != nil {
		err = cause
	}
	if c.life.alive() != nil {
		return errClosed
	}
	return failed(what, err)
}

// refuseWrites makes writes fail at once, also those under way.
func (c *conn) refuseWrites(err error) {
	c.stuck.Store(&err)
	c.waiting.endAll(err, func(*waitingCall) bool { return true })
}

func (c *conn) allowWrites() { c.stuck.Store(nil) }

// writable returns nil when writing may be tried.
func (c *conn) writable() error {
	if err := c.stuck.Load(); err != nil {
		return *err
	}
	return nil
}

// apiOf matches the requests about one stream.
func apiOf(stream string) func(string) bool {
	return func(subject string) bool {
		return strings.HasPrefix(subject, "$") && strings.Contains(subject, stream)
	}
}

// Info implements [Backend].
func (c *conn) Info(ctx context.Context) (Info, error) {
	info := c.info
	err := c.call(ctx, "read log info", apiOf(".INFO"), func(ctx context.Context) error {
		acc, err := c.js.AccountInfo(ctx)
		if err != nil {
			return err
		}
		info.Bytes = acc.Store
		if acc.Limits.MaxStore > 0 {
			info.MaxBytes = uint64(acc.Limits.MaxStore)
		}
		return nil
	})
	return info, err
}

// Close implements [Backend].
func (c *conn) Close() error {
	if !c.life.end() {
		return nil
	}
	c.nc.Close()
	c.life.wg.Wait()
	return c.stop()
}
