package log

import (
	"context"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/opencure/cure/internal/fault"
)

// appender appends through NATS. With a stream it refuses subjects of others;
// without, the server finds the stream.
type appender struct {
	c      *conn
	window *window
	stream *StreamConfig // nil: any
}

// Appender implements [Backend].
func (c *conn) Appender() Appender {
	return &appender{c: c, window: newWindow(c.life)}
}

func (a *appender) message(subject, id string, data []byte) (*nats.Msg, []jetstream.PublishOpt, error) {
	if err := checkAppend(subject, id, data); err != nil {
		return nil, nil, err
	}
	if a.stream != nil && !a.stream.takes(subject) {
		return nil, nil, errForeign(a.stream.Name, subject)
	}
	if err := a.c.writable(); err != nil {
		return nil, nil, err
	}
	var opts []jetstream.PublishOpt
	if id != "" {
		opts = append(opts, jetstream.WithMsgID(id))
	}
	return &nats.Msg{Subject: subject, Data: data, Header: nats.Header{}}, opts, nil
}

// Append implements [Appender].
func (a *appender) Append(ctx context.Context, subject, id string, data []byte) (seq uint64, err error) {
	msg, opts, err := a.message(subject, id, data)
	if err != nil {
		return 0, err
	}
	err = a.c.call(ctx, "append", exactly(subject), func(ctx context.Context) error {
		ack, err := a.c.js.PublishMsg(ctx, msg, opts...)
		fault.Point("log.append") // stored, and nobody was told
		if err == nil {
			seq = ack.Sequence
		}
		return err
	})
	return seq, err
}

// AppendAsync implements [Appender].
func (a *appender) AppendAsync(ctx context.Context, subject, id string, data []byte, done func(uint64, error)) error {
	msg, opts, err := a.message(subject, id, data)
	if err != nil {
		return err
	}
	return a.window.submit(ctx, func() (func() (uint64, error), error) {
		if err := a.c.life.alive(); err != nil {
			return nil, err
		}
		lost := make(chan error, 1)
		stop := a.c.waiting.add(exactly(subject), func(err error) { lost <- err })
		future, err := a.c.js.PublishMsgAsync(msg, opts...)
		if err != nil {
			stop()
			return nil, failed("append", err)
		}
		return func() (uint64, error) {
			defer stop()
			return a.await(future, lost)
		}, nil
	}, done)
}

func (a *appender) await(f jetstream.PubAckFuture, lost <-chan error) (uint64, error) {
	select {
	case ack := <-f.Ok():
		fault.Point("log.append")
		return ack.Sequence, nil
	case err := <-f.Err():
		return 0, failed("append", err)
	case err := <-lost:
		return 0, failed("append", err)
	case <-a.c.life.done:
		return 0, errClosed
	}
}

func exactly(subject string) func(string) bool {
	return func(s string) bool { return s == subject }
}
