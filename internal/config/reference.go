package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Reference writes docs/config.md: every key with its kind, default, override
// and meaning, from the struct that is read.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# Configuration

<!-- Written by: go test ./internal/config -update. Change the comments in internal/config instead. -->

One YAML file, given with ` + "`-c cure.yaml`" + ` or ` + "`CURE_CONFIG`" + `; none is needed. It is strict: an unknown key or a wrong value
is refused with its line and column. A variable of the environment overrides the file; lists are separated by commas
there. ` + "`cure config check`" + ` prints the effective configuration and where each value came from.

Sizes are bytes with a unit (` + "`8GiB`, `512MiB`, `48KB`" + `); durations are ` + "`10m`, `12h`, `90d`, `1d12h`" + `. Secrets never stand in
the file: a key that leads to one names a file that holds it.
`)
	rest := Default(Host{}).keys()
	table := func(keys []key) {
		b.WriteString("\n| key | takes | default | override | meaning |\n|---|---|---|---|---|\n")
		for _, k := range keys {
			def := "`" + k.literal() + "`"
			if k.path == "data" {
				def = "`$XDG_DATA_HOME/cure` or `~/.local/share/cure`; `/var/lib/cure` for root"
			}
			if def == "`\"\"`" || def == "`[]`" || k.env() == "" {
				def = ""
			}
			env := k.env()
			if env != "" {
				env = "`" + env + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", k.path, k.kind(), def, env, k.doc)
		}
	}
	var top []key
	for _, k := range rest {
		if !strings.Contains(k.path, ".") && !k.section() && k.kind() != "sources" {
			top = append(top, k)
		}
	}
	table(top)
	for _, k := range rest {
		switch {
		case k.kind() == "sources":
			fmt.Fprintf(&b, "\n## %s\n\n%s\n", k.path, k.doc)
			table(keysOf("sources.NAME", reflect.New(reflect.TypeFor[Source]()).Elem()))
		case k.section():
			fmt.Fprintf(&b, "\n## %s\n\n%s\n", k.path, k.doc)
			table(keysOf(k.path, k.value))
		}
	}
	return b.String()
}
