package main

import (
	"context"
	"sync"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/publish"
)

// remote is a hub over HTTP as publishers see it. One run at a time: opening a
// source ends the sender of the one before.
type remote struct {
	c *client.Client

	mu     sync.Mutex
	sender *client.Sender
}

// Open implements publish.Sink.
func (r *remote) Open(ctx context.Context, src cure.Source) (publish.Opening, error) {
	desk, err := r.c.Open(ctx, src)
	if err != nil {
		return publish.Opening{}, err
	}
	o := publish.Opening{Epoch: desk.Epoch, Seq: desk.Seq, State: desk.State, Own: desk.Own, Token: desk.Token}
	if o.Key, o.Seed, err = desk.Secrets(); err != nil {
		return publish.Opening{}, err
	}
	r.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sender = r.c.Sender(src, desk.Token)
	return o, nil
}

// Send implements publish.Sink.
func (r *remote) Send(ctx context.Context, _ cure.Source, _ string, payload []byte, done func(uint64, error)) error {
	r.mu.Lock()
	s := r.sender
	r.mu.Unlock()
	if s == nil {
		return cure.Errorf(cure.Internal, "send before open")
	}
	return s.Send(ctx, payload, done)
}

// Quarantine implements publish.Sink.
func (r *remote) Quarantine(ctx context.Context, src cure.Source, bad []publish.Bad) error {
	records := make([]client.BadRecord, len(bad))
	for i, b := range bad {
		records[i] = client.BadRecord{ID: b.ID, Source: src, Time: b.Time, Place: placeOf(b), Reason: b.Reason, Raw: b.Raw}
	}
	return r.c.Quarantine(ctx, src, records)
}

// Applied implements publish.Sink.
func (r *remote) Applied(ctx context.Context, seq uint64) error { return r.c.Applied(ctx, seq) }

// Put implements publish.Sink.
func (r *remote) Put(ctx context.Context, data []byte) (string, error) {
	return r.c.PutObject(ctx, data)
}

// Get implements publish.Sink.
func (r *remote) Get(ctx context.Context, sum string) ([]byte, error) {
	return r.c.Object(ctx, sum)
}

// Close waits for what was sent.
func (r *remote) Close() {
	r.mu.Lock()
	s := r.sender
	r.sender = nil
	r.mu.Unlock()
	if s != nil {
		s.Close()
	}
}
