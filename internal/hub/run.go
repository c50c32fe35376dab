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
	info, err := h.stream.Info(ctx)
	if err != nil {
		return fmt.Errorf("run hub: %w", err)
	}
	h.progress.start(info.Last)
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.stream.Consume(gctx, h.progress.at()+1, h.apply) })
	g.Go(func() error { return h.fan.run(gctx) })
	g.Go(func() error { return h.ward.follow(gctx, h.bad) })
	g.Go(func() error { return h.keepHouse(gctx) })
	err = g.Wait()
	h.progress.end(cure.Errorf(cure.Unavailable, "hub has stopped"))
	if ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err())) {
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
