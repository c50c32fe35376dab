package log

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/opencure/cure"
)

// Memory is the backend that keeps everything in memory: for tests. It has the
// semantics of the others except that nothing survives the process.
type Memory struct {
	life *life
	now  func() time.Time

	mu      sync.Mutex
	streams map[string]*memStream
	objects map[string]*memObjects
	keys    map[string]*memKeys
}

var _ Backend = (*Memory)(nil)

// NewMemory makes an empty backend with that clock.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{
		life: newLife(), now: now,
		streams: map[string]*memStream{},
		objects: map[string]*memObjects{},
		keys:    map[string]*memKeys{},
	}
}

// Appender implements [Backend].
func (m *Memory) Appender() Appender {
	return &memAppender{life: m.life, window: newWindow(m.life), route: m.route}
}

var errNotDurable = cure.Errorf(cure.Unavailable, "a log in memory has no backup")

// Backup implements [Backend]: there is nothing to outlive the process.
func (m *Memory) Backup(context.Context, io.Writer, string) error { return errNotDurable }

// Restore implements [Backend].
func (m *Memory) Restore(context.Context, io.Reader) error { return errNotDurable }

// Stream implements [Backend].
func (m *Memory) Stream(ctx context.Context, cfg StreamConfig) (Stream, error) {
	if err := m.check(ctx, cfg.Check()); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, other := range m.streams {
		if name != cfg.Name && overlap(cfg.Subjects, other.config().Subjects) {
			return nil, cure.Errorf(cure.Conflict, "open stream %s: subjects overlap those of stream %s", cfg.Name, name)
		}
	}
	s := m.streams[cfg.Name]
	if s == nil {
		s = newMemStream(m.life, m.now)
		m.streams[cfg.Name] = s
	}
	s.configure(cfg)
	return memHandle{s, &memAppender{life: m.life, window: newWindow(m.life), route: s.route}}, nil
}

// Objects implements [Backend].
func (m *Memory) Objects(ctx context.Context, bucket string) (Objects, error) {
	if err := m.check(ctx, checkName("bucket", bucket)); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.objects[bucket]
	if o == nil {
		o = &memObjects{life: m.life, bucket: bucket, data: map[Sum][]byte{}}
		m.objects[bucket] = o
	}
	return o, nil
}

// Keys implements [Backend].
func (m *Memory) Keys(ctx context.Context, bucket string) (Keys, error) {
	if err := m.check(ctx, checkName("bucket", bucket)); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.keys[bucket]
	if k == nil {
		k = &memKeys{life: m.life, bucket: bucket, entries: map[string]memEntry{}}
		m.keys[bucket] = k
	}
	return k, nil
}

// Info implements [Backend].
func (m *Memory) Info(ctx context.Context) (Info, error) {
	if err := m.check(ctx, nil); err != nil {
		return Info{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	info := Info{Driver: "memory", Sync: SyncAlways, Address: "memory"}
	for _, s := range m.streams {
		info.Bytes += s.info().Bytes
	}
	for _, o := range m.objects {
		info.Bytes += o.size()
	}
	for _, k := range m.keys {
		info.Bytes += k.size()
	}
	return info, nil
}

// Close implements [Backend].
func (m *Memory) Close() error {
	m.life.end()
	m.life.wg.Wait()
	return nil
}

// check is what each call begins with.
func (m *Memory) check(ctx context.Context, err error) error {
	if err != nil {
		return err
	}
	return ready(ctx, m.life, "open")
}

// route finds the stream that takes a subject.
func (m *Memory) route(subject string) (*memStream, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.streams {
		if s.config().takes(subject) {
			return s, nil
		}
	}
	return nil, cure.Errorf(cure.Unavailable, "append: no stream takes subject %.120q", subject)
}
