package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/analyse/vuln"
	"github.com/opencure/cure/internal/publish/advisory"
	"github.com/opencure/cure/internal/text"
)

// vulnInput is where a command takes descriptions from.
type vulnInput struct {
	Text  []string `arg:"" optional:"" help:"The description; '-' or nothing reads the standard input."`
	File  []string `short:"f" placeholder:"FILE" help:"Records in any form that 'cure vuln import' reads, or a plain text."`
	Lines bool     `help:"Each line of the standard input is a text or a JSON record."`
}

type vulnClassifyCmd struct {
	vulnModel
	vulnInput
}

// Help teaches by example.
func (vulnClassifyCmd) Help() string {
	return `Estimates weakness (CWE) and severity (CVSS v3.1) from the description. What comes
out is an estimate by the model that is named, never an official label. 'cannot
tell' is an answer. --json prints one object a text.

  cure vuln classify "Heap buffer overflow in the PNG decoder"
  cure vuln classify -f CVE-2024-12345.json
  zcat texts.gz | cure vuln classify --lines --json`
}

// Run classifies.
func (c *vulnClassifyCmd) Run(e *env) error {
	m, err := c.open()
	if err != nil {
		return err
	}
	est := m.Estimator()
	return c.each(e, func(id, desc string, official *advisory.Record) error {
		return e.printEstimate(id, est.Estimate(desc), official, c.Lines)
	})
}

type vulnExplainCmd struct {
	vulnModel
	vulnInput
}

// Help teaches by example.
func (vulnExplainCmd) Help() string {
	return `Estimates as classify does and says why: the words that decided between the two
likeliest labels (in [brackets], stronger ones doubled), the words behind each CVSS
metric, and known CVEs that read alike.

  cure vuln explain "SQL injection in the search form of Sample Shop 1.2"`
}

// Run explains.
func (c *vulnExplainCmd) Run(e *env) error {
	m, err := c.open()
	if err != nil {
		return err
	}
	est := m.Estimator()
	return c.each(e, func(id, desc string, official *advisory.Record) error {
		a := est.Explain(id, desc)
		if err := e.printEstimate(id, a, official, false); err != nil || e.flags.JSON {
			return err
		}
		e.printReasons(desc, &a)
		return nil
	})
}

// each calls take with each description.
func (c *vulnInput) each(e *env, take func(id, desc string, official *advisory.Record) error) error {
	for _, name := range c.File {
		if err := eachOfFile(e, name, take); err != nil {
			return err
		}
	}
	switch {
	case len(c.File) > 0 && len(c.Text) == 0:
		return nil
	case len(c.Text) > 0 && !(len(c.Text) == 1 && c.Text[0] == "-"):
		return take("", strings.Join(c.Text, " "), nil)
	case c.Lines:
		return eachLine(e, e.in, take)
	}
	b, err := io.ReadAll(io.LimitReader(e.in, vuln.MaxText))
	if err != nil {
		return cure.Errorf(cure.Unavailable, "read standard input: %w", err)
	}
	return eachOf(string(b), take)
}

// eachOf takes one input: a JSON record, or a text.
func eachOf(s string, take func(id, desc string, official *advisory.Record) error) error {
	if strings.HasPrefix(strings.TrimSpace(s), "{") {
		var stopped error
		used := 0
		err := advisory.Parse([]byte(s), func(r advisory.Record) {
			used++
			if stopped == nil {
				stopped = takeRecord(&r, take)
			}
		}, func(error) {})
		if err == nil && used > 0 {
			return stopped
		}
	}
	return take("", s, nil)
}

// takeRecord hands a record on; one that stands for no vulnerability has no
// text to estimate from.
func takeRecord(r *advisory.Record, take func(id, desc string, official *advisory.Record) error) error {
	if r.State != advisory.Published {
		return take(r.ID, "", r)
	}
	desc := r.Text
	if desc == "" {
		desc = r.Title
	}
	return take(r.ID, desc, r)
}

// eachLine takes each line of in. What is printed meanwhile goes out in large
// pieces, but never waits while no further line is there: whoever writes line
// by line gets answers line by line.
func eachLine(e *env, in io.Reader, take func(id, desc string, official *advisory.Record) error) (err error) {
	b, w := bufio.NewReaderSize(in, 64<<10), bufio.NewWriterSize(e.out, 64<<10)
	screen := e.out
	e.out = w
	defer func() {
		e.out = screen
		if failed := w.Flush(); err == nil && failed != nil {
			err = cure.Errorf(cure.Unavailable, "write answers: %w", failed)
		}
	}()
	for e.ctx.Err() == nil {
		if there, _ := b.Peek(b.Buffered()); bytes.IndexByte(there, '\n') < 0 {
			_ = w.Flush() // the next write fails as well
		}
		line, err := b.ReadString('\n')
		if s := strings.TrimSpace(line); s != "" {
			if err := eachOf(s, take); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return cure.Errorf(cure.Unavailable, "read standard input: %w", err)
		}
	}
	return e.ctx.Err()
}

func eachOfFile(e *env, name string, take func(id, desc string, official *advisory.Record) error) error {
	if strings.HasSuffix(name, ".txt") {
		b, err := os.ReadFile(name)
		if err != nil {
			return cure.Errorf(cure.NotFound, "read text: %w", err)
		}
		return take("", string(b), nil)
	}
	r := &refusals{e: e}
	defer r.close()
	rd := advisory.Reader{
		Emit:   func(_ string, rec advisory.Record) error { return takeRecord(&rec, take) },
		Refuse: r.note,
	}
	return rd.Read(e.ctx, name)
}

