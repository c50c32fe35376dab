package log

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/opencure/cure"
)

// memStream is a stream in memory. One mutex guards it; a reader at the tail
// waits on changed, which each append replaces.
type memStream struct {
	life *life
	now  func() time.Time

	mu      sync.Mutex
	cfg     StreamConfig
	created time.Time
	msgs    []Message // sequences last-len+1 … last
	last    uint64
	bytes   uint64
	ids     map[string]uint64 // ids of the last DuplicateWindow
	idAge   []memID           // in order of time
	changed chan struct{}
}

type memID struct {
	id   string
	time time.Time
}

// memOverhead is counted per message, so that MaxBytes also bounds empty ones.
const memOverhead = 32

func newMemStream(l *life, now func() time.Time) *memStream {
	return &memStream{life: l, now: now, created: now(), ids: map[string]uint64{}, changed: make(chan struct{})}
}

func (s *memStream) config() StreamConfig {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cfg
}

func (s *memStream) configure(cfg StreamConfig) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cfg = cfg
}

func (s *memStream) route(subject string) (*memStream, error) {
	if cfg := s.config(); !cfg.takes(subject) {
		return nil, errForeign(cfg.Name, subject)
	}
	return s, nil
}

func (s *memStream) append(subject, id string, data []byte) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.expire(now)
	if seq, ok := s.ids[id]; ok && id != "" {
		return seq, nil
	}
	size := uint64(len(subject) + len(data) + memOverhead)
	if s.cfg.MaxBytes > 0 && s.bytes+size > uint64(s.cfg.MaxBytes) {
		return 0, cure.Errorf(cure.Unavailable, "append: stream %s is full", s.cfg.Name)
	}
	s.last++
	s.bytes += size
	s.msgs = append(s.msgs, Message{Seq: s.last, Subject: subject, Time: now, Data: bytes.Clone(data)})
	if id != "" {
		s.ids[id] = s.last
		s.idAge = append(s.idAge, memID{id, now})
	}
	close(s.changed)
	s.changed = make(chan struct{})
	return s.last, nil
}

// expire forgets ids and messages that are too old.
func (s *memStream) expire(now time.Time) {
	for len(s.idAge) > 0 && now.Sub(s.idAge[0].time) >= DuplicateWindow {
		delete(s.ids, s.idAge[0].id)
		s.idAge = s.idAge[1:]
	}
	if s.cfg.MaxAge > 0 {
		n := 0
		for n < len(s.msgs) && now.Sub(s.msgs[n].Time) >= s.cfg.MaxAge {
			n++
		}
		s.drop(n)
	}
}

func (s *memStream) drop(n int) {
	for _, m := range s.msgs[:n] {
		s.bytes -= uint64(len(m.Subject) + len(m.Data) + memOverhead)
	}
	clear(s.msgs[:n])
	s.msgs = s.msgs[n:]
}

func (s *memStream) info() StreamInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(s.now())
	return StreamInfo{
		Created: s.created, First: s.first(), Last: s.last,
		Messages: uint64(len(s.msgs)), Bytes: s.bytes,
	}
}

func (s *memStream) first() uint64 { return s.last - uint64(len(s.msgs)) + 1 }

// next returns the first message from seq on, or a channel that closes when
// there may be one.
func (s *memStream) next(seq uint64) (Message, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(s.now())
	seq = max(seq, s.first())
	if seq > s.last {
		return Message{}, s.changed
	}
	return s.msgs[seq-s.first()], nil
}

// memHandle is an opened memStream: the stream with its own window.
type memHandle struct {
	s *memStream
	*memAppender
}

func (h memHandle) Read(ctx context.Context, seq uint64) (Message, error) {
	if err := h.ready(ctx, "read"); err != nil {
		return Message{}, err
	}
	m, _ := h.s.next(seq)
	if seq == 0 || m.Seq != seq {
		return Message{}, cure.Errorf(cure.NotFound, "no message %d in stream %s", seq, h.s.config().Name)
	}
	m.Data = bytes.Clone(m.Data)
	return m, nil
}

func (h memHandle) Consume(ctx context.Context, from uint64, fn func(Message) error) error {
	if err := checkFrom(h.s.config().Name, from, h.s.info().Last); err != nil {
		return err
	}
	for {
		if err := h.ready(ctx, "consume"); err != nil {
			return err
		}
		m, changed := h.s.next(from)
		if changed != nil {
			select {
			case <-changed:
			case <-ctx.Done():
			case <-h.life.done:
			}
			continue
		}
		m.Data = bytes.Clone(m.Data)
		if err := fn(m); err != nil {
			return err
		}
		from = m.Seq + 1
	}
}

func (h memHandle) Info(ctx context.Context) (StreamInfo, error) {
	if err := h.ready(ctx, "info"); err != nil {
		return StreamInfo{}, err
	}
	return h.s.info(), nil
}

func (h memHandle) TruncateBefore(ctx context.Context, seq uint64) error {
	if err := h.ready(ctx, "truncate"); err != nil {
		return err
	}
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	if err := checkTruncate(h.s.cfg.Name, seq, h.s.last); err != nil {
		return err
	}
	if first := h.s.first(); seq > first {
		h.s.drop(int(seq - first))
	}
	return nil
}
