package ops

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// State says how a check ended, ordered by severity.
type State uint8

// The states.
const (
	OK   State = iota
	Warn       // works, and will not for long or not well
	Fail       // does not work
)

// String returns the state's name.
func (s State) String() string {
	switch s {
	case OK:
		return "ok"
	case Warn:
		return "warning"
	}
	return "failed"
}

// MarshalText writes the name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Check is one finding about the machine.
type Check struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Found  string `json:"found"`            // what is so
	Advice string `json:"advice,omitempty"` // what to do, when not ok
}

// Plan is what a hub wants of its machine.
type Plan struct {
	Data   string // data folder
	Budget int64  // bytes for the index
}

// Thresholds of the checks.
const (
	diskWarn  = 5 << 30 // bytes free
	diskFail  = 512 << 20
	filesWarn = 1024 // open files
)

// Check judges the machine for a plan. What cannot be read is left out.
func (m Machine) Check(p Plan) []Check {
	checks := []Check{m.checkFolder(p.Data)}
	if c, ok := m.checkDisk(p.Data); ok {
		checks = append(checks, c)
	}
	if c, ok := m.checkMemory(p.Budget); ok {
		checks = append(checks, c)
	}
	if c, ok := m.checkHugePages(); ok {
		checks = append(checks, c)
	}
	if c, ok := m.checkOpenFiles(); ok {
		checks = append(checks, c)
	}
	return checks
}

// Worst returns the most severe state of the checks.
func Worst(checks []Check) State {
	worst := OK
	for _, c := range checks {
		worst = max(worst, c.State)
	}
	return worst
}

// checkFolder looks at the rights of the data folder and of the key in it.
func (m Machine) checkFolder(folder string) Check {
	c := Check{Name: "data folder", Found: folder}
	info, err := os.Stat(folder)
	switch {
	case err != nil:
		c.State, c.Found = Fail, err.Error()
		c.Advice = "create it, or set data to a folder of the user that runs the hub"
		return c
	case !info.IsDir():
		c.State, c.Found = Fail, folder+" is not a folder"
		c.Advice = "set data to a folder"
		return c
	}
	probe, err := os.CreateTemp(folder, ".probe-*")
	if err != nil {
		c.State, c.Found = Fail, "cannot be written: "+err.Error()
		c.Advice = "give it to the user that runs the hub, or free space"
		return c
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	key, err := os.Stat(filepath.Join(folder, "admin.key"))
	if err == nil && key.Mode().Perm()&0o077 != 0 {
		c.State, c.Found = Warn, fmt.Sprintf("admin.key has mode %04o", key.Mode().Perm())
		c.Advice = "chmod 0600 admin.key: other users of this machine can read it"
	}
	return c
}

func (m Machine) checkDisk(folder string) (Check, bool) {
	free, total, err := m.Disk(folder)
	if err != nil || total <= 0 {
		return Check{}, false
	}
	c := Check{Name: "disk", Found: fmt.Sprintf("%s of %s free", gib(free), gib(total))}
	switch {
	case free < diskFail:
		c.State, c.Advice = Fail, "free space now: without it nothing more is acknowledged"
	case free < diskWarn:
		c.State, c.Advice = Warn, "free space, or set log.max_bytes"
	}
	return c, true
}

func (m Machine) checkMemory(budget int64) (Check, bool) {
	limit := m.Memory()
	if limit == 0 || budget == 0 {
		return Check{}, false
	}
	c := Check{Name: "memory", Found: fmt.Sprintf("budget %s of %s", gib(budget), gib(limit))}
	switch {
	case budget > limit:
		c.State, c.Advice = Fail, "lower memory.budget: the machine has less"
	case budget > limit/10*9:
		c.State, c.Advice = Warn, "lower memory.budget: log, snapshots and answers need memory besides the index"
	}
	return c, true
}

var chosen = regexp.MustCompile(`\[(\w+)\]`)

// checkHugePages warns when the kernel never gives huge pages, with which
// random reads of a large index miss the address cache less often.
func (m Machine) checkHugePages() (Check, bool) {
	text, err := fs.ReadFile(m.Files, "sys/kernel/mm/transparent_hugepage/enabled")
	mode := chosen.FindSubmatch(text)
	if err != nil || mode == nil {
		return Check{}, false
	}
	c := Check{Name: "huge pages", Found: string(mode[1])}
	if c.Found == "never" {
		c.State = Warn
		c.Advice = "set /sys/kernel/mm/transparent_hugepage/enabled to madvise: look-ups in a large index are slower without"
	}
	return c, true
}

// checkOpenFiles warns of a limit under which a busy server runs out.
func (m Machine) checkOpenFiles() (Check, bool) {
	text, err := fs.ReadFile(m.Files, "proc/self/limits")
	if err != nil {
		return Check{}, false
	}
	for line := range strings.Lines(string(text)) {
		rest, ok := strings.CutPrefix(line, "Max open files")
		if fields := strings.Fields(rest); ok && len(fields) > 0 {
			c := Check{Name: "open files", Found: fields[0]}
			if n, err := strconv.Atoi(fields[0]); err == nil && n < filesWarn {
				c.State, c.Advice = Warn, "raise the limit of open files to 4096 or more"
			}
			return c, true
		}
	}
	return Check{}, false
}

// gib writes bytes as people compare them.
func gib(n int64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}