// estimate is what --json prints.
type estimate struct {
	ID       string           `json:"id,omitempty"`
	Official *advisory.Record `json:"official,omitempty"`
	vuln.Answer
}

// printEstimate prints one answer, on one line where many are asked for.
func (e *env) printEstimate(id string, a vuln.Answer, official *advisory.Record, short bool) error {
	if e.flags.JSON {
		return json.NewEncoder(e.out).Encode(estimate{id, official, a})
	}
	if short {
		kind, score := "cannot tell: "+a.Unsure, "-"
		if a.Type != nil {
			kind = fmt.Sprintf("%s %.2f", a.Type.ID, a.Type.Mass)
		}
		if a.CVSS != nil {
			score = fmt.Sprintf("%.1f %s", a.CVSS.Median, a.CVSS.Vector)
		}
		_, err := fmt.Fprintf(e.out, "%s\t%s\t%s\n", text.Printable(id, 64), kind, score)
		return err
	}
	fmt.Fprintf(e.out, "%sestimate by model %s (CWE %s); not an official label\n", heading(id), a.Model, a.CWE)
	if official != nil && official.State != advisory.Published {
		fmt.Fprintf(e.out, "  the record is %s: nothing to estimate\n", official.State)
		return nil
	}
	e.printType(&a)
	e.printSeverity(a.CVSS)
	if official != nil {
		fmt.Fprintf(e.out, "published %s\n", publishedLabels(official))
	}
	return nil
}

func heading(id string) string {
	if id == "" {
		return ""
	}
	return text.Printable(id, 64) + "  "
}

// publishedLabels says in a line what the publishers of a record claim.
func publishedLabels(r *advisory.Record) string {
	var said []string
	if len(r.Weak) > 0 {
		said = append(said, strings.Join(r.Weak, ", ")+" ("+r.Labeller+")")
	}
	if r.CVSS3 != "" {
		said = append(said, r.CVSS3)
	}
	if said == nil {
		return "no label"
	}
	return text.Printable(strings.Join(said, "  "), 0)
}

func (e *env) printType(a *vuln.Answer) {
	if a.Type == nil {
		fmt.Fprintf(e.out, "type      cannot tell: %s\n", a.Unsure)
	} else {
		fmt.Fprintf(e.out, "type      %s %s (%s; mapping: %s), all below it counted\n", a.Type.ID, a.Type.Name, a.Type.Kind, a.Type.Usage)
		for i, n := range a.Path {
			fmt.Fprintf(e.out, "          %s%.2f %s %s\n", strings.Repeat("  ", i), n.Mass, n.ID, n.Name)
		}
		for _, s := range a.Type.Suggest {
			fmt.Fprintf(e.out, "          better, if the text allows: %s\n", s)
		}
	}
	if a.Right != nil {
		fmt.Fprintf(e.out, "          answers at this confidence were right in %.0f of 100 development cases (of %d)\n", 100*a.Right.Right, a.Right.Of)
	}
	for i, n := range a.Top {
		label := "by itself "
		if i > 0 {
			label = "          "
		}
		fmt.Fprintf(e.out, "%s%.2f %s %s\n", label, n.Mass, n.ID, n.Name)
	}
}

func (e *env) printSeverity(s *vuln.Severity) {
	if s == nil {
		return
	}
	fmt.Fprintf(e.out, "severity  %.1f %s, expected %.1f, 80 of 100 between %.1f and %.1f\n", s.Median, s.Band, s.Expected, s.Low, s.High)
	fmt.Fprintf(e.out, "          each metric at its likeliest: %s (%.1f)\n          ", s.Vector, s.Score)
	for _, m := range s.Metrics {
		fmt.Fprintf(e.out, "%s:%s %.2f  ", m.Metric, m.Value, m.P[m.Value])
	}
	fmt.Fprintf(e.out, "\n          %s (%.1f): derived from the v3.1 estimate\n", s.V4, s.V4Score)
}

// printReasons prints the text with the deciding words marked, and the rest of
// the reasons.
func (e *env) printReasons(desc string, a *vuln.Answer) {
	r := a.Reasons
	if r == nil {
		return
	}
	fmt.Fprintf(e.out, "\nwhy %s rather than %s:\n  ", r.For, r.Against)
	at, strongest := 0, 0.0
	for _, w := range r.Words {
		strongest = max(strongest, w.Weight)
	}
	var b strings.Builder
	for _, w := range r.Words {
		open, shut := "[", "]"
		if w.Weight <= 0 {
			continue
		}
		if w.Weight > strongest/2 {
			open, shut = "[[", "]]"
		}
		b.WriteString(desc[at:w.Start] + open + desc[w.Start:w.End] + shut)
		at = w.End
	}
	b.WriteString(desc[at:])
	fmt.Fprintln(e.out, text.Printable(b.String(), 4000))
	for _, m := range a.CVSS.Metrics {
		if len(m.Words) > 0 {
			fmt.Fprintf(e.out, "  %s:%s by %s\n", m.Metric, m.Value, text.Printable(strings.Join(m.Words, ", "), 200))
		}
	}
	for i, s := range r.Similar {
		if i == 0 {
			fmt.Fprintln(e.out, "known CVEs that read alike (evidence, not a vote):")
		}
		fmt.Fprintf(e.out, "  %s  published as %s, alike %.2f\n", s.ID, s.Type, s.Alike)
	}
}
