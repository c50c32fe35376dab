package main

import (
	"fmt"

	"github.com/opencure/cure/internal/analyse/vuln"
	"github.com/opencure/cure/internal/publish/advisory"
	"github.com/opencure/cure/internal/text"
)

type vulnAuditCmd struct {
	vulnModel
	Records []string `arg:"" type:"path" help:"Files or folders of records with labels."`
	Limit   int      `short:"n" default:"50" help:"Doubts at most, strongest first."`
	Least   float64  `default:"0.3" help:"Doubts weaker than this are left out (0 to 1)."`
}

// Help teaches by example.
func (vulnAuditCmd) Help() string {
	return `Lists published labels that the model doubts, strongest first, with the reason. A
doubt is a hint to look again, not a verdict. Records the model was trained on are
marked: doubts of them are rarer.

  cure vuln audit nvdcve-2.0-recent.json.gz
  cure vuln audit known.jsonl.zst -n 1000 --json`
}

// Run audits.
func (c *vulnAuditCmd) Run(e *env) error {
	m, err := c.open()
	if err != nil {
		return err
	}
	est := m.Estimator()
	var all []vuln.Suspect
	looked := 0
	refused := &refusals{e: e}
	rd := advisory.Reader{Refuse: refused.note, Emit: func(_ string, r advisory.Record) error {
		looked++
		if s, ok := est.Doubt(&r); ok && s.Doubt >= c.Least {
			all = append(all, s)
		}
		return nil
	}}
	for _, path := range c.Records {
		if err := rd.Read(e.ctx, path); err != nil {
			return err
		}
	}
	refused.close()
	vuln.SortSuspects(all)
	found := len(all)
	all = all[:min(found, max(c.Limit, 0))]
	if e.flags.JSON {
		return e.printJSON(all)
	}
	if found == 0 {
		fmt.Fprintf(e.err, "no doubts about %d records\n", looked)
		return errNone
	}
	for _, s := range all {
		known := ""
		if s.Known {
			known = ", in training"
		}
		fmt.Fprintf(e.out, "%s  %v (%s%s) -> %s  doubt %.2f\n  %s\n", text.Printable(s.ID, 64), s.Published, text.Printable(s.Labeller, 20), known, s.Instead, s.Doubt, text.Printable(s.Why, 500))
	}
	fmt.Fprintf(e.err, "%d of %d records doubted, %d shown\n", found, looked, len(all))
	return nil
}
