package glasso

import (
	"flag"
	"fmt"
	"path/filepath"
	"testing"
)

var tables = flag.String("tables", "", "folder into which benchmarks write their tables, for other solvers")

var sixPenalties = []float64{0.4, 0.5, 0.6, 0.7, 0.8, 0.9}

// BenchmarkPath is a window of 1,000 hosts with all six penalties, covariance
// and collapse included.
func BenchmarkPath(b *testing.B) {
	for _, c := range []struct {
		name string
		p    int
		sync bool
	}{{"quiet", 300, false}, {"sync", 300, true}, {"quiet", 1000, false}, {"sync", 1000, true}, {"quiet", 2000, false}, {"sync", 2000, true}} {
		b.Run(fmt.Sprintf("%s-%d", c.name, c.p), func(b *testing.B) {
			counts := windowCounts(c.p, c.sync, 216)
			if *tables != "" {
				writeCounts(b, filepath.Join(*tables, fmt.Sprintf("%s-%d.csv", c.name, c.p)), counts)
			}
			columns := logCounts(counts)
			for b.Loop() {
				t, err := Collapse(columns)
				if err != nil {
					b.Fatal(err)
				}
				fits, err := Path(t.Problem(), sixPenalties, Options{})
				if err != nil {
					b.Fatal(err)
				}
				worst := 0.0
				for _, f := range fits {
					worst = max(worst, f.Residual)
				}
				b.ReportMetric(float64(len(t.Column)), "distinct")
				b.ReportMetric(worst, "residual")
				b.ReportMetric(float64(fits[0].Edges), "edges")
				b.ReportMetric(float64(fits[0].Sweeps), "sweeps")
			}
		})
	}
}
