package main

import (
	"github.com/opencure/cure/bench"
)

type benchCmd struct {
	All      benchAllCmd      `cmd:"" help:"Everything below, small first, as one report."`
	Empty    benchEmptyCmd    `cmd:"" help:"Empty hub: start to first answer, memory."`
	Log      benchLogCmd      `cmd:"" help:"Durable log: batches with an fsync before each acknowledgement."`
	Latency  benchLatencyCmd  `cmd:"" help:"From acknowledged to searchable, at a steady rate."`
	HTTP     benchHTTPCmd     `cmd:"" name:"http" help:"Look-ups from another process."`
	Pipeline benchPipelineCmd `cmd:"" help:"A cowrie log from its file to searchable."`
	Streams  benchStreamsCmd  `cmd:"" help:"Many who follow records at once."`
	Alerts   benchAlertsCmd   `cmd:"" help:"A storm of alerts, from the sensor's file to the answer."`
	Darknet  benchDarknetCmd  `cmd:"" help:"Darknet engines: a flood of forged senders, full windows."`
	Store    benchStoreCmd    `cmd:"" help:"In-memory store: ingest, memory, stalls, questions, snapshot, restore."`
}

// Help says what to expect.
func (benchCmd) Help() string {
	return `Measures this machine with generated input and everything on; bench/README.md says
how each figure is taken. Temporary folders are made in --dir and removed.`
}

// AfterApply refuses systems that cannot be measured.
func (benchCmd) AfterApply() error { return bench.Supported() }

// benchInput is what most measurements take.
type benchInput struct {
	Dir  string `default:"." type:"existingdir" help:"Folder on the disk to measure."`
	Seed uint64 `default:"42" help:"Of the generated input."`
}

func (e *env) report() bench.Report { return bench.Report{W: e.out} }

type benchAllCmd struct {
	benchInput
	Max int `default:"10000000" help:"Observations of the largest measurement; 50000000 needs about 6 GB of memory."`
}

// Run measures everything.
func (c *benchAllCmd) Run(e *env) error {
	return bench.All(e.ctx, e.report(), bench.AllOptions{Dir: c.Dir, Max: c.Max, Seed: c.Seed})
}

type benchEmptyCmd struct {
	Dir string `default:"." type:"existingdir" help:"Folder on the disk to measure."`
}

// Run measures an empty hub.
func (c *benchEmptyCmd) Run(e *env) error { return bench.Empty(e.ctx, e.report(), c.Dir) }

type benchLogCmd struct {
	benchInput
	N int `short:"n" default:"1000000" help:"Observations."`
}

// Run measures the log.
func (c *benchLogCmd) Run(e *env) error { return bench.Log(e.ctx, e.report(), c.Dir, c.N, c.Seed) }

type benchLatencyCmd struct {
	benchInput
	Rate    int `default:"50000" help:"Observations a second."`
	Seconds int `default:"20" help:"How long."`
}

// Run measures from acknowledged to searchable.
func (c *benchLatencyCmd) Run(e *env) error {
	return bench.Latency(e.ctx, e.report(), c.Dir, c.Rate, c.Seconds, c.Seed)
}

type benchHTTPCmd struct {
	benchInput
	N int `short:"n" default:"1000000" help:"Observations."`
}

// Run measures look-ups over HTTP.
func (c *benchHTTPCmd) Run(e *env) error { return bench.HTTP(e.ctx, e.report(), c.Dir, c.N, c.Seed) }

type benchPipelineCmd struct {
	benchInput
	Sessions int `default:"300000" help:"Sessions, about six lines each."`
}

// Run measures from the file to searchable.
func (c *benchPipelineCmd) Run(e *env) error {
	return bench.Pipeline(e.ctx, e.report(), c.Dir, c.Sessions, c.Seed)
}

type benchStoreCmd struct {
	benchInput
	N int `short:"n" default:"10000000" help:"Observations before the first question."`
}

// Run measures the store.
func (c *benchStoreCmd) Run(e *env) error {
	return bench.Store(e.ctx, e.report(), bench.StoreOptions{N: c.N, Dir: c.Dir, Seed: c.Seed})
}

type benchStreamsCmd struct {
	Dir         string `default:"." type:"existingdir" help:"Folder on the disk to measure."`
	Subscribers int    `default:"1000" help:"Connections that follow."`
	Rate        int    `default:"2000" help:"Records a second."`
	Seconds     int    `default:"10" help:"How long."`
}

// Run measures streams.
func (c *benchStreamsCmd) Run(e *env) error {
	return bench.Streams(e.ctx, e.report(), bench.StreamsOptions{
		Dir: c.Dir, Subscribers: c.Subscribers, Rate: c.Rate, Seconds: c.Seconds,
	})
}

type benchAlertsCmd struct {
	benchInput
	Rate    int `default:"10000" help:"Alerts a second."`
	Seconds int `default:"600" help:"How long."`
}

// Run measures a storm of alerts.
func (c *benchAlertsCmd) Run(e *env) error {
	return bench.Alerts(e.ctx, e.report(), bench.AlertsOptions{Dir: c.Dir, Rate: c.Rate, Seconds: c.Seconds, Seed: c.Seed})
}
