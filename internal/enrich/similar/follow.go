package similar

import (
	"context"
	"sync"
)

// following is how far an index has read the log, and who waits for it.
type following struct {
	mu     sync.Mutex
	seq    uint64
	caught bool // the log of the start is read
	moved  chan struct{}
}

func newFollowing() following { return following{moved: make(chan struct{})} }

// step says that everything up to seq can be found.
func (f *following) step(seq uint64, caught bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq, f.caught = seq, caught
	close(f.moved)
	f.moved = make(chan struct{})
}

func (f *following) state() (seq uint64, caught bool, moved <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seq, f.caught, f.moved
}

// Ready reports whether the index has read what the log held when it began.
func (ix *Index) Ready() bool {
	_, caught, _ := ix.follow.state()
	return caught
}

// Wait returns when what was applied up to a stream sequence can be found.
func (ix *Index) Wait(ctx context.Context, seq uint64) error {
	for {
		at, caught, moved := ix.follow.state()
		if caught && at >= seq {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
