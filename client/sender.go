package client

import (
	"context"
	"sync"

	"github.com/opencure/cure"
)

// Limits of a Sender.
const (
	maxInFlight = 8 << 20 // bytes that wait or are on their way
	maxRequest  = 4 << 20 // bytes of one request
)

// Sender sends the batches of an open source in order, several a request, so
// that a publisher need not wait for each to be durable. Make one with
// [Client.Sender]; Close it to wait for the last. Send is for one goroutine.
type Sender struct {
	c     *Client
	src   cure.Source
	token string

	mu     sync.Mutex
	room   sync.Cond
	queue  []sending
	bytes  int // of the queue and of what is on its way
	closed bool
	ended  chan struct{}
}

type sending struct {
	ctx     context.Context
	payload []byte
	done    func(seq uint64, err error)
}

// Sender begins to send for a source that was opened with [Client.Open].
func (c *Client) Sender(src cure.Source, token string) *Sender {
	s := &Sender{c: c, src: src, token: token, ended: make(chan struct{})}
	s.room.L = &s.mu
	go s.run()
	return s
}

// Send hands over a batch. It waits while 8 MiB are in flight. Done is called
// once, in the order of the calls, with the stream sequence when the batch is
// durable, or with the error; it must not block, and payload must not be
// changed before. An error of Send means that done will not be called.
func (s *Sender) Send(ctx context.Context, payload []byte, done func(seq uint64, err error)) error {
	stop := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.room.Broadcast()
	})
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.bytes > 0 && s.bytes+len(payload) > maxInFlight && ctx.Err() == nil && !s.closed {
		s.room.Wait()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if s.closed {
		return cure.Errorf(cure.Unavailable, "send on a closed sender")
	}
	s.queue = append(s.queue, sending{ctx, payload, done})
	s.bytes += len(payload)
	s.room.Broadcast()
	return nil
}

// Close waits until all that was handed over is answered, and ends the sender.
func (s *Sender) Close() {
	s.mu.Lock()
	s.closed = true
	s.room.Broadcast()
	s.mu.Unlock()
	<-s.ended
}

// run sends until the sender is closed and empty.
func (s *Sender) run() {
	defer close(s.ended)
	for {
		group := s.take()
		if group == nil {
			return
		}
		payloads := make([][]byte, len(group))
		size := 0
		for i, g := range group {
			payloads[i] = g.payload
			size += len(g.payload)
		}
		seqs, err := s.c.Send(group[0].ctx, s.src, s.token, payloads...)
		for i, g := range group {
			if err != nil {
				g.done(0, err)
			} else {
				g.done(seqs[i], nil)
			}
		}
		s.mu.Lock()
		s.bytes -= size
		s.room.Broadcast()
		s.mu.Unlock()
	}
}

// take waits for batches and takes as many as one request may hold; nil when
// there will be none.
func (s *Sender) take() []sending {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) == 0 && !s.closed {
		s.room.Wait()
	}
	n, size := 0, 0
	for n < len(s.queue) && (n == 0 || size+len(s.queue[n].payload) <= maxRequest) {
		size += len(s.queue[n].payload)
		n++
	}
	group := s.queue[:n:n]
	s.queue = s.queue[n:]
	if n == 0 {
		return nil
	}
	return group
}
