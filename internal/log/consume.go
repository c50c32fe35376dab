package log

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/opencure/cure"
)

// Prefetch of a reader. The count bounds the client's channel, the bytes what
// the server pushes for one request; a request is renewed at half.
const (
	prefetchMessages = 256
	prefetchBytes    = 4 << 20
	pullExpiry       = 30 * time.Second
	heartbeat        = 5 * time.Second
	consumerLife     = time.Minute // the server forgets a reader that is gone
	maxBackoff       = 5 * time.Second
	goneAfter        = 6               // answers that there is no such stream; a server that starts gives some
	openTimeout      = 3 * time.Second // a cluster between two leaders does not answer
)

// errGap means that the server's numbering of deliveries shows a loss; reading
// begins again where it was.
var errGap = errors.New("delivery lost between server and client")

// fnError carries an error of the caller's function past the retries.
type fnError struct{ err error }

func (e fnError) Error() string { return e.err.Error() }

// Consume implements [Stream].
func (s *jsStream) Consume(ctx context.Context, from uint64, fn func(Message) error) error {
	info, err := s.Info(ctx)
	if err != nil {
		return err
	}
	if err := checkFrom(s.name, from, info.Last); err != nil {
		return err
	}
	next, backoff, gone := max(from, 1), 100*time.Millisecond, 0
	for {
		before := next
		err := s.session(ctx, &next, fn)
		var mine fnError
		switch {
		case errors.As(err, &mine):
			return mine.err
		case ctx.Err() != nil:
			return failed("consume", ctx.Err())
		case s.c.life.alive() != nil:
			return errClosed
		case !again(err), gone == goneAfter:
			return failed("consume", err)
		}
		s.c.log.Info("reading of stream begins again", "stream", s.name, "seq", next, "err", err)
		if next != before {
			backoff, gone = 100*time.Millisecond, 0
		}
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			gone++
		}
		select {
		case <-time.After(backoff):
		case <-ctx.Done():
		case <-s.c.life.done:
		}
		backoff = min(2*backoff, maxBackoff)
	}
}

// again reports whether a new session may succeed where this one failed. A
// cluster that loses and finds servers fails in many ways, so only what is
// sure to fail again ends the reading.
func again(err error) bool {
	kind := kindOf(err)
	return cure.KindOf(err) != cure.Denied && kind != cure.Denied && kind != cure.Invalid
}

// session reads with one consumer of the server until something breaks, and
// leaves in next where to go on.
func (s *jsStream) session(ctx context.Context, next *uint64, fn func(Message) error) error {
	var reader jetstream.Consumer
	err := s.c.call(ctx, "open reader", apiOf(s.name), func(ctx context.Context) (err error) {
		ctx, cancel := context.WithTimeout(ctx, openTimeout)
		defer cancel()
		reader, err = s.c.js.CreateConsumer(ctx, s.name, jetstream.ConsumerConfig{
			DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
			OptStartSeq:       *next,
			AckPolicy:         jetstream.AckNonePolicy,
			InactiveThreshold: consumerLife,
			MemoryStorage:     true,
			Replicas:          1,
		})
		return err
	})
	if err != nil {
		return err
	}
	defer s.forget(reader.CachedInfo().Name)
	msgs, err := reader.Messages(
		jetstream.PullMaxMessagesWithBytesLimit(prefetchMessages, prefetchBytes),
		jetstream.PullExpiry(pullExpiry),
		jetstream.PullHeartbeat(heartbeat),
		jetstream.WithMessagesErrOnMissingHeartbeat(true),
	)
	if err != nil {
		return err
	}
	defer msgs.Stop()
	defer context.AfterFunc(ctx, msgs.Stop)()
	defer s.c.waiting.add(noSubject, func(error) { msgs.Stop() })()
	return s.deliver(ctx, msgs, next, fn)
}

func (s *jsStream) deliver(ctx context.Context, msgs jetstream.MessagesContext, next *uint64, fn func(Message) error) error {
	for delivery := uint64(1); ; delivery++ {
		m, err := msgs.Next()
		if err != nil {
			return err
		}
		meta, err := m.Metadata()
		if err != nil {
			return err
		}
		if meta.Sequence.Consumer != delivery || meta.Sequence.Stream < *next {
			return errGap
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := fn(Message{Seq: meta.Sequence.Stream, Subject: m.Subject(), Time: meta.Timestamp, Data: m.Data()}); err != nil {
			return fnError{err}
		}
		*next = meta.Sequence.Stream + 1
	}
}

func noSubject(string) bool { return false }

// forget deletes the server's side of a reader; if that fails the server does
// it after consumerLife.
func (s *jsStream) forget(name string) {
	if s.c.life.alive() != nil || !s.c.nc.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := s.c.js.DeleteConsumer(ctx, s.name, name); err != nil {
		s.c.log.Debug("reader stays until the server forgets it", "stream", s.name, "err", err)
	}
}
