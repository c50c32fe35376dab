package ops

import (
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/opencure/cure"
)

// Machine is what a hub runs on.
type Machine struct {
	// Files is the root of the file system, for /proc and /sys.
	Files fs.FS
	// Disk returns the free and total bytes of the file system that holds a
	// folder, as far as the caller may use them.
	Disk func(folder string) (free, total int64, err error)
}

// Local returns the machine this process runs on.
func Local() Machine {
	return Machine{Files: os.DirFS("/"), Disk: diskSpace}
}

// Memory returns the bytes of memory this process may use: the machine's, or
// less where a control group sets a limit. It returns 0 when neither can be
// read.
func (m Machine) Memory() int64 {
	limit := m.meminfo("MemTotal")
	for _, name := range m.groupFiles() {
		text, err := fs.ReadFile(m.Files, name)
		if err != nil {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err == nil && n > 0 && (limit == 0 || n < limit) {
			limit = n
		}
	}
	return limit
}

// Available returns the bytes of memory that could still be taken without
// swapping, 0 when unknown.
func (m Machine) Available() int64 { return m.meminfo("MemAvailable") }

// Budget returns the memory for the index: the configured bytes, or half of
// what the process may use when none are configured.
func (m Machine) Budget(configured int64) (int64, error) {
	if configured > 0 {
		return configured, nil
	}
	if n := m.Memory(); n > 0 {
		return n / 2, nil
	}
	return 0, cure.Errorf(cure.Invalid, "memory of the machine is unknown; set memory.budget")
}

// meminfo returns a line of /proc/meminfo in bytes, 0 when absent.
func (m Machine) meminfo(name string) int64 {
	text, err := fs.ReadFile(m.Files, "proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		if key != name {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			return 0
		}
		return n << 10
	}
	return 0
}

// groupFiles lists the files that may hold a memory limit: those of the own
// control group (version 2) and of each group above it, then version 1's.
func (m Machine) groupFiles() []string {
	files := []string{"sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"}
	text, err := fs.ReadFile(m.Files, "proc/self/cgroup")
	if err != nil {
		return files
	}
	for line := range strings.Lines(string(text)) {
		group, ok := strings.CutPrefix(strings.TrimSpace(line), "0::/")
		for ok && group != "" && group != "." && fs.ValidPath(group) {
			files = append(files, "sys/fs/cgroup/"+group+"/memory.max")
			group = path.Dir(group)
		}
	}
	return files
}
