package log

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/opencure/cure"
)

// jsKeys is a JetStream key-value bucket with a history of one.
type jsKeys struct {
	c      *conn
	bucket string
	kv     jetstream.KeyValue
}

// Keys implements [Backend].
func (c *conn) Keys(ctx context.Context, bucket string) (Keys, error) {
	if err := checkName("bucket", bucket); err != nil {
		return nil, err
	}
	k := &jsKeys{c: c, bucket: bucket}
	err := k.call(ctx, "open keys", func(ctx context.Context) (err error) {
		k.kv, err = c.js.KeyValue(ctx, bucket)
		if !errors.Is(err, jetstream.ErrBucketNotFound) {
			return err
		}
		k.kv, err = c.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: bucket, Replicas: c.replicas})
		if errors.Is(err, jetstream.ErrBucketExists) {
			k.kv, err = c.js.KeyValue(ctx, bucket)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return k, nil
}

func (k *jsKeys) call(ctx context.Context, what string, f func(context.Context) error) error {
	return k.c.call(ctx, what+" of bucket "+k.bucket, apiOf(k.bucket), f)
}

// write is call for what changes the bucket.
func (k *jsKeys) write(ctx context.Context, what string, f func(context.Context) error) error {
	if err := k.c.writable(); err != nil {
		return err
	}
	return k.call(ctx, what, f)
}

// Create implements [Keys].
func (k *jsKeys) Create(ctx context.Context, key string, value []byte) (rev uint64, err error) {
	if err := checkEntry(key, value); err != nil {
		return 0, err
	}
	err = k.write(ctx, "create key", func(ctx context.Context) (err error) {
		rev, err = k.kv.Create(ctx, key, value)
		return err
	})
	if cure.KindOf(err) == cure.Conflict {
		return 0, errKeyExists(k.bucket, key)
	}
	return rev, err
}

// Get implements [Keys].
func (k *jsKeys) Get(ctx context.Context, key string) (value []byte, rev uint64, err error) {
	if err := checkKey(key); err != nil {
		return nil, 0, err
	}
	err = k.call(ctx, "get key", func(ctx context.Context) error {
		e, err := k.kv.Get(ctx, key)
		if err == nil {
			value, rev = e.Value(), e.Revision()
		}
		return err
	})
	if cure.KindOf(err) == cure.NotFound {
		return nil, 0, errNoKey(k.bucket, key)
	}
	return value, rev, err
}

// Update implements [Keys].
func (k *jsKeys) Update(ctx context.Context, key string, value []byte, rev uint64) (now uint64, err error) {
	if err := checkEntry(key, value); err != nil {
		return 0, err
	}
	if rev == 0 {
		return 0, errKeyMoved(k.bucket, key, rev)
	}
	err = k.write(ctx, "update key", func(ctx context.Context) (err error) {
		now, err = k.kv.Update(ctx, key, value, rev)
		return err
	})
	if cure.KindOf(err) == cure.Conflict {
		return 0, errKeyMoved(k.bucket, key, rev)
	}
	return now, err
}

// Delete implements [Keys].
func (k *jsKeys) Delete(ctx context.Context, key string, rev uint64) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if rev == 0 {
		return errKeyMoved(k.bucket, key, rev)
	}
	err := k.write(ctx, "delete key", func(ctx context.Context) error {
		return k.kv.Delete(ctx, key, jetstream.LastRevision(rev))
	})
	if cure.KindOf(err) == cure.Conflict {
		return errKeyMoved(k.bucket, key, rev)
	}
	return err
}
