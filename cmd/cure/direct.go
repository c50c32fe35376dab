package main

import (
	"context"
	"fmt"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/ops"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/wire"
)

// sink is where a publisher of this command sends: the hub, or, with direct,
// the log cluster of the configuration, and only the rest to the hub.
func (e *env) sink(cl *client.Client, direct bool) (publish.Sink, func(), error) {
	r := &remote{c: cl}
	if !direct {
		return r, r.Close, nil
	}
	cfg, err := e.config()
	if err != nil {
		return nil, nil, err
	}
	if cfg.Log.Mode != "cluster" {
		return nil, nil, cure.Errorf(cure.Invalid, "--direct needs log.mode cluster and log.url in the configuration of this machine")
	}
	logger, err := ops.NewLogger(e.err, cfg.Logging.Level, cfg.Logging.Format)
	if err != nil {
		return nil, nil, err
	}
	base, err := log.OpenCluster(e.ctx, clusterOf(cfg.Log), logger)
	if err != nil {
		return nil, nil, err
	}
	return &directSink{remote: r, log: base.Appender()}, func() {
		r.Close()
		_ = base.Close()
	}, nil
}

// directSink sends batches straight to the log. The hub still opens the source
// and says where to go on; it checks each batch when it applies it, as it does
// any. Nobody sees that two publishers have the same source open: give the
// source's user of the cluster to one machine.
type directSink struct {
	*remote
	log log.Appender
}

// Send implements publish.Sink. The id is the hub's own, so that a batch sent
// both ways is kept once.
func (d *directSink) Send(ctx context.Context, src cure.Source, _ string, payload []byte, done func(uint64, error)) error {
	head, _, err := wire.ReadHeader(payload)
	if err != nil {
		return err
	}
	id := fmt.Sprintf("%s:%x:%d", src, head.Epoch, head.Seq)
	return d.log.AppendAsync(ctx, src.Subject(), id, payload, done)
}
