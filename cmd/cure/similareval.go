package main

import (
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/enrich/similar"
)

type similarEvalCmd struct {
	Data      string `arg:"" optional:"" type:"path" help:"Folder of scanner-groups.csv.gz and logs of sensors; without it only generated groups are measured."`
	Part      string `enum:"dev,test" default:"dev" help:"Which part: dev for choosing, test once."`
	Size      int    `default:"15000" help:"Sources of the background in each generated crowd."`
	Scale     int    `help:"Measure time and memory with so many sources too." placeholder:"N"`
	Calibrate string `type:"path" help:"Fit the score on the dev part and write it here, instead." placeholder:"FILE"`
}

// Help says what is measured.
func (similarEvalCmd) Help() string {
	return `Measures whether neighbours are of one group: each labelled address is told by its
seven nearest, without its own network; then how many of the nearest the sketches
find, and with --scale time and memory. Generated groups are SYNTHETIC. A run of the
test part is a line in eval/TEST_RUNS.md.

  cure similar eval
  cure similar eval ../shared/data/darknet --scale 1000000`
}

// parts of the evaluation: logs and seeds that were looked at while choosing,
// and those that were not.
var similarParts = map[string]struct {
	trace string
	seeds []uint64
}{
	"dev":  {"aws-honeypots-2013.csv.gz", []uint64{1, 2, 3}},
	"test": {"tpot-honeypots-2025.csv.gz", []uint64{101, 102, 103}},
}

// Run measures.
func (c *similarEvalCmd) Run(e *env) error {
	p := similarParts[c.Part]
	ev := similar.Evaluation{Seeds: p.seeds, Size: c.Size, Scale: c.Scale, Weights: similar.DefaultWeights(), Out: e.out}
	what := fmt.Sprintf("generated crowds %v with %d strangers each", p.seeds, c.Size)
	if c.Data != "" {
		f, err := os.Open(filepath.Join(c.Data, "scanner-groups.csv.gz"))
		if err != nil {
			return cure.Errorf(cure.NotFound, "open list of scanners: %w", err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return cure.Errorf(cure.Invalid, "open list of scanners: %w", err)
		}
		if ev.Groups, err = similar.ReadGroups(z); err != nil {
			return err
		}
		ev.Traces = []string{filepath.Join(c.Data, p.trace)}
		what += " and the networks of scanners in " + p.trace
	}
	if c.Calibrate == "" {
		return ev.Run(e.ctx)
	}
	text, err := ev.Calibrate(e.ctx, what)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Calibrate, text, 0o644); err != nil {
		return cure.Errorf(cure.Unavailable, "write calibration: %w", err)
	}
	return nil
}
