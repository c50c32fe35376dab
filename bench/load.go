package bench

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// unlimited writes a configuration without the limit on requests a second,
// which is there for users and not to be measured.
func unlimited(dir string) (path string, err error) {
	path = filepath.Join(dir, "cure.yaml")
	return path, os.WriteFile(path, []byte("api:\n  rate: 1000000\n  burst: 1000000\n"), 0o600)
}

// startUnlimited starts a hub without that limit in a folder of its own under
// parent; stop removes it.
func startUnlimited(ctx context.Context, parent string) (s *server, stop func(), err error) {
	dir, err := os.MkdirTemp(parent, "bench-config-")
	if err != nil {
		return nil, nil, err
	}
	config, err := unlimited(dir)
	if err == nil {
		s, err = startServer(ctx, dir, "-c", config)
	}
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, nil, err
	}
	return s, func() { s.stop(); _ = os.RemoveAll(dir) }, nil
}

// loader sends generated records to a hub, each source as a publisher would.
type loader struct {
	c       *client.Client
	records *recordStream
	lanes   map[cure.Source]*loadLane

	mu   sync.Mutex
	last uint64 // highest stream sequence acknowledged
	err  error  // first
}

type loadLane struct {
	*lane
	sender *client.Sender
}

func newLoader(c *client.Client, observations int, seed uint64) *loader {
	return &loader{c: c, records: newRecordStream(observations, seed), lanes: map[cure.Source]*loadLane{}}
}

// next encodes the next batch; a nil payload at the end.
func (l *loader) next(ctx context.Context) (ln *loadLane, payload []byte, records, rows int, err error) {
	src, recs, rows, err := l.records.next()
	if err != nil || recs == nil {
		return nil, nil, 0, 0, err
	}
	ln = l.lanes[src]
	if ln == nil {
		if ln, err = l.open(ctx, src); err != nil {
			return nil, nil, 0, 0, err
		}
	}
	payload, err = ln.encode(src, recs)
	return ln, payload, len(recs), rows, err
}

func (l *loader) open(ctx context.Context, src cure.Source) (*loadLane, error) {
	desk, err := l.c.Open(ctx, src)
	if err != nil {
		return nil, err
	}
	_, seed, err := desk.Secrets()
	if err != nil {
		return nil, err
	}
	ln, err := newLane(seed, desk.Epoch, desk.Seq)
	if err != nil {
		return nil, err
	}
	l.lanes[src] = &loadLane{lane: ln, sender: l.c.Sender(src, desk.Token)}
	return l.lanes[src], nil
}

// acknowledged keeps the end of what was sent.
func (l *loader) acknowledged(seq uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = max(l.last, seq)
	if l.err == nil {
		l.err = err
	}
}

// close waits for all acknowledgements and returns the first error.
func (l *loader) close() error {
	for _, ln := range l.lanes {
		ln.sender.Close()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// all sends the whole stream as fast as it is taken, and returns when it is
// applied: the observations, the bytes of the batches, and the time.
func (l *loader) all(ctx context.Context) (rows, size int, took time.Duration, err error) {
	start := time.Now()
	for ctx.Err() == nil {
		ln, payload, _, n, err := l.next(ctx)
		if err == nil && payload != nil {
			err = ln.sender.Send(ctx, payload, l.acknowledged)
		}
		if err != nil {
			_ = l.close()
			return rows, size, 0, err
		}
		if payload == nil {
			break
		}
		rows, size = rows+n, size+len(payload)
	}
	if err := l.close(); err != nil {
		return rows, size, 0, err
	}
	err = l.c.Applied(ctx, l.last)
	return rows, size, time.Since(start), err
}
