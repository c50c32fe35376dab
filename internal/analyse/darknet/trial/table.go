package trial

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure/internal/analyse/darknet"
)

// WriteTable writes results as Markdown.
func WriteTable(w io.Writer, all []darknet.Result, windows int) {
	fmt.Fprintln(w, "| engine | found, >= 100 prefixes | 30–99 | < 30 | groups that are malicious, outside of benign ones | groups a day | benign / nuisance / false groups | median delay in step, windows | median delay growth, h (prefixes infected by then) | host F1, median | CPU a window, mean / slowest |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|---|---|")
	for _, r := range all {
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %.1f | %d / %d / %d | %s | %s (%d) | %s | %s / %s |\n",
			r.Name, r.Large, r.Middle, r.Small, r.Precision, r.PerDay, r.Benign, r.Nuisance, r.False,
			number(r.SyncDelay), number(r.Growth), r.Infected, number(r.HostF1),
			(r.Cost / time.Duration(max(windows, 1))).Round(10*time.Microsecond), r.Slowest.Round(time.Millisecond))
	}
	fmt.Fprintln(w)
	classes(w, all)
}

func number(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.2g", v)
}

// classes writes recall by class.
func classes(w io.Writer, all []darknet.Result) {
	var names []string
	for _, r := range all {
		for c := range r.ByClass {
			if !slices.Contains(names, c) {
				names = append(names, c)
			}
		}
	}
	if slices.Sort(names); len(names) == 0 {
		return
	}
	fmt.Fprintf(w, "Found, by class:\n\n| engine | %s |\n|---|%s\n", strings.Join(names, " | "), strings.Repeat("---|", len(names)))
	for _, r := range all {
		fmt.Fprintf(w, "| %s |", r.Name)
		for _, c := range names {
			s := r.ByClass[c]
			fmt.Fprintf(w, " %d/%d |", s.K, s.N)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
}

// WriteMisses writes what all together missed, and what was no campaign.
func WriteMisses(w io.Writer, r *darknet.Result) {
	const most = 30
	fmt.Fprintf(w, "Missed by all together (%d):\n\n", len(r.Missed))
	for _, m := range r.Missed[:min(len(r.Missed), most)] {
		fmt.Fprintln(w, "-", m)
	}
	fmt.Fprintf(w, "\nGroups of all together that are no campaign (%d):\n\n", len(r.FalseNames))
	for _, m := range r.FalseNames[:min(len(r.FalseNames), most)] {
		fmt.Fprintln(w, "-", m)
	}
	fmt.Fprintln(w)
}
