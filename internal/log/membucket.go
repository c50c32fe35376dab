package log

import (
	"bytes"
	"context"
	"sync"
)

// memObjects is a bucket of objects in memory.
type memObjects struct {
	life   *life
	bucket string

	mu   sync.Mutex
	data map[Sum][]byte
}

func (o *memObjects) size() (n uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, d := range o.data {
		n += uint64(len(d))
	}
	return n
}

func (o *memObjects) get(ctx context.Context, sum Sum) ([]byte, error) {
	if err := ready(ctx, o.life, "get object"); err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	d, ok := o.data[sum]
	if !ok {
		return nil, errNoObject(o.bucket, sum)
	}
	return d, nil
}

func (o *memObjects) Put(ctx context.Context, data []byte) (Sum, error) {
	if err := checkObject(data); err != nil {
		return Sum{}, err
	}
	if err := ready(ctx, o.life, "put object"); err != nil {
		return Sum{}, err
	}
	sum := SumOf(data)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.data[sum] = append([]byte{}, data...)
	return sum, nil
}

func (o *memObjects) Get(ctx context.Context, sum Sum) ([]byte, error) {
	d, err := o.get(ctx, sum)
	return bytes.Clone(d), err
}

func (o *memObjects) Has(ctx context.Context, sum Sum) (bool, error) {
	_, err := o.get(ctx, sum)
	return found(err)
}

func (o *memObjects) Delete(ctx context.Context, sum Sum) error {
	if _, err := o.get(ctx, sum); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.data, sum)
	return nil
}

// memKeys is a bucket of keys in memory.
type memKeys struct {
	life   *life
	bucket string

	mu      sync.Mutex
	rev     uint64
	entries map[string]memEntry
}

type memEntry struct {
	value []byte
	rev   uint64
}

func (k *memKeys) size() (n uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for key, e := range k.entries {
		n += uint64(len(key) + len(e.value))
	}
	return n
}

// set stores a value if the key is at revision rev; 0 is absent.
func (k *memKeys) set(key string, value []byte, rev uint64) (uint64, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.entries[key].rev != rev {
		return 0, false
	}
	k.rev++
	k.entries[key] = memEntry{append([]byte{}, value...), k.rev}
	return k.rev, true
}

func (k *memKeys) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	if err := k.ready(ctx, checkEntry(key, value)); err != nil {
		return 0, err
	}
	rev, ok := k.set(key, value, 0)
	if !ok {
		return 0, errKeyExists(k.bucket, key)
	}
	return rev, nil
}

func (k *memKeys) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if err := k.ready(ctx, checkKey(key)); err != nil {
		return nil, 0, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	e, ok := k.entries[key]
	if !ok {
		return nil, 0, errNoKey(k.bucket, key)
	}
	return bytes.Clone(e.value), e.rev, nil
}

func (k *memKeys) Update(ctx context.Context, key string, value []byte, rev uint64) (uint64, error) {
	if err := k.ready(ctx, checkEntry(key, value)); err != nil {
		return 0, err
	}
	if rev == 0 {
		return 0, errKeyMoved(k.bucket, key, rev)
	}
	now, ok := k.set(key, value, rev)
	if !ok {
		return 0, errKeyMoved(k.bucket, key, rev)
	}
	return now, nil
}

func (k *memKeys) Delete(ctx context.Context, key string, rev uint64) error {
	if err := k.ready(ctx, checkKey(key)); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if rev == 0 || k.entries[key].rev != rev {
		return errKeyMoved(k.bucket, key, rev)
	}
	k.rev++
	delete(k.entries, key)
	return nil
}

func (k *memKeys) ready(ctx context.Context, err error) error {
	if err != nil {
		return err
	}
	return ready(ctx, k.life, "use key")
}
