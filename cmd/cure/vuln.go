package main

import (
	"context"
	"fmt"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/analyse/vuln"
	"github.com/opencure/cure/internal/text"
)

type vulnCmd struct {
	Classify vulnClassifyCmd `cmd:"" help:"Estimate weakness and severity of descriptions."`
	Explain  vulnExplainCmd  `cmd:"" help:"The same with reasons: deciding words, known CVEs that read alike."`
	Import   vulnImportCmd   `cmd:"" help:"Bring records of NVD, CVE, OSV and JVN into one form."`
	Affects  vulnAffectsCmd  `cmd:"" help:"Which own assets are affected."`
	Assets   vulnAssetsCmd   `cmd:"" help:"Inventories of own assets."`
	Trend    vulnTrendCmd    `cmd:"" help:"How many CVEs of each type were published over time."`
	Audit    vulnAuditCmd    `cmd:"" help:"List published labels that the model doubts."`
	Train    vulnTrainCmd    `cmd:"" help:"Make a model from records with labels."`
	Eval     vulnEvalCmd     `cmd:"" help:"Train and measure by the protocol; print the tables."`
	Card     vulnCardCmd     `cmd:"" help:"What the model is made of, and how good it is."`
}

// vulnModel is which model a command works with.
type vulnModel struct {
	Model string `placeholder:"FILE" help:"Model to use instead of the embedded one."`
}

// open opens the model.
func (f vulnModel) open() (*vuln.Model, error) {
	if f.Model == modelOff {
		return nil, cure.Errorf(cure.Invalid, "no model is called %q", modelOff)
	}
	return openModel(f.Model)
}

// modelOff in the configuration means that nothing is estimated.
const modelOff = "off"

// openModel opens the model of a file, for "" the embedded one, for off none.
func openModel(name string) (*vuln.Model, error) {
	switch name {
	case modelOff:
		return nil, nil
	case "":
		return vuln.Default()
	}
	return vuln.Open(name)
}

// refusals counts what could not be read, and shows the first of them.
type refusals struct {
	e *env
	n int
}

const shownRefusals = 20

func (r *refusals) note(place string, err error) {
	if r.n++; r.n <= shownRefusals {
		fmt.Fprintf(r.e.err, "cure: %s: %s\n", text.Printable(place, 200), text.Printable(err.Error(), 300))
	}
}

// close says how many there were.
func (r *refusals) close() {
	if r.n > shownRefusals {
		fmt.Fprintf(r.e.err, "cure: %d more records could not be read\n", r.n-shownRefusals)
	}
}

// load reads records of files and folders.
func (e *env) load(ctx context.Context, paths []string) (vuln.Corpus, error) {
	r := &refusals{e: e}
	defer r.close()
	return vuln.Load(ctx, paths, r.note)
}

type vulnCardCmd struct {
	vulnModel
}

// Help teaches by example.
func (vulnCardCmd) Help() string {
	return `Version, training data, settings, notice of whose texts they were, and how often
answers of each confidence were right on texts held back from training.

  cure vuln card
  cure vuln card --model new.cvm --json`
}

// Run prints the card.
func (c *vulnCardCmd) Run(e *env) error {
	m, err := c.open()
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(m.Card)
	}
	fmt.Fprintf(e.out, "model %s, CWE %s, %d labels\n", m.Version, m.CWE, len(m.Labels()))
	fmt.Fprintf(e.out, "trained on %d texts up to %s (%d with CVSS v3), calibrated on %d others\n", m.Texts, m.Newest, m.Scored, m.Held)
	fmt.Fprintf(e.out, "%s\n\n", m.Notice)
	t := newGrid("sure", "#answers", "#right of 100")
	for _, b := range m.Passed {
		if b.N > 0 {
			t.add(fmt.Sprintf("%.2f to %.2f", b.Low, b.High), b.N, fmt.Sprintf("%.1f", 100*b.Right))
		}
	}
	t.print(e.out)
	fmt.Fprintln(e.out)
	t = newGrid("#surest share of 100", "#right of 100", "probability")
	for _, p := range m.Coverage {
		t.add(fmt.Sprintf("%.0f", 100*p.Share), fmt.Sprintf("%.1f", 100*p.Accuracy), fmt.Sprintf("%.2f", p.Threshold))
	}
	t.print(e.out)
	return nil
}
