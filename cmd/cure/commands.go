package main

// commands is the table of subcommands; each is a file of its own.
type commands struct {
	globals

	Bench   benchCmd   `cmd:"" help:"Measure this machine."`
	Version versionCmd `cmd:"" help:"Print version, Go version and build."`
}
