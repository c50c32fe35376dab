package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the linker for releases.
var version = "dev"

type versionCmd struct{}

// buildInfo is what "cure version --json" prints.
type buildInfo struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"`
}

// Run prints the build.
func (versionCmd) Run(e *env) error {
	b := buildInfo{Version: version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Revision = s.Value
			case "vcs.modified":
				b.Modified = s.Value == "true"
			}
		}
	}
	if e.flags.JSON {
		return e.printJSON(b)
	}
	_, err := fmt.Fprintf(e.out, "cure %s %s %s/%s %s\n", b.Version, b.Go, b.OS, b.Arch, b.Revision)
	return err
}
