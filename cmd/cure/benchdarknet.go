package main

import "github.com/opencure/cure/bench"

type benchDarknetCmd struct {
	Flood  benchFloodCmd  `cmd:"" help:"A day of forged senders: builder and engines, memory, what is only counted."`
	Window benchWindowCmd `cmd:"" help:"Windows of ten minutes of a /16: all engines."`
}

type benchFloodCmd struct {
	Sources int     `default:"70000000" help:"Forged senders in a day."`
	Hours   int     `default:"24" help:"Hours of that day to measure."`
	Scan    bool    `help:"They scan instead of answering: worse, as every one could be a scanner."`
	Scale   float64 `default:"1" help:"Of the background; 1 is some 12,000 sources a day."`
	Seed    uint64  `default:"42" help:"Of the generated input."`
}

// Run measures a flood.
func (c *benchFloodCmd) Run(e *env) error {
	return bench.DarknetFlood(e.ctx, e.report(), bench.DarknetOptions{Seed: c.Seed, Sources: c.Sources, Hours: c.Hours, Scan: c.Scan, Scale: c.Scale})
}

type benchWindowCmd struct {
	Scale   float64 `default:"500" help:"Of the background; 1 is some 12,000 sources a day."`
	Windows int     `default:"6" help:"How many."`
	Seed    uint64  `default:"42" help:"Of the generated input."`
}

// Run measures windows.
func (c *benchWindowCmd) Run(e *env) error {
	return bench.DarknetWindow(e.ctx, e.report(), bench.DarknetOptions{Seed: c.Seed, Scale: c.Scale, Windows: c.Windows})
}
