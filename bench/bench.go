// Package bench measures OpenCURE: the figures in bench/README.md are printed
// by its commands (cure bench …), on the machine they are run on, together
// with that machine's load. It answers "how fast is it here" and nothing else:
// no figure is a test, and none is promised by a comment.
//
// Inputs are generated from a seed. A measurement uses the real parts with
// everything on: the store on its arenas, the log on disk, a hub in a process
// of its own, markings, links, expiry, attributes, and a viewer who may not
// see half of what is there. It needs Linux, for /proc, and ends early, with
// its temporary folders removed, when its context does.
package bench

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/opencure/cure/internal/ops"
)

// Supported returns why this system cannot be measured, nil if it can.
func Supported() error {
	if _, err := Self(); err != nil {
		return fmt.Errorf("measure this machine, which needs /proc as on Linux: %w", err)
	}
	return nil
}

// Report prints figures as aligned lines under a heading that states the
// machine and its load, without which a figure is worth nothing.
type Report struct{ W io.Writer }

// quietLoad is the load average over which a machine is not quiet.
const quietLoad = 0.5

// Head prints what is measured, on what and by which build.
func (r Report) Head(format string, args ...any) {
	load := loadAverage()
	fmt.Fprintf(r.W, "\n# %s\n# %s, %d CPUs, load %s; %s\n", fmt.Sprintf(format, args...),
		cpuModel(), runtime.NumCPU(), load, ops.ReadVersion())
	if !quiet(load) {
		fmt.Fprintf(r.W, "# not quiet: the load was over %.1f before the start, other work may be in the figures\n", quietLoad)
	}
}

// Line prints one figure.
func (r Report) Line(name, format string, args ...any) {
	fmt.Fprintf(r.W, "%-46s %s\n", name, fmt.Sprintf(format, args...))
}

// quiet reports whether the last minute of a load average was idle.
func quiet(load string) bool {
	first, _, _ := strings.Cut(load, " ")
	n, err := strconv.ParseFloat(first, 64)
	return err == nil && n <= quietLoad
}

func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	f := strings.Fields(string(b))
	if err != nil || len(f) < 3 {
		return "unknown"
	}
	return strings.Join(f[:3], " ")
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
