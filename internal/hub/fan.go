package hub

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/opencure/cure"
)

// fan carries notices from the writer to all who listen. The writer never
// waits: what does not fit is lost, and those concerned are told.
type fan struct {
	queue chan *notices
	n     atomic.Int64  // of subs
	lost  atomic.Uint64 // sequence of a batch that did not fit into the queue

	mu   sync.Mutex // never waited for by the writer
	subs map[*Subscription]struct{}
}

// fanQueue is how many batches may wait to be handed out.
const fanQueue = 1024

func newFan() *fan {
	return &fan{queue: make(chan *notices, fanQueue), subs: map[*Subscription]struct{}{}}
}

// wanted reports whether anybody listens.
func (f *fan) wanted() bool { return f.n.Load() > 0 }

// publish hands a batch of notices over; nil is none.
func (f *fan) publish(n *notices) {
	if n == nil {
		return
	}
	select {
	case f.queue <- n:
	default:
		f.lost.Store(n.seq)
	}
}

// run hands notices out until ctx ends.
func (f *fan) run(ctx context.Context) error {
	var events []Event
	for {
		select {
		case <-ctx.Done():
			return nil
		case n := <-f.queue:
			lost := f.lost.Swap(0)
			f.mu.Lock()
			for s := range f.subs {
				events = n.seen(s.scope, events[:0])
				if s.sayings {
					events = n.sayings(s.scope, events)
				}
				s.put(events, lost)
			}
			f.mu.Unlock()
		}
	}
}

// Subscription is a stream of events as one scope sees them. Close it when
// done.
type Subscription struct {
	scope cure.Scope
	fan   *fan
	limit int

	sayings bool // EventSaid too

	mu     sync.Mutex
	queue  []Event
	missed uint64 // sequence up to which events were lost, 0 for none
	more   chan struct{}
	closed bool
}

// Subscribe begins a stream of events as the scope sees them. At most buffer
// events wait (0: 1,024); a reader that is slower is told up to which sequence
// it missed events, and never holds up the hub.
func (h *Hub) Subscribe(sc cure.Scope, buffer int) *Subscription {
	if buffer <= 0 {
		buffer = 1024
	}
	return h.fan.add(&Subscription{scope: sc, fan: h.fan, limit: buffer, more: make(chan struct{}, 1)})
}

// SubscribeSaid is Subscribe with events of kind EventSaid, for engines.
func (b *Bench) SubscribeSaid(buffer int) *Subscription {
	return b.hub.fan.add(&Subscription{scope: b.scope, fan: b.hub.fan, limit: buffer, sayings: true, more: make(chan struct{}, 1)})
}

// add begins a subscription.
func (f *fan) add(s *Subscription) *Subscription {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.subs[s] = struct{}{}
	f.n.Store(int64(len(f.subs)))
	return s
}

// put adds events; what does not fit is lost together with all that follows
// until the reader has caught up.
func (s *Subscription) put(events []Event, lost uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.missed = max(s.missed, lost)
	for _, e := range events {
		if len(s.queue) >= s.limit {
			s.missed = max(s.missed, e.Seq)
			continue
		}
		s.queue = append(s.queue, e)
	}
	if len(events) > 0 || lost > 0 {
		select {
		case s.more <- struct{}{}:
		default:
		}
	}
}

// Next waits for the next event. After events were lost it returns one of kind
// EventMissed once those that still fitted are read. NotFound: closed.
func (s *Subscription) Next(ctx context.Context) (Event, error) {
	for {
		s.mu.Lock()
		switch {
		case s.closed:
			s.mu.Unlock()
			return Event{}, cure.Errorf(cure.NotFound, "subscription is closed")
		case len(s.queue) > 0:
			e := s.queue[0]
			s.queue = s.queue[1:]
			s.mu.Unlock()
			return e, nil
		case s.missed > 0:
			e := Event{Kind: EventMissed, Seq: s.missed}
			s.missed = 0
			s.mu.Unlock()
			return e, nil
		}
		s.mu.Unlock()
		select {
		case <-s.more:
		case <-ctx.Done():
			return Event{}, ctx.Err()
		}
	}
}

// Waiting reports whether Next would return at once.
func (s *Subscription) Waiting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue) > 0 || s.missed > 0
}

// Close ends the subscription; a waiting Next returns.
func (s *Subscription) Close() {
	s.fan.mu.Lock()
	delete(s.fan.subs, s)
	s.fan.n.Store(int64(len(s.fan.subs)))
	s.fan.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.queue = true, nil
	select {
	case s.more <- struct{}{}:
	default:
	}
}
