package ops

import (
	"runtime"
	"runtime/debug"
	"strings"
)

// Version says which build this is. Fields that the build did not record are
// empty.
type Version struct {
	Version string `json:"version"`          // v1.2.3, "devel" for a build from a checkout
	Commit  string `json:"commit,omitempty"` // 12 digits
	Time    string `json:"time,omitempty"`   // of the commit, RFC 3339
	Dirty   bool   `json:"dirty,omitempty"`  // the checkout had changes
	Go      string `json:"go"`
	Target  string `json:"target"` // linux/amd64
}

// ReadVersion reads what the Go command recorded in the binary.
func ReadVersion() Version {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return versionOf(info)
}

func versionOf(info *debug.BuildInfo) Version {
	v := Version{
		Version: info.Main.Version,
		Go:      runtime.Version(),
		Target:  runtime.GOOS + "/" + runtime.GOARCH,
	}
	if v.Version == "" || v.Version == "(devel)" {
		v.Version = "devel"
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value[:min(len(s.Value), 12)]
		case "vcs.time":
			v.Time = s.Value
		case "vcs.modified":
			v.Dirty = s.Value == "true"
		}
	}
	return v
}

// String writes the version as people read it: "cure v1.2.3 (0123456789ab,
// go1.26.8, linux/amd64)".
func (v Version) String() string {
	parts := make([]string, 0, 3)
	if v.Commit != "" {
		commit := v.Commit
		if v.Dirty {
			commit += " with changes"
		}
		parts = append(parts, commit)
	}
	parts = append(parts, v.Go, v.Target)
	return "cure " + v.Version + " (" + strings.Join(parts, ", ") + ")"
}
