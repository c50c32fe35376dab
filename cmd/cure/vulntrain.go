package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/analyse/vuln"
)

// vulnSettings changes how a model is trained.
type vulnSettings struct {
	Set string `placeholder:"JSON" help:"Settings that differ from the defaults, as 'cure vuln card --json' shows them."`
}

func (f vulnSettings) settings() (vuln.Settings, error) {
	s := vuln.DefaultSettings()
	if f.Set == "" {
		return s, nil
	}
	d := json.NewDecoder(strings.NewReader(f.Set))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, cure.Errorf(cure.Invalid, "read --set: %w", err)
	}
	return s, s.Check()
}

type vulnTrainCmd struct {
	vulnSettings
	Records []string `arg:"" type:"path" help:"Files or folders of records with labels."`
	Held    []string `type:"path" placeholder:"FILE" help:"Records to calibrate on; without, one in twelve is held back."`
	Tree    string   `required:"" type:"path" placeholder:"FILE" help:"CWE tree, JSON (docs/vulnerabilities.md)."`
	Out     string   `short:"o" required:"" type:"path" placeholder:"FILE" help:"Model to write."`
}

// Help teaches by example.
func (vulnTrainCmd) Help() string {
	return `Makes a model from records whose labels are known. The same records and settings
give the same file. Use it with --model, or configure it as vuln.model.

  cure vuln train known.jsonl.zst --tree cwe_tree.json -o my.cvm`
}

// Run trains.
func (c *vulnTrainCmd) Run(e *env) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	tree, err := vuln.OpenTree(c.Tree)
	if err != nil {
		return err
	}
	train, err := e.load(e.ctx, c.Records)
	if err != nil {
		return err
	}
	held, err := e.load(e.ctx, c.Held)
	if err != nil {
		return err
	}
	m, err := vuln.Train(e.ctx, tree, train.Records, held.Records, s)
	if err != nil {
		return err
	}
	m.Data = train.Sums
	for name, sum := range held.Sums {
		m.Data[name] = sum
	}
	b, err := m.Encode()
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Out, b, 0o644); err != nil {
		return cure.Errorf(cure.Unavailable, "write model: %w", err)
	}
	return e.done(m.Card, "model %s: %d labels, %d texts, %d bytes in %s", m.Version, len(m.Labels()), m.Texts, len(b), c.Out)
}

type vulnEvalCmd struct {
	vulnSettings
	Dir   string `arg:"" type:"path" help:"Folder with train, dev, test (.jsonl or .jsonl.zst) and cwe_tree.json; or the JSON of an earlier run, to print its tables."`
	Part  string `enum:"dev,test" default:"dev" help:"Part to measure on. Tune on dev; each run on test belongs into eval/TEST_RUNS.md."`
	Split string `enum:"time,random,both" default:"both" help:"How train and test are divided."`
	Rival bool   `help:"Train and measure the neural contender too."`
	Gold  bool   `help:"Measure doubts on the gold records too."`
}

// Help teaches by example.
func (vulnEvalCmd) Help() string {
	return `Trains, measures and prints the tables of eval/vuln as Markdown, or everything as
JSON. The test part is not looked at unless asked for.

  cure vuln eval data/vulnerabilities --split time
  cure vuln eval data/vulnerabilities --part test --rival --gold --json > test.json
  cure vuln eval test.json > tables.md`
}

// Run evaluates.
func (c *vulnEvalCmd) Run(e *env) error {
	if strings.HasSuffix(c.Dir, ".json") {
		return c.tables(e)
	}
	s, err := c.settings()
	if err != nil {
		return err
	}
	r := &refusals{e: e}
	d, err := vuln.LoadDataset(e.ctx, c.Dir, r.note)
	r.close()
	if err != nil {
		return err
	}
	b := vuln.Benchmark{
		Part: c.Part, Split: c.Split, Rival: c.Rival, Gold: c.Gold,
		Report: func(step string) { fmt.Fprintln(e.err, "cure:", step) },
	}
	o, err := b.Run(e.ctx, d, s)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(o)
	}
	_, err = e.out.Write(o.Markdown())
	return err
}

// tables prints the tables of an earlier run.
func (c *vulnEvalCmd) tables(e *env) error {
	b, err := os.ReadFile(c.Dir)
	if err != nil {
		return cure.Errorf(cure.NotFound, "read results: %w", err)
	}
	var o vuln.Outcome
	if err := json.Unmarshal(b, &o); err != nil {
		return cure.Errorf(cure.Invalid, "read results %s: %w", c.Dir, err)
	}
	_, err = e.out.Write(o.Markdown())
	return err
}
