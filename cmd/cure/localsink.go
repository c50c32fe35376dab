package main

import (
	"context"
	"fmt"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/hub"
	"github.com/opencure/cure/internal/publish"
)

// localSink is the hub of this process as publishers see it.
type localSink struct{ hub *hub.Hub }

// Open implements publish.Sink.
func (s localSink) Open(ctx context.Context, src cure.Source) (publish.Opening, error) {
	d, err := s.hub.OpenSource(ctx, src)
	return publish.Opening{
		Epoch: d.Epoch, Seq: d.Seq, State: d.State, Key: d.Pseudonym, Seed: d.Seed, Own: d.Own, Token: d.Token,
	}, err
}

// Send implements publish.Sink. It returns when the batch is durable.
func (s localSink) Send(ctx context.Context, src cure.Source, token string, payload []byte, done func(uint64, error)) error {
	seq, err := s.hub.Send(ctx, src, token, payload)
	if err != nil {
		return err
	}
	done(seq, nil)
	return nil
}

// Quarantine implements publish.Sink.
func (s localSink) Quarantine(ctx context.Context, src cure.Source, bad []publish.Bad) error {
	records := make([]hub.BadRecord, len(bad))
	for i, b := range bad {
		records[i] = hub.BadRecord{ID: b.ID, Time: b.Time, Place: placeOf(b), Reason: b.Reason, Raw: b.Raw}
	}
	return s.hub.Quarantine(ctx, src, records)
}

// placeOf says where a bad record stands.
func placeOf(b publish.Bad) string {
	place := b.Input // all of it
	if place == "-" {
		place = "standard input"
	}
	switch {
	case b.Line > 0:
		place = fmt.Sprintf("%s line %d", place, b.Line)
	case b.Offset > 0:
		place = fmt.Sprintf("%s byte %d", place, b.Offset)
	}
	return place
}

// Applied implements publish.Sink.
func (s localSink) Applied(ctx context.Context, seq uint64) error { return s.hub.Applied(ctx, seq) }

// Put implements publish.Sink.
func (s localSink) Put(ctx context.Context, data []byte) (string, error) { return s.hub.Put(ctx, data) }

// Get implements publish.Sink.
func (s localSink) Get(ctx context.Context, sum string) ([]byte, error) { return s.hub.Get(ctx, sum) }
