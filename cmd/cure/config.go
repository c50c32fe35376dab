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

// Run prints the reference.
func (configReferenceCmd) Run(e *env) error {
	_, err := fmt.Fprint(e.out, config.Reference())
	return err
}
