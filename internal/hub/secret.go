package hub

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
)

// secret is what all hubs of a cluster share: made once, by whoever comes
// first, and kept in the log's keys.
type secret struct {
	key  [32]byte // keys of pseudonyms and epochs derive from it
	seed [16]byte // of the keyed value hash and the partitions
}

const (
	secretBucket = "cluster"
	secretKey    = "secret"
)

// openSecret reads the secret or makes it.
func openSecret(ctx context.Context, l log.Backend) (secret, error) {
	var s secret
	keys, err := l.Keys(ctx, secretBucket)
	if err != nil {
		return s, fmt.Errorf("open cluster secret: %w", err)
	}
	text := make([]byte, len(s.key)+len(s.seed))
	rand.Read(text)
	_, err = keys.Create(ctx, secretKey, text)
	if cure.KindOf(err) == cure.Conflict {
		text, _, err = keys.Get(ctx, secretKey)
	}
	if err != nil {
		return s, fmt.Errorf("open cluster secret: %w", err)
	}
	if len(text) != len(s.key)+len(s.seed) {
		return s, cure.Errorf(cure.Conflict, "open cluster secret: %d bytes, want %d", len(text), len(s.key)+len(s.seed))
	}
	copy(s.key[:], text)
	copy(s.seed[:], text[len(s.key):])
	return s, nil
}

// derive returns HMAC-SHA-256 of purpose and name.
func (s *secret) derive(purpose, name string) [32]byte {
	m := hmac.New(sha256.New, s.key[:])
	m.Write([]byte(purpose))
	m.Write([]byte{0})
	m.Write([]byte(name))
	return [32]byte(m.Sum(nil))
}

// Epochs are of two sorts, told apart by the highest bit: the epoch of a
// source's publisher, one for its whole life and the same at every hub of the
// cluster; and epochs of one batch, made from what names it.
const once = 1 << 63

// epoch returns the epoch of a source's publisher.
func (s *secret) epoch(src cure.Source) uint64 {
	d := s.derive("epoch", string(src))
	return binary.LittleEndian.Uint64(d[:])&^once | 1
}

// onceEpoch returns the epoch of a batch that is written once under a key.
func (s *secret) onceEpoch(src cure.Source, key string) uint64 {
	d := s.derive("once", string(src)+"\x00"+key)
	return binary.LittleEndian.Uint64(d[:]) | once
}
