package hub

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/wire"
)

// Desk is what a publisher gets when it opens its source.
type Desk struct {
	Epoch     uint64   `json:"epoch"`           // the same over restarts of the publisher
	Seq       uint64   `json:"seq"`             // highest batch of the epoch in the log
	State     []byte   `json:"state,omitempty"` // of the last checkpoint; what was sent after it comes again, with the same numbers
	Pseudonym [32]byte `json:"pseudonym"`       // key for sensor-side names, one a source
	Seed      [16]byte `json:"seed"`            // of the partition hash
	Own       []string `json:"own,omitempty"`   // own prefixes and domains, "@" before mail domains
	Token     string   `json:"token"`           // wanted by Send
}

// desks are the sources that publishers hold open.
type desks struct {
	mu   sync.Mutex
	open map[cure.Source]*desk
}

// desk is one source on the publishing side. Its lock is held while a batch
// goes to the log, so that the batches of a source keep their order.
type desk struct {
	mu    sync.Mutex
	token string // "": nobody has opened it at this hub
	seq   uint64 // last batch of the publisher's epoch in the log
	at    uint64 // its stream sequence, when known
}

func newDesks() *desks { return &desks{open: map[cure.Source]*desk{}} }

// of returns the source's desk.
func (d *desks) of(src cure.Source) *desk {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := d.open[src]
	if k == nil {
		k = &desk{}
		d.open[src] = k
	}
	return k
}

// held reports whether somebody has the source open.
func (d *desks) held(src cure.Source) bool {
	k := d.of(src)
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.token != ""
}

// OpenSource gives the source to the caller, taking it from whoever had it.
// It waits until the hub has caught up, for only then the last batch is known.
// The first opening of a source writes its default marking to the log.
func (h *Hub) OpenSource(ctx context.Context, src cure.Source) (Desk, error) {
	if err := src.Check(); err != nil {
		return Desk{}, err
	}
	if err := h.progress.waitReady(ctx); err != nil {
		return Desk{}, err
	}
	// A publisher may have sent through another hub, or straight to the log.
	info, err := h.stream.Info(ctx)
	if err != nil {
		return Desk{}, fmt.Errorf("open source %s: %w", src, err)
	}
	if err := h.progress.wait(ctx, info.Last); err != nil {
		return Desk{}, err
	}
	k := h.desks.of(src)
	k.mu.Lock()
	defer k.mu.Unlock()
	if !h.ledger.known(src) {
		if err := h.introduce(ctx, src); err != nil {
			return Desk{}, fmt.Errorf("open source %s: %w", src, err)
		}
	}
	// Everything acknowledged is in the ledger only once it is applied.
	if err := h.progress.wait(ctx, k.at); err != nil {
		return Desk{}, err
	}
	w := h.ledger.writer(src)
	k.seq, k.at = w.Seq, w.At
	var token [16]byte
	rand.Read(token[:])
	k.token = hex.EncodeToString(token[:])
	return Desk{
		Epoch: h.secret.epoch(src), Seq: w.Seq, State: w.State,
		Pseudonym: h.secret.derive("pseudonym", string(src)), Seed: h.secret.seed,
		Own: h.opts.Own, Token: k.token,
	}, nil
}

// maxSources bounds the sources of a hub: a publisher that may write a pattern
// of sources must not fill the memory with names.
const maxSources = 16384

// introduce writes the default marking of a source that nobody knows. Two hubs
// that do so at once write the same batch, which is applied once.
func (h *Hub) introduce(ctx context.Context, src cure.Source) error {
	if n := len(h.ledger.sources()); n >= maxSources {
		return cure.Errorf(cure.Unavailable, "there are %d sources, the most there can be", n)
	}
	c := cure.Control{Op: cure.OpRegrade, Marking: h.opts.Policy.defaultOf(src), Reason: "first opened"}
	seq, err := h.appendOnce(ctx, src, "introduce", []cure.Record{{Controls: []cure.Control{c}}})
	if err != nil {
		return err
	}
	return h.progress.wait(ctx, seq)
}

func (p *Policy) defaultOf(src cure.Source) cure.Marking {
	if p.Default == nil {
		return Strict
	}
	return p.Default(src).Or(Strict)
}

// Send appends one batch of an open source and returns its stream sequence
// when it is durable. A batch that is in the log already is acknowledged
// again. Conflict: the source was opened by somebody else, or batches are
// missing before this one: open again and go on from the checkpoint.
func (h *Hub) Send(ctx context.Context, src cure.Source, token string, payload []byte) (uint64, error) {
	head, _, err := wire.ReadHeader(payload)
	if err != nil {
		return 0, err
	}
	if head.Source != src {
		return 0, cure.Errorf(cure.Invalid, "send batch: it is of %s, not of %s", head.Source, src)
	}
	if head.Epoch != h.secret.epoch(src) {
		return 0, cure.Errorf(cure.Conflict, "send batch: epoch is not the one the source was opened with")
	}
	if err := h.progress.waitReady(ctx); err != nil {
		return 0, err
	}
	k := h.desks.of(src)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.enter(h, src, token); err != nil {
		return 0, err
	}
	switch {
	case head.Seq <= k.seq:
		return k.at, nil
	case head.Seq != k.seq+1:
		return 0, cure.Errorf(cure.Conflict, "send batch: number %d follows %d", head.Seq, k.seq)
	}
	id := fmt.Sprintf("%s:%x:%d", src, head.Epoch, head.Seq)
	seq, err := h.stream.Append(ctx, src.Subject(), id, payload)
	if err != nil {
		return 0, fmt.Errorf("send batch: %w", err)
	}
	k.seq, k.at = head.Seq, seq
	return seq, nil
}

// enter lets the holder of the token in. After a restart of the hub nobody
// holds the source, and whoever sends first is taken for its holder.
func (k *desk) enter(h *Hub, src cure.Source, token string) error {
	if token == "" || !h.ledger.known(src) {
		return cure.Errorf(cure.Conflict, "send batch: source %s is not open", src)
	}
	if k.token == "" {
		w := h.ledger.writer(src)
		k.token, k.seq, k.at = token, w.Seq, w.At
	}
	if k.token != token {
		return cure.Errorf(cure.Conflict, "send batch: source %s was opened by another publisher", src)
	}
	return nil
}
