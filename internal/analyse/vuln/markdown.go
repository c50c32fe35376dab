package vuln

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Markdown writes the tables of an evaluation.
func (o *Outcome) Markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Part %s. Rates in percent; [low-high] holds the rate in 95 of 100 bootstrap samples.\n", o.Part)
	for i := range o.Reports {
		o.Reports[i].markdown(&b)
	}
	if a := o.Audit; a != nil {
		fmt.Fprintf(&b, "\n### Doubts about published labels (gold records, not in training)\n\n")
		fmt.Fprintf(&b, "| | |\n|---|---:|\n| records with a published label | %d |\n| label changed by the experts: precision by chance | %.1f |\n", a.N, a.Changed)
		fmt.Fprintf(&b, "| precision of the 100 strongest doubts | %s |\n| precision of all %d doubts | %.1f |\n| share of the changed labels that is doubted | %.1f |\n", a.At100, a.Doubted, a.Precision, a.Recall)
		fmt.Fprintf(&b, "| published label = experts' label | %.1f |\n| model = experts' label, top-1 / top-3, all gold records | %.1f / %.1f |\n", a.Published, a.GoldTop1, a.GoldTop3)
	}
	b.WriteString("\nSHA-256 of the files:\n\n")
	var names []string
	for name := range o.Sums {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "    %s  %s\n", o.Sums[name], name)
	}
	return b.Bytes()
}

// String writes value and interval.
func (r Rate) String() string { return fmt.Sprintf("%.1f [%.1f-%.1f]", r.Value, r.Low, r.High) }

func (r *Report) markdown(b *bytes.Buffer) {
	fmt.Fprintf(b, "\n## Split by %s\n\nTrained on %d records, calibrated on %d, measured on %d (%d with a weakness). ", r.Split, r.Train, r.Held, r.Test, r.Labelled)
	fmt.Fprintf(b, "Ids shared with training: %d, taken out. Masked text also in training: %.1f %%. Model %s, %d bytes.\n", r.Shared, r.Twins, r.Model, r.Bytes)
	typeTables(b, "Type", r.Types)
	if r.Neural != nil {
		typeTables(b, "Type, neural contender", r.Neural)
	}
	backOffs(b, "all records", r.BackOffs)
	backOffs(b, "records whose label the model knows", r.BackOffsKnown)
	r.Severity.markdown(b, "Severity (CVSS v3)")
	if r.NeuralSeverity != nil {
		r.NeuralSeverity.markdown(b, "Severity, neural contender")
	}
	fmt.Fprintf(b, "\nLabels of the sets:\n\n")
	for _, t := range r.Types {
		var names []string
		for _, id := range t.Labels {
			names = append(names, fmt.Sprint(int(id)))
		}
		fmt.Fprintf(b, "- %s: %s\n", t.Name, strings.Join(names, " "))
	}
}

func typeTables(b *bytes.Buffer, title string, tables []TypeTable) {
	fmt.Fprintf(b, "\n### %s\n\n| label set | labels | n | top-1 | twins removed | top-3 | macro-F1 | coverage at 90 / 95 | ECE | depth 3 / 4 / 5 | majority |\n", title)
	b.WriteString("|---|---:|---:|---|---|---:|---:|---|---:|---|---:|\n")
	for _, t := range tables {
		var deep []string
		for _, d := range t.AtDepth {
			deep = append(deep, fmt.Sprintf("%.1f", d.Right))
		}
		fmt.Fprintf(b, "| %s | %d | %d | %s | %s, n %d | %.1f | %.1f | %.1f / %.1f | %.3f | %s | %.1f |\n",
			t.Name, len(t.Labels), t.N, t.Top1, t.Fresh, t.FreshN, t.Top3, t.MacroF1, t.Cover90, t.Cover95, t.ECE, strings.Join(deep, " / "), t.Majority)
	}
}

func backOffs(b *bytes.Buffer, title string, all []BackOff) {
	fmt.Fprintf(b, "\n### Tree back-off, %s\n\n| theta | n | right of those answered | cannot tell | mean depth | answered with a label |\n|---:|---:|---|---:|---:|---:|\n", title)
	for _, o := range all {
		fmt.Fprintf(b, "| %.2f | %d | %s | %.1f | %.2f | %.1f |\n", o.Theta, o.N, o.Right, o.Silent, o.Depth, o.Full)
	}
}

func (t *ScoreTable) markdown(b *bytes.Buffer, title string) {
	fmt.Fprintf(b, "\n### %s\n\n| n | ", title)
	for _, m := range metrics {
		b.WriteString(m.name + " | ")
	}
	b.WriteString("exact vector | MAE argmax / expected / median / constant | within 1.0 | band | in the interval, width |\n|---:|" + strings.Repeat("---:|", len(metrics)) + "---|---|---:|---:|---|\n")
	fmt.Fprintf(b, "| %d | ", t.N)
	for _, v := range t.Metric {
		fmt.Fprintf(b, "%.1f | ", v)
	}
	fmt.Fprintf(b, "%s | %.3f / %.3f / %.3f / %.2f | %.1f | %.1f | %.1f, %.2f |\n| majority | ", t.Exact, t.Argmax, t.Expected, t.Median, t.Constant, t.Within1, t.Band, t.Inside, t.Width)
	for _, v := range t.Majority {
		fmt.Fprintf(b, "%.1f | ", v)
	}
	b.WriteString("| | | | |\n")
}
