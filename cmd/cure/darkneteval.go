package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/opencure/cure/internal/analyse/darknet"
	"github.com/opencure/cure/internal/analyse/darknet/gen"
	"github.com/opencure/cure/internal/analyse/darknet/trial"
)

type darknetEvalCmd struct {
	Part    string   `enum:"dev,test" default:"dev" help:"Set to measure on. Tune on dev; each run on test belongs into eval/TEST_RUNS.md."`
	Seed    uint64   `help:"Another world than that of the set; 0: the set's own seed."`
	Days    int      `help:"Days; 0: those of the set."`
	Scale   float64  `help:"Of the background; 1 is some 12,000 sources and 150,000 packets a day. 0: the set's."`
	Engines []string `help:"Only these of the table, by name." placeholder:"NAME"`
	Into    []string `type:"path" placeholder:"FILE" help:"Real traffic to put campaigns into, instead of a made-up world."`
}

// Help says what is measured.
func (darknetEvalCmd) Help() string {
	return `Makes a world with labelled campaigns, runs each engine of the table and all of the
hub together over it, and prints what they found, how soon, and what else they said,
as Markdown. With --into the campaigns are put between the packets of real captures
or logs, spread over their time.

  cure darknet eval
  cure darknet eval --engines portsync,fingerprint,zscore --days 5
  cure darknet eval --into dark.csv.gz`
}

// Run measures.
func (c *darknetEvalCmd) Run(e *env) error {
	cfg := gen.Dev
	if c.Part == "test" {
		cfg = gen.Test
	}
	if c.Seed != 0 {
		cfg.Seed = c.Seed
	}
	if c.Days != 0 {
		cfg.Campaigns = max(cfg.Campaigns*c.Days/cfg.Days, 1)
		cfg.Days = c.Days
	}
	if c.Scale != 0 {
		cfg.Scale = c.Scale
	}
	if err := cfg.Check(); err != nil {
		return err
	}
	list, err := trial.Contenders(c.Engines, darknetSeed)
	if err != nil {
		return err
	}
	begin := e.now()
	run := trial.New(list, e.now)
	var truths []*darknet.Truth
	if len(c.Into) > 0 {
		truths, err = run.Inject(e.ctx, c.Into, cfg)
	} else {
		truths, err = run.World(e.ctx, gen.New(cfg))
	}
	if err != nil {
		return err
	}
	results := run.Results(truths)
	if e.flags.JSON {
		return e.printJSON(results)
	}
	c.print(e, run, cfg, results, e.now().Sub(begin))
	return nil
}

func (c *darknetEvalCmd) print(e *env, run *trial.Run, cfg gen.Config, results []darknet.Result, took time.Duration) {
	what := fmt.Sprintf("Set %s, seed %d, %d days, %d campaigns, scale %g (synthetic).", c.Part, cfg.Seed, cfg.Days, cfg.Campaigns, cfg.Scale)
	if len(c.Into) > 0 {
		var names []string
		for _, p := range c.Into {
			names = append(names, p[strings.LastIndexByte(p, '/')+1:])
		}
		what = fmt.Sprintf("Campaigns of seed %d put into %s, %s to %s.", cfg.Seed, strings.Join(names, ", "), run.From.Format(time.DateOnly), run.To.Format(time.DateOnly))
	}
	late, strange := run.Late()
	windows := int(run.To.Sub(run.From)/(10*time.Minute)) + 1
	fmt.Fprintf(e.out, "%s %d packets, %d late, %d with a clock that was not believed; %d windows of ten minutes. Run in %s on %d CPUs%s.\n\n",
		what, run.Sights, late, strange, windows, took.Round(time.Second), runtime.NumCPU(), loadNow())
	trial.WriteTable(e.out, results, windows)
	trial.WriteMisses(e.out, &results[len(results)-1])
}

// loadNow says how busy the machine is, where that can be known: times that
// were measured beside others are no speeds.
func loadNow() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(b), " ")
	return " with a load of " + first
}
