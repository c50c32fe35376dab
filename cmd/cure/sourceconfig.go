package main

import (
	"context"
	"time"

	"github.com/opencure/cure/internal/config"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/mean"
)

// configure takes over what the configuration says of a source, whoever
// publishes it: the command or the hub.
func configure(ctx context.Context, cfg *publish.Config, conf *config.Config) (err error) {
	s := conf.Sources[cfg.Source]
	if s.Zone != "" {
		if cfg.Zone, err = time.LoadLocation(s.Zone); err != nil {
			return err
		}
	}
	if s.Keywords != "" && cfg.Keywords == nil {
		if cfg.Keywords, err = mean.ReadKeywords(ctx, s.Keywords); err != nil {
			return err
		}
	}
	if s.Blocklist != "" && cfg.Block == nil {
		if cfg.Block, err = blockFile(s.Blocklist); err != nil {
			return err
		}
	}
	cfg.PDF, cfg.MaxRecord, cfg.Enabled = textOfPDF, int(conf.Limits.Line), s.Enabled
	cfg.Flood = publish.Flood{Packets: s.Packets, Gap: time.Duration(s.Gap)}
	if s.Fields != (config.Fields{}) {
		paths := publish.Paths(s.Fields)
		cfg.Paths = &paths
	}
	return nil
}
