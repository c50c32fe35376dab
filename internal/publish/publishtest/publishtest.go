// Package publishtest has a hub for tests of publishers: it keeps what is sent
// in memory, checks the protocol, and can fail at any batch. It answers what a
// real hub would say after a restart of either side.
package publishtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/wire"
)

// ErrKilled is what a Hub answers from the batch on at which it is to fail.
var ErrKilled = errors.New("killed by the test")

// Hub is a publish.Sink in memory for one source. The zero value is ready.
// Safe for concurrent use.
type Hub struct {
	Own    []string // given to publishers
	KillAt uint64   // batch that is not taken any more, 0: none
	Lose   bool     // the batch before KillAt was taken but never acknowledged

	mu         sync.Mutex
	seq        uint64
	state      []byte
	opened     int
	Records    []cure.Record // in the order sent, checkpoints left out
	Payloads   [][]byte
	Bad        []publish.Bad
	Objects    map[string][]byte
	dec        *wire.Decoder
	AppliedSeq uint64
}

// Key is the pseudonym key of all sources here.
var Key = [32]byte{1, 2, 3}

// Open implements publish.Sink.
func (h *Hub) Open(context.Context, cure.Source) (publish.Opening, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.opened++
	return publish.Opening{
		Epoch: 7, Seq: h.seq, State: bytes.Clone(h.state), Key: Key, Own: h.Own, Token: fmt.Sprint("token", h.opened),
	}, nil
}

// Send implements publish.Sink. It answers at once.
func (h *Hub) Send(ctx context.Context, src cure.Source, token string, payload []byte, done func(uint64, error)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if token != fmt.Sprint("token", h.opened) {
		done(0, cure.Errorf(cure.Conflict, "opened by another publisher"))
		return nil
	}
	head, _, err := wire.ReadHeader(payload)
	if err != nil {
		return err
	}
	switch {
	case head.Source != src || head.Epoch != 7 || head.Seq == 0 || head.Seq > h.seq+1:
		return cure.Errorf(cure.Invalid, "batch %d of %s after batch %d", head.Seq, head.Source, h.seq)
	case h.KillAt > 0 && head.Seq >= h.KillAt:
		return ErrKilled
	case head.Seq <= h.seq:
		done(head.Seq, nil)
		return nil
	}
	if err := h.take(payload); err != nil {
		return err
	}
	if h.seq = head.Seq; h.Lose && h.seq+1 == h.KillAt {
		return ErrKilled
	}
	done(h.seq, nil)
	return nil
}

// take keeps the records of a batch.
func (h *Hub) take(payload []byte) error {
	if h.dec == nil {
		dec, err := wire.NewDecoder()
		if err != nil {
			return err
		}
		h.dec = dec
	}
	if _, err := h.dec.Decode(payload); err != nil {
		return err
	}
	records, err := h.dec.Records(payload)
	if err != nil {
		return err
	}
	h.Payloads = append(h.Payloads, bytes.Clone(payload))
	for _, r := range records {
		if len(r.Controls) == 1 && r.Controls[0].Op == cure.OpCheckpoint {
			h.state = bytes.Clone(r.Controls[0].State)
			continue
		}
		h.Records = append(h.Records, r)
	}
	return nil
}

// State returns the last checkpoint.
func (h *Hub) State() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return bytes.Clone(h.state)
}

// Seq returns the number of batches taken.
func (h *Hub) Seq() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seq
}

// Quarantine implements publish.Sink.
func (h *Hub) Quarantine(_ context.Context, _ cure.Source, bad []publish.Bad) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Bad = append(h.Bad, bad...)
	return nil
}

// Applied implements publish.Sink.
func (h *Hub) Applied(_ context.Context, seq uint64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.AppliedSeq = seq
	return nil
}

// Put implements publish.Sink.
func (h *Hub) Put(_ context.Context, data []byte) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	sum := sha256.Sum256(data)
	if h.Objects == nil {
		h.Objects = make(map[string][]byte)
	}
	h.Objects[hex.EncodeToString(sum[:])] = bytes.Clone(data)
	return hex.EncodeToString(sum[:]), nil
}

// Get implements publish.Sink.
func (h *Hub) Get(_ context.Context, sum string) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	data, ok := h.Objects[sum]
	if !ok {
		return nil, cure.Errorf(cure.NotFound, "no object %.8s", sum)
	}
	return data, nil
}

// Digest adds up what was published: for every observable, role, state and
// record the count, so that two ways of reading can be compared whatever the
// cut of parts and batches.
func (h *Hub) Digest() map[string]uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	sum := make(map[string]uint64)
	for _, r := range h.Records {
		for _, o := range r.Observations {
			sum[fmt.Sprint(r.ID, " ", o.Observable, " ", o.State)] += uint64(max(o.Count, 1))
		}
		for _, a := range r.Attrs {
			sum[fmt.Sprint(r.ID, " ", a.Name, "=", a.Value)]++
		}
		sum["raw bytes"] += uint64(len(bytes.ReplaceAll(r.Raw, []byte("\n"), nil)))
	}
	return sum
}
