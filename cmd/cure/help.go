package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// printHelp prints the overview, or the help of one command.
func printHelp(o kong.HelpOptions, c *kong.Context) error {
	if c.Selected() == nil {
		return printOverview(c.Stdout, c.Model)
	}
	return kong.DefaultHelpPrinter(o, c)
}

// printOverview is what somebody sees first: how to begin, then the commands
// by what they are for.
func printOverview(w io.Writer, model *kong.Application) error {
	var b strings.Builder
	b.WriteString(`OpenCURE fuses security information: honeypot logs, feeds and reports go in, one
answer about an address, a domain or a file comes out.

  cure demo                            a synthetic story, to look around
  cure serve                           a hub for your own data
  cure publish cowrie cowrie.json      what a honeypot wrote
  cure search 198.51.100.7             who knows it, since when, with what
`)
	group := ""
	for _, n := range model.Children {
		if n.Hidden {
			continue
		}
		if n.Group != nil && n.Group.Title != group {
			group = n.Group.Title
			fmt.Fprintf(&b, "\n%s\n", group)
		}
		fmt.Fprintf(&b, "  %-12s %s\n", n.Name, n.Help)
	}
	b.WriteString(`
'cure COMMAND --help' says more, with examples. Every command takes --url and
--key (CURE_URL, CURE_KEY; on the machine of the hub they are found), --data
(CURE_DATA), -c for a configuration file (CURE_CONFIG), and --json. Exit codes:
0 done or found, 1 nothing found, 2 error.
`)
	_, err := io.WriteString(w, b.String())
	return err
}
