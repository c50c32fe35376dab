// Package keep keeps publishers of endless inputs at work. It answers "is this
// source being read, how fast, and what is wrong with it?": it follows a
// stream, begins again with growing pauses after any error, and remembers its
// state. One broken source never stops another: each has its own Keeper.
//
// Nothing is lost by beginning again: publish.Follow goes on behind what the
// hub has. Cost: one goroutine a source beside those of the input.
package keep

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
)

// Pauses between two attempts.
const (
	shortest = time.Second
	longest  = time.Minute
)

// State is how a source does.
type State struct {
	Running     bool      // an attempt is under way
	Since       time.Time // of the attempt, or of the pause
	Attempts    int       // since something was published
	Err         error     // of the last attempt; nil while all is well
	Records     int64     // raw records read, in all attempts
	Published   int64
	Quarantined int64
	Rate        float64   // raw records a second
	Good        time.Time // when a record was last read
}

// Keeper keeps one source at work. Safe for concurrent use.
type Keeper struct {
	cfg    publish.Config
	stream feed.Stream
	log    *slog.Logger
	rng    *rand.Rand
	sleep  func(context.Context, time.Duration) error

	mu    sync.Mutex
	state State
	base  publish.Progress // sum of the attempts before
	now   publish.Progress // of this attempt
}

// New makes a Keeper; rng spreads the pauses.
func New(cfg publish.Config, stream feed.Stream, logger *slog.Logger, rng *rand.Rand) *Keeper {
	k := &Keeper{cfg: cfg, stream: stream, log: logger, rng: rng, sleep: sleep}
	shown := cfg.Progress
	k.cfg.Progress = func(p publish.Progress) {
		k.progress(p)
		if shown != nil {
			shown(p)
		}
	}
	k.cfg.Problem = func(err error) { k.log.Warn("input has a problem", "source", cfg.Source, "err", err) }
	return k
}

// State returns how the source does.
func (k *Keeper) State() State {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state
}

// Run follows the stream until ctx ends, and returns nil then. Where patient
// is false it ends with the first error that will not pass by itself: the key
// may not write, the source needs what it was not given.
func (k *Keeper) Run(ctx context.Context, patient bool) error {
	for {
		k.begin()
		_, err := publish.Follow(ctx, k.cfg, k.stream)
		if ctx.Err() != nil || errors.Is(err, feed.ErrEnded) {
			k.end(nil)
			return nil
		}
		wait := k.end(err)
		if kind := cure.KindOf(err); !patient && kind != cure.Unavailable && kind != cure.Internal {
			return err
		}
		k.log.Warn("source is not being read", "source", k.cfg.Source, "again", wait.Round(time.Millisecond), "err", err)
		if k.sleep(ctx, wait) != nil {
			return nil
		}
	}
}

func (k *Keeper) begin() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.base.Records += k.now.Records
	k.base.Published += k.now.Published
	k.base.Quarantined += k.now.Quarantined
	k.now = publish.Progress{}
	k.state.Running, k.state.Since = true, k.cfg.Now()
}

// end notes why an attempt ended and returns how long to wait.
func (k *Keeper) end(err error) time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now.Published > 0 {
		k.state.Attempts = 0
	}
	k.state.Attempts++
	k.state.Running, k.state.Since, k.state.Err, k.state.Rate = false, k.cfg.Now(), err, 0
	wait := min(shortest<<min(k.state.Attempts-1, 10), longest)
	return wait/2 + time.Duration(k.rng.Int64N(int64(wait)))/2
}

func (k *Keeper) progress(p publish.Progress) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if p.Records > k.now.Records {
		k.state.Good, k.state.Err = k.cfg.Now(), nil
	}
	k.now = p
	k.state.Records = k.base.Records + p.Records
	k.state.Published = k.base.Published + p.Published
	k.state.Quarantined = k.base.Quarantined + p.Quarantined
	k.state.Rate = p.Rate
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
