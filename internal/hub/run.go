package hub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/opencure/cure"
)

// Run consumes the log and keeps house until ctx ends; it returns nil then,
// and else what broke. It writes a last snapshot on the way out.
func (h *Hub) Run(ctx context.Context) error {
	err := h.work(ctx)
	h.progress.end(cure.Errorf(cure.Unavailable, "hub has stopped"))
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil
	}
	if h.opts.Dir != "" && err == nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		_, err = h.Snapshot(last)
	}
	if err != nil {
		return fmt.Errorf("run hub: %w", err)
	}
	return nil
}

// work is Run until something ends it.
func (h *Hub) work(ctx context.Context) error {
	info, err := h.stream.Info(ctx)
	if err != nil {
		return err
	}
	h.progress.start(info.Last)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.stream.Consume(ctx, h.progress.at()+1, h.apply) })
	g.Go(func() error { return h.fan.run(ctx) })
	g.Go(func() error { return h.live.run(ctx, h.progress) })
	h.ward.at.start(0)
	g.Go(func() error {
		err := h.ward.follow(ctx, h.bad)
		h.ward.at.end(cure.Errorf(cure.Unavailable, "hub has stopped"))
		return err
	})
	g.Go(func() error { return h.keepHouse(ctx) })
	return g.Wait()
}
