package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ops"
)

type manualCmd struct {
	Form string `arg:"" enum:"man,bash,zsh,fish" help:"man: a manual page. bash, zsh, fish: completion for that shell."`
}

// Help teaches by example.
func (manualCmd) Help() string {
	return `Both come from the table of commands, so that they say what this binary does.

  cure manual man >cure.1 && man ./cure.1
  source <(cure manual bash)
  cure manual zsh >"${fpath[1]}/_cure"
  cure manual fish >~/.config/fish/completions/cure.fish`
}

// Run prints the page or the script.
func (c *manualCmd) Run(e *env) error {
	var all commands
	model := parser(&all, e, func(int) {}).Model
	switch c.Form {
	case "man":
		return writeMan(e.out, model)
	case "bash", "zsh", "fish":
		_, err := io.WriteString(e.out, completions[c.Form](choices(model)))
		return err
	}
	return cure.Errorf(cure.Invalid, "no manual of form %s", c.Form)
}

// writeMan writes a page for man(1) in the macros of man(7).
func writeMan(w io.Writer, model *kong.Application) error {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH CURE 1 \"\" \"OpenCURE %s\"\n.SH NAME\ncure \\- fuse security information\n", roff(ops.ReadVersion().Version))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B cure\n.I command\n[arguments] [flags]\n.SH DESCRIPTION\n%s\n.SH COMMANDS\n", roff(model.Help))
	eachCommand(model.Node, nil, func(path []string, n *kong.Node) {
		if len(n.Children) > 0 {
			return
		}
		fmt.Fprintf(&b, ".SS %s\n%s\n", roff(strings.TrimPrefix(n.Summary(), "cure ")), roff(n.Help))
		if n.Detail != "" {
			fmt.Fprintf(&b, ".PP\n.nf\n%s\n.fi\n", roff(n.Detail))
		}
		for _, p := range n.Positional {
			fmt.Fprintf(&b, ".TP\n.I %s\n%s\n", roff(p.Summary()), roff(p.Help))
		}
		manFlags(&b, n.Flags)
	})
	b.WriteString(".SH FLAGS OF EVERY COMMAND\n")
	manFlags(&b, model.Flags)
	b.WriteString(".SH EXIT STATUS\n0 done or found, 1 nothing found, 2 error.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func manFlags(b *strings.Builder, flags []*kong.Flag) {
	for _, f := range flags {
		if f.Hidden || f.Name == "help" {
			continue
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s", roff(f.String()), roff(f.Help))
		if len(f.Envs) > 0 {
			fmt.Fprintf(b, " Environment: %s.", strings.Join(f.Envs, ", "))
		}
		b.WriteString("\n")
	}
}

// roff keeps text from being taken for requests.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}

// eachCommand calls fn for every command that is shown, from the top.
func eachCommand(n *kong.Node, path []string, fn func(path []string, n *kong.Node)) {
	for _, c := range n.Children {
		if c.Hidden {
			continue
		}
		p := append(path[:len(path):len(path)], c.Name)
		fn(p, c)
		eachCommand(c, p, fn)
	}
}
