package similar

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/num/isotonic"
)

// Evaluation says what is measured.
type Evaluation struct {
	Seeds   []uint64 // of crowds
	Size    int      // background of a crowd
	Traces  []string // logs of sensors
	Groups  *Groups  // whose sources they are
	Scale   int      // sources of the crowd that is timed; 0: none
	Weights Weights
	Out     io.Writer // gets the tables, in Markdown
}

// How neighbours vote, and what is asked.
const (
	voters      = 7
	leastGroup  = 4
	recallAsked = 200
	timesAsked  = 2000
)

// crowdUntil is the time at which crowds are looked at.
var crowdUntil = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// ablation is a way of measuring with something left out.
type ablation struct {
	name    string
	without []string
}

var ablations = []ablation{
	{name: "all traits"},
	{"without times", []string{"hours", "slot"}},
	{"without fingerprints", []string{"fingerprint", "tag", "source-port"}},
}

// Run measures and writes the tables.
func (e *Evaluation) Run(ctx context.Context) error {
	samples, err := e.trace(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.Out, "| data | traits | asked | told | weighted F1 | macro F1 | precision@10 |\n|---|---|---|---|---|---|---|\n")
	var tables []Classified
	for _, a := range ablations {
		w := e.Weights.Without(a.without...)
		crowds, both := Classified{}, Classified{}
		for _, seed := range e.Seeds {
			c := e.crowd(seed, w).Classify(voters, leastGroup)
			crowds.Join(&c)
		}
		traces := e.windows(samples, w)
		both.Join(&crowds)
		both.Join(&traces)
		e.row("generated", a.name, &crowds)
		e.row("traces", a.name, &traces)
		e.row("both", a.name, &both)
		if a.without == nil {
			tables = append(tables, both)
		}
	}
	for i := range tables {
		e.groups(&tables[i])
	}
	e.recall(samples)
	if e.Scale > 0 {
		e.time()
	}
	return nil
}

func (e *Evaluation) row(data, traits string, c *Classified) {
	weighted, macro := c.F1()
	fmt.Fprintf(e.Out, "| %s | %s | %d | %d | %.3f | %.3f | %.3f |\n", data, traits, c.Queries, c.Asked, weighted, macro, c.Precision())
}

func (e *Evaluation) groups(c *Classified) {
	fmt.Fprintf(e.Out, "\n| group | members | networks | precision | recall | F1 |\n|---|---|---|---|---|---|\n")
	for _, g := range c.Groups() {
		fmt.Fprintf(e.Out, "| %s | %d | %d | %.3f | %.3f | %.3f |\n", g.Name, g.Members, g.Networks, g.Precision, g.Recall, g.F1)
	}
}

// crowd makes a trial of a generated crowd.
func (e *Evaluation) crowd(seed uint64, w Weights) *Trial {
	t := NewTrial(crowdUntil, w)
	Crowd{Seed: seed, Until: crowdUntil, Size: e.Size}.Each(t.Add)
	t.Settle()
	return t
}

// trace reads the logs.
func (e *Evaluation) trace(ctx context.Context) (all []Sample, err error) {
	if len(e.Traces) == 0 {
		return nil, nil
	}
	err = ReadTrace(ctx, e.Traces, e.Groups, func(s Sample) { all = append(all, s) })
	return all, err
}

// trials looks at a trace at the end of each thirty days.
func (e *Evaluation) trials(samples []Sample, w Weights, visit func(*Trial)) {
	if len(samples) == 0 {
		return
	}
	first, last := samples[0].Record.Observations[0].First, time.Time{}
	for i := range samples {
		at := samples[i].Record.Observations[0].First
		if at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	for until := first.Add(Keep); until.Before(last.Add(Keep)); until = until.Add(Keep) {
		t := NewTrial(until, w)
		for i := range samples {
			if at := samples[i].Record.Observations[0].First; at.Before(until) && !at.Before(until.Add(-Keep)) {
				t.Add(samples[i])
			}
		}
		t.Settle()
		visit(t)
	}
}

func (e *Evaluation) windows(samples []Sample, w Weights) (all Classified) {
	e.trials(samples, w, func(t *Trial) {
		c := t.Classify(voters, leastGroup)
		all.Join(&c)
	})
	return all
}

// recall compares sketches with brute force.
func (e *Evaluation) recall(samples []Sample) {
	fmt.Fprintf(e.Out, "\n| data | sources | asked | recall@10 against brute force |\n|---|---|---|---|\n")
	for _, seed := range e.Seeds {
		t := e.crowd(seed, e.Weights)
		r, asked := t.Recall(recallAsked, 10, seed)
		fmt.Fprintf(e.Out, "| crowd %d | %d | %d | %.3f |\n", seed, len(t.seen), asked, r)
	}
	n := 0
	e.trials(samples, e.Weights, func(t *Trial) {
		n++
		r, asked := t.Recall(recallAsked, 10, 1)
		fmt.Fprintf(e.Out, "| traces, window %d | %d | %d | %.3f |\n", n, len(t.seen), asked, r)
	})
}

// time measures a large crowd.
func (e *Evaluation) time() {
	t := NewTrial(crowdUntil, e.Weights)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	c := Crowd{Seed: e.Seeds[0], Until: crowdUntil, Size: e.Scale}
	records := 0
	c.Each(func(s Sample) {
		records++
		t.ix.Add(s.Source, cure.Marking{}, &s.Record, 0)
	})
	added := time.Since(start)
	start = time.Now()
	t.Settle()
	built := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	held := t.Held()
	for _, x := range t.ix.cells {
		for i := range x.rows {
			if t.seen[x.rows[i].addr] = 1; len(t.seen) == 4*timesAsked {
				break
			}
		}
	}
	times := t.Times(timesAsked, 1)
	fmt.Fprintf(e.Out, "\n%d records of %d addresses (%.1f tokens each): taken in within %.1f s (making them up included), built in %.1f s, %.0f MB held; %d questions: median %.2f ms, p99 %.2f ms, longest %.2f ms.\n",
		records, held.Addresses, float64(held.Tokens)/float64(held.Addresses), added.Seconds(), built.Seconds(),
		float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), len(times), ms(times[len(times)/2]), ms(times[len(times)*99/100]), ms(times[len(times)-1]))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// leastStep is how many pairs a step of the calibration rests on.
const leastStep = 200

// Calibrate fits the score to the labelled pairs and returns the file.
func (e *Evaluation) Calibrate(ctx context.Context, what string) ([]byte, error) {
	samples, err := e.trace(ctx)
	if err != nil {
		return nil, err
	}
	var points []isotonic.Point
	for _, seed := range e.Seeds {
		points = e.crowd(seed, e.Weights).Pairs(points)
	}
	e.trials(samples, e.Weights, func(t *Trial) { points = t.Pairs(points) })
	c := Calibration{Fitted: what, Pairs: len(points), Steps: isotonic.Fit(points, leastStep)}
	for i := range c.Steps {
		c.Steps[i].From = math.Round(c.Steps[i].From*1e4) / 1e4
		c.Steps[i].Value = math.Round(c.Steps[i].Value*1e4) / 1e4
	}
	text, err := json.MarshalIndent(c, "", "  ")
	return append(text, '\n'), err
}
