// Package listen takes what is sent (syslog, HTTP, the standard input) and
// keeps it on disk until it is in the log. It answers "is what was handed over
// safe?": an [Intake] is a spool with listeners before it and a feed.Stream
// behind it.
//
// In come messages; each group of them that was ready at once is one parcel in
// the spool. HTTP is acknowledged after the spool's fsync. Syslog knows no
// acknowledgement: over TCP and TLS the connection is read no faster than the
// spool takes it; datagrams that find no room are counted as dropped.
//
// Limits: a message has at most Config.MaxRecord bytes, the beginning of a
// longer one goes on as one that is too long; at most 1,024 connections, of
// which the one silent for longest makes room for a new one; ten seconds for a
// TLS handshake; 8 MiB for one HTTP body. Memory: 320 KiB a connection at most.
package listen

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/feed/spool"
)

// Config says where an Intake keeps what it takes.
type Config struct {
	Dir       string // of the spool; of one source
	MaxBytes  int64  // of the spool; 0: 1 GiB
	Name      string // of the input, for people
	Framing   feed.Framing
	MaxRecord int // bytes; 0: feed.MaxRecord
	Logger    *slog.Logger
	Now       func() time.Time
}

// Counts is what an Intake has done since it was opened.
type Counts struct {
	Messages   int64 // taken
	Long       int64 // of these cut, as too long
	Dropped    int64 // datagrams without room
	Evicted    int64 // connections that made room for others
	Handshakes int64 // TLS handshakes that were not finished
}

// Intake is a spool that listens. Safe for concurrent use, but for its methods
// of feed.Stream.
type Intake struct {
	cfg   Config
	spool *spool.Spool
	id    string
	keys  *recent
	ended atomic.Bool // the input has an end, and it was reached

	messages, long, dropped, evicted, handshakes atomic.Int64
}

// Open opens the spool of a folder and makes the folder if need be.
func Open(cfg Config) (*Intake, error) {
	if cfg.MaxRecord <= 0 || cfg.MaxRecord > feed.MaxRecord {
		cfg.MaxRecord = feed.MaxRecord
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s, err := spool.Open(spool.Config{Dir: cfg.Dir, MaxBytes: cfg.MaxBytes})
	if err != nil {
		return nil, err
	}
	t := &Intake{cfg: cfg, spool: s, keys: newRecent()}
	if t.id, err = identity(cfg.Dir); err == nil {
		err = t.recall()
	}
	if err != nil {
		_ = s.Close()
		return nil, cure.Errorf(cure.Unavailable, "open intake: %w", err)
	}
	return t, nil
}

// identity names a spool for as long as its folder lives: numbers of another
// one mean something else.
func identity(dir string) (string, error) {
	path := filepath.Join(dir, "id")
	b, err := os.ReadFile(path)
	if id := strings.TrimSpace(string(b)); err == nil && len(id) == 24 {
		return id, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	var raw [12]byte
	rand.Read(raw[:])
	id := hex.EncodeToString(raw[:])
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(id + "\n")
	return id, errors.Join(err, f.Sync(), f.Close())
}

// Close gives the spool back. Serve must have returned.
func (t *Intake) Close() error { return t.spool.Close() }

// Counts returns what was done so far.
func (t *Intake) Counts() Counts {
	return Counts{t.messages.Load(), t.long.Load(), t.dropped.Load(), t.evicted.Load(), t.handshakes.Load()}
}

// keep writes a parcel and returns when it is durable. While the spool is full
// it waits: that is the back-pressure. An empty parcel is nothing.
func (t *Intake) keep(ctx context.Context, p *parcel) error {
	if p.count == 0 {
		return nil
	}
	for {
		_, err := t.spool.Append(ctx, p.encode())
		if err == nil {
			t.messages.Add(int64(p.count))
			t.long.Add(int64(p.long))
			p.reset()
			return nil
		}
		if cure.KindOf(err) != cure.Unavailable || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
