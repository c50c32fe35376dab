package log

import (
	"context"
	"sync"

	"github.com/opencure/cure"
)

// errClosed is what calls on a closed backend return.
var errClosed = cure.Errorf(cure.Unavailable, "log is closed")

// life is the time between the opening and the closing of a backend: the
// owner of its goroutines.
type life struct {
	mu    sync.Mutex
	ended bool
	done  chan struct{} // closed when ended
	wg    sync.WaitGroup
}

func newLife() *life { return &life{done: make(chan struct{})} }

// start runs f in a goroutine that end waits for.
func (l *life) start(f func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return errClosed
	}
	l.wg.Go(f)
	return nil
}

// alive returns nil until end is called.
func (l *life) alive() error {
	select {
	case <-l.done:
		return errClosed
	default:
		return nil
	}
}

// end closes done and reports whether this call was the first.
func (l *life) end() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return false
	}
	l.ended = true
	close(l.done)
	return true
}

// ready returns nil when ctx and backend are alive; calls begin with it.
func ready(ctx context.Context, l *life, what string) error {
	if err := ctx.Err(); err != nil {
		return failed(what, err)
	}
	return l.alive()
}
