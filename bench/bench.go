// Package bench measures OpenCURE: the figures in bench/README.md are printed
// by its commands (cure bench …), on the machine they are run on, together
// with that machine's load. It answers "how fast is it here" and nothing else:
// no figure is a test, and none is promised by a comment.
//
// Inputs are generated from a seed. A measurement uses the real parts: the
// store on its arenas, the log on disk, a hub in a process of its own.
package bench

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Report prints figures as aligned lines under a heading that states the
// machine and its load, without which a figure is worth nothing.
type Report struct{ W io.Writer }

// Head prints what is measured and where.
func (r Report) Head(format string, args ...any) {
	fmt.Fprintf(r.W, "# %s\n# %s, %d CPUs, load %s, %s %s/%s\n", fmt.Sprintf(format, args...),
		cpuModel(), runtime.NumCPU(), loadAverage(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// Line prints one figure.
func (r Report) Line(name, format string, args ...any) {
	fmt.Fprintf(r.W, "%-44s %s\n", name, fmt.Sprintf(format, args...))
}

// Latencies collects durations; not safe for concurrent use.
type Latencies struct{ d []time.Duration }

// Add keeps one duration.
func (l *Latencies) Add(d time.Duration) { l.d = append(l.d, d) }

// At returns the p-th part (0.5, 0.99 …) of the sorted durations, 0 without any.
func (l *Latencies) At(p float64) time.Duration {
	if len(l.d) == 0 {
		return 0
	}
	slices.Sort(l.d)
	return l.d[min(int(p*float64(len(l.d))), len(l.d)-1)]
}

// String gives the usual percentiles, the maximum and the sample size.
func (l *Latencies) String() string {
	return fmt.Sprintf("p50 %v  p99 %v  p99.9 %v  max %v  (n=%d)", l.At(.5), l.At(.99), l.At(.999), l.At(1), len(l.d))
}

func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}

func cpuModel() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.Trim(name, "\t :\n")
		}
	}
	return "unknown CPU"
}
