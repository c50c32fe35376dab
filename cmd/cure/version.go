package main

import (
	"fmt"

	"github.com/opencure/cure/internal/ops"
)

type versionCmd struct{}

// Help teaches by example.
func (versionCmd) Help() string {
	return `cure version
  cure version --json`
}

// Run prints the build.
func (versionCmd) Run(e *env) error {
	v := ops.ReadVersion()
	if e.flags.JSON {
		return e.printJSON(v)
	}
	_, err := fmt.Fprintln(e.out, v)
	return err
}
