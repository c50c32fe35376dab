package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// choice is what may follow a command: its subcommands and flags.
type choice struct {
	path     string // "key create"; "" at the beginning
	commands []string
	flags    []string
}

// choices lists what may follow each command.
func choices(model *kong.Application) []choice {
	global := flagNames(model.Flags)
	at := func(path []string, n *kong.Node) choice {
		c := choice{path: strings.Join(path, " "), flags: global}
		for _, child := range n.Children {
			if !child.Hidden {
				c.commands = append(c.commands, child.Name)
			}
		}
		if n != model.Node {
			c.flags = append(flagNames(n.Flags), global...)
		}
		return c
	}
	all := []choice{at(nil, model.Node)}
	eachCommand(model.Node, nil, func(path []string, n *kong.Node) { all = append(all, at(path, n)) })
	return all
}

func flagNames(flags []*kong.Flag) (names []string) {
	for _, f := range flags {
		if !f.Hidden {
			names = append(names, "--"+f.Name)
		}
	}
	return names
}

// completions write a script for each shell. Names of commands and flags are
// ours and need no quoting.
var completions = map[string]func([]choice) string{
	"bash": func(all []choice) string {
		return walkScript("_cure() {\n", "${COMP_WORDS[@]:1:COMP_CWORD-1}", all) + `  cur=${COMP_WORDS[COMP_CWORD]}
  case $cur in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$cur")) ;;
    *) if [ -n "$commands" ]; then COMPREPLY=($(compgen -W "$commands" -- "$cur")); else COMPREPLY=($(compgen -f -- "$cur")); fi ;;
  esac
}
complete -o filenames -F _cure cure
`
	},
	"zsh": func(all []choice) string {
		return walkScript("#compdef cure\n_cure() {\n", "${words[@]:1:$((CURRENT-2))}", all) + `  if [[ ${words[CURRENT]} == -* ]]; then compadd -- ${=flags}
  elif [[ -n $commands ]]; then compadd -- ${=commands}
  else _files; fi
}
if [ "$funcstack[1]" = "_cure" ]; then _cure; else compdef _cure cure; fi
`
	},
	"fish": fishScript,
}

// walkScript follows the words before the cursor through the commands and sets
// the variables commands and flags to what may come next.
func walkScript(head, words string, all []choice) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  local w at next cur commands flags\n  at=''\n  for w in %s; do\n    next=\"${at:+$at }$w\"\n    case $next in\n", head, words)
	for _, c := range all[1:] {
		fmt.Fprintf(&b, "      '%s') at=$next ;;\n", c.path)
	}
	b.WriteString("    esac\n  done\n  case $at in\n")
	for _, c := range all {
		fmt.Fprintf(&b, "    '%s') commands='%s' flags='%s' ;;\n", c.path, strings.Join(c.commands, " "), strings.Join(c.flags, " "))
	}
	b.WriteString("  esac\n")
	return b.String()
}

func fishScript(all []choice) string {
	var b strings.Builder
	b.WriteString(`function __cure_at
  set -l at ''
  for w in (commandline -opc)[2..-1]
    set -l next (string trim "$at $w")
    contains -- "$next" $__cure_paths; and set at $next
  end
  test "$at" = "$argv[1]"
end
`)
	b.WriteString("set -g __cure_paths")
	for _, c := range all[1:] {
		fmt.Fprintf(&b, " '%s'", c.path)
	}
	b.WriteString("\n")
	for _, c := range all {
		if len(c.commands) > 0 {
			fmt.Fprintf(&b, "complete -c cure -f -n \"__cure_at '%s'\" -a '%s'\n", c.path, strings.Join(c.commands, " "))
		}
		for _, f := range c.flags {
			fmt.Fprintf(&b, "complete -c cure -n \"__cure_at '%s'\" -l %s\n", c.path, strings.TrimPrefix(f, "--"))
		}
	}
	return b.String()
}
