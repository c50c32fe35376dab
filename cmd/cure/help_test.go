package main

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/opencure/cure/internal/text"
)

// example is a command line in a help text.
var example = regexp.MustCompile(`(?m)^    (\w+=\S+ )?cure [-a-z]`)

// TestHelp wants of every command an example in its help, and of all help that
// it fits a terminal of 80 columns.
func TestHelp(t *testing.T) {
	var c commands
	model := parser(&c, &env{}, func(int) {}).Model
	var walk func(n *kong.Node, path []string)
	walk = func(n *kong.Node, path []string) {
		t.Run(strings.Join(append(path, "--help"), " "), func(t *testing.T) {
			var out bytes.Buffer
			if code := run(&env{out: &out, err: &out}, append(path, "--help")); code != exitFound {
				t.Fatalf("exit code %d", code)
			}
			for line := range strings.Lines(out.String()) {
				if text.Width(strings.TrimRight(line, "\n")) > 80 {
					t.Errorf("wider than 80 columns: %s", line)
				}
			}
			// bench/README.md says how to measure.
			if leaf := len(n.Children) == 0; leaf && path[0] != "bench" && !example.MatchString(out.String()) {
				t.Error("no example")
			}
		})
		for _, child := range n.Children {
			walk(child, append(path[:len(path):len(path)], child.Name))
		}
	}
	walk(model.Node, nil)
}

// TestErrorsCannotSteerATerminal: names of files are text from outside.
func TestErrorsCannotSteerATerminal(t *testing.T) {
	var out bytes.Buffer
	e := &env{ctx: t.Context(), out: &out, err: &out}
	e.exitCode(errors.Join(errors.New("a\x1b[31m.json.gz: cut"), errors.New("b\u202e.json: cut")))
	if want := "cure: a\\x1b[31m.json.gz: cut\ncure: b\\u202e.json: cut\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}
