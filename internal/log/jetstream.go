package log

import (
	"context"
	"errors"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/opencure/cure"
)

// headerRoom is what the server may count for the headers of a message on top
// of its payload.
const headerRoom = 1 << 10

// jsStream is a JetStream stream.
type jsStream struct {
	*appender
	name   string
	handle jetstream.Stream
}

// Stream implements [Backend].
func (c *conn) Stream(ctx context.Context, cfg StreamConfig) (Stream, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	cfg.Subjects = slices.Clone(cfg.Subjects)
	var handle jetstream.Stream
	err := c.call(ctx, "open stream "+cfg.Name, apiOf(cfg.Name), func(ctx context.Context) (err error) {
		handle, err = c.openStream(ctx, cfg)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &jsStream{
		appender: &appender{c: c, window: newWindow(c.life), stream: &cfg},
		name:     cfg.Name, handle: handle,
	}, nil
}

// openStream changes of an existing stream only what cfg speaks of: placement,
// compression and the like are its operator's.
func (c *conn) openStream(ctx context.Context, cfg StreamConfig) (jetstream.Stream, error) {
	handle, err := c.js.Stream(ctx, cfg.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		handle, err = c.js.CreateStream(ctx, c.describe(cfg, jetstream.StreamConfig{Name: cfg.Name, Replicas: 1}))
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another hub was faster
			handle, err = c.js.Stream(ctx, cfg.Name)
		}
	}
	if err != nil {
		return nil, err
	}
	have := handle.CachedInfo().Config
	if have.Storage != jetstream.FileStorage || have.Retention != jetstream.LimitsPolicy || have.NoAck {
		return nil, cure.Errorf(cure.Invalid, "stream %s exists, but is not a file-backed stream of limits with acknowledgement", cfg.Name)
	}
	want := c.describe(cfg, have)
	if sameStream(have, want) {
		return handle, nil
	}
	return c.js.UpdateStream(ctx, want)
}

// describe writes cfg over base.
func (c *conn) describe(cfg StreamConfig, base jetstream.StreamConfig) jetstream.StreamConfig {
	base.Subjects = cfg.Subjects
	base.Discard = jetstream.DiscardNew
	base.MaxBytes = cfg.MaxBytes
	if cfg.MaxBytes == 0 {
		base.MaxBytes = -1
	}
	base.MaxAge = cfg.MaxAge
	base.Replicas = max(base.Replicas, c.replicas) // lowering it is for an operator to do
	base.MaxMsgSize = MaxPayload + headerRoom
	base.Duplicates = DuplicateWindow
	if cfg.MaxAge > 0 {
		base.Duplicates = min(DuplicateWindow, cfg.MaxAge)
	}
	base.AllowDirect = true
	return base
}

func sameStream(a, b jetstream.StreamConfig) bool {
	return slices.Equal(a.Subjects, b.Subjects) && a.Discard == b.Discard && a.MaxBytes == b.MaxBytes &&
		a.MaxAge == b.MaxAge && a.Replicas == b.Replicas && a.MaxMsgSize == b.MaxMsgSize &&
		a.Duplicates == b.Duplicates && a.AllowDirect == b.AllowDirect
}

// Read implements [Stream].
func (s *jsStream) Read(ctx context.Context, seq uint64) (m Message, err error) {
	if seq == 0 {
		return m, cure.Errorf(cure.NotFound, "no message 0 in stream %s", s.name)
	}
	err = s.c.call(ctx, "read message", apiOf(s.name), func(ctx context.Context) error {
		raw, err := s.handle.GetMsg(ctx, seq)
		if err == nil {
			m = Message{Seq: raw.Sequence, Subject: raw.Subject, Time: raw.Time, Data: raw.Data}
		}
		return err
	})
	return m, err
}

// Info implements [Stream].
func (s *jsStream) Info(ctx context.Context) (info StreamInfo, err error) {
	err = s.c.call(ctx, "read stream info", apiOf(s.name), func(ctx context.Context) error {
		i, err := s.handle.Info(ctx)
		if err != nil {
			return err
		}
		info = StreamInfo{
			Created: i.Created, First: i.State.FirstSeq, Last: i.State.LastSeq,
			Messages: i.State.Msgs, Bytes: i.State.Bytes,
		}
		if info.Messages == 0 {
			info.First = info.Last + 1
		}
		return nil
	})
	return info, err
}

// TruncateBefore implements [Stream].
func (s *jsStream) TruncateBefore(ctx context.Context, seq uint64) error {
	info, err := s.Info(ctx)
	if err != nil {
		return err
	}
	if err := checkTruncate(s.name, seq, info.Last); err != nil {
		return err
	}
	if seq <= info.First {
		return nil
	}
	return s.c.call(ctx, "truncate stream", apiOf(s.name), func(ctx context.Context) error {
		return s.handle.Purge(ctx, jetstream.WithPurgeSequence(seq))
	})
}
