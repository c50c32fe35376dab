package main

import (
	"fmt"

	"github.com/opencure/cure/internal/config"
)

type configCmd struct {
	Check     configCheckCmd     `cmd:"" help:"Check a configuration file and print what is in force."`
	Reference configReferenceCmd `cmd:"" help:"Print every key with its meaning."`
}

type configCheckCmd struct {
	File string `arg:"" optional:"" help:"Configuration file; without one, defaults and environment."`
}

// Help teaches by example.
func (configCheckCmd) Help() string {
	return `Prints what is in force and where each value comes from, or all mistakes with
line and column. --json prints the same for programs.

  cure config check /etc/cure/cure.yaml
  CURE_LOG_SYNC=1s cure config check`
}

// Run checks the file.
func (c *configCheckCmd) Run(e *env) error {
	file := c.File
	if file == "" {
		file = e.flags.Config
	}
	cfg, err := config.Load(file, e.host())
	if err != nil {
		return err
	}
	for _, w := range cfg.Warnings() {
		fmt.Fprintln(e.err, "warning:", w)
	}
	if e.flags.JSON {
		return e.printJSON(cfg)
	}
	return cfg.Print(e.out)
}

type configReferenceCmd struct{}

// Help teaches by example.
func (configReferenceCmd) Help() string {
	return `The same as docs/config.md.

  cure config reference`
}

// Run prints the reference.
func (configReferenceCmd) Run(e *env) error {
	_, err := fmt.Fprint(e.out, config.Reference())
	return err
}
