package main

// commands is the table of subcommands; each is a file of its own.
type commands struct {
	globals

	Search  searchCmd  `cmd:"" help:"Ask for a value, several, or all in a text."`
	Links   linksCmd   `cmd:"" help:"Which sources know the same observables, and which those are."`
	Bench   benchCmd   `cmd:"" help:"Measure this machine."`
	Version versionCmd `cmd:"" help:"Print version, Go version and build."`
}
