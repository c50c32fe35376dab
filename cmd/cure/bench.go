package main

import (
	"github.com/opencure/cure/bench"
)

type benchCmd struct {
	Log benchLogCmd `cmd:"" help:"Durable log: batches with an fsync before each acknowledgement."`
}

type benchLogCmd struct {
	N   int    `short:"n" default:"1000000" help:"Observations."`
	Dir string `default:"." type:"existingdir" help:"Folder on the disk to measure."`
}

// Run measures the log.
func (c *benchLogCmd) Run(e *env) error { return bench.Log(e.ctx, bench.Report{W: e.out}, c.Dir, c.N) }
