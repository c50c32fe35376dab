package main

// commands is the table of subcommands; each is a file of its own.
type commands struct {
	globals

	Version versionCmd `cmd:"" help:"Print version, Go version and build."`
}
