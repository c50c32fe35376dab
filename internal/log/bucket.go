package log

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/opencure/cure"
)

// jsObjects is a JetStream object-store bucket whose names are sums.
type jsObjects struct {
	c      *conn
	bucket string
	store  jetstream.ObjectStore
}

// Objects implements [Backend].
func (c *conn) Objects(ctx context.Context, bucket string) (Objects, error) {
	if err := checkName("bucket", bucket); err != nil {
		return nil, err
	}
	o := &jsObjects{c: c, bucket: bucket}
	err := o.call(ctx, "open objects", func(ctx context.Context) (err error) {
		o.store, err = c.js.ObjectStore(ctx, bucket)
		if !errors.Is(err, jetstream.ErrBucketNotFound) {
			return err
		}
		o.store, err = c.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: bucket, Replicas: c.replicas})
		if errors.Is(err, jetstream.ErrBucketExists) {
			o.store, err = c.js.ObjectStore(ctx, bucket)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return o, nil
}

func (o *jsObjects) call(ctx context.Context, what string, f func(context.Context) error) error {
	return o.c.call(ctx, what+" of bucket "+o.bucket, apiOf(o.bucket), f)
}

// Put implements [Objects]. It reads back what it wrote: nats.go v1.55 sends a
// chunk that finds no leader again from a buffer that may hold a later chunk by
// then (jetstream/object.go, obs.Put; jetstream/publish.go, handleAsyncReply).
func (o *jsObjects) Put(ctx context.Context, data []byte) (Sum, error) {
	if err := checkObject(data); err != nil {
		return Sum{}, err
	}
	if err := o.c.writable(); err != nil {
		return Sum{}, err
	}
	select {
	case o.c.putting <- struct{}{}:
		defer func() { <-o.c.putting }()
	case <-ctx.Done():
		return Sum{}, failed("put object", ctx.Err())
	case <-o.c.life.done:
		return Sum{}, errClosed
	}
	sum := SumOf(data)
	if whole, err := o.whole(ctx, sum); whole || err != nil {
		return sum, err
	}
	err := o.call(ctx, "put object", func(ctx context.Context) error {
		_, err := o.store.PutBytes(ctx, sum.String(), data)
		return err
	})
	if err != nil {
		return Sum{}, err
	}
	switch whole, err := o.whole(ctx, sum); {
	case err != nil:
		return Sum{}, err
	case !whole:
		return Sum{}, cure.Errorf(cure.Unavailable, "put object of bucket %s: did not arrive whole, put it again", o.bucket)
	}
	return sum, nil
}

// whole reports whether the object is there and undamaged.
func (o *jsObjects) whole(ctx context.Context, sum Sum) (bool, error) {
	_, err := o.Get(ctx, sum)
	if cure.KindOf(err) == cure.Internal && err != nil {
		return false, nil
	}
	return found(err)
}

// Get implements [Objects].
func (o *jsObjects) Get(ctx context.Context, sum Sum) (data []byte, err error) {
	err = o.call(ctx, "get object", func(ctx context.Context) (err error) {
		info, err := o.store.GetInfo(ctx, sum.String())
		if err == nil && info.Size > MaxObject {
			return cure.Errorf(cure.Internal, "object %s claims %d bytes", sum, info.Size)
		}
		if err == nil {
			data, err = o.store.GetBytes(ctx, sum.String())
		}
		return err
	})
	switch {
	case errors.Is(err, jetstream.ErrObjectNotFound):
		return nil, errNoObject(o.bucket, sum)
	case err != nil && !errors.Is(err, jetstream.ErrDigestMismatch):
		return nil, err
	case err != nil || SumOf(data) != sum:
		return nil, cure.Errorf(cure.Internal, "object %s in bucket %s is damaged", sum, o.bucket)
	}
	return data, nil
}

// Has implements [Objects].
func (o *jsObjects) Has(ctx context.Context, sum Sum) (bool, error) {
	return found(o.call(ctx, "look up object", func(ctx context.Context) error {
		_, err := o.store.GetInfo(ctx, sum.String())
		return err
	}))
}

// Delete implements [Objects].
func (o *jsObjects) Delete(ctx context.Context, sum Sum) error {
	err := o.call(ctx, "delete object", func(ctx context.Context) error {
		if _, err := o.store.GetInfo(ctx, sum.String()); err != nil {
			return err
		}
		return o.store.Delete(ctx, sum.String())
	})
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return errNoObject(o.bucket, sum)
	}
	return err
}
