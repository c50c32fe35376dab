// Command cure is the whole of OpenCURE in one binary: the hub (serve, demo),
// the publishers' side (publish), and the questions (search, links, stats …).
//
// It is the only place where the rooms are wired together. Each subcommand is
// one file. Exit codes are grep's: 0 done or found, 1 nothing found, 2 error.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/config"
	"github.com/opencure/cure/internal/text"
)

func main() {
	os.Exit(run(systemEnv(), os.Args[1:]))
}

// systemEnv is the world as it is. Its context ends with the first signal; a
// second one ends the process as it stands.
func systemEnv() *env {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return &env{
		ctx: ctx, in: os.Stdin, out: os.Stdout, err: os.Stderr,
		getenv: os.Getenv, now: time.Now,
	}
}

// env is what a command has of the world; tests give it another one.
type env struct {
	ctx      context.Context
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	now      func() time.Time
	flags    globals
	cfg      *config.Config // once it was asked for
}

// globals are the flags every command takes.
type globals struct {
	URL  string `group:"Flags of every command" help:"Address of the hub; found by itself on the machine of the hub." placeholder:"http://127.0.0.1:8080" env:"CURE_URL"`
	Key  string `group:"Flags of every command" help:"API key. On the machine of the hub the admin key is found by itself." env:"CURE_KEY" placeholder:"cure_…"`
	CA   string `group:"Flags of every command" name:"ca" help:"Authority to trust for https: a PEM file or its fingerprint." env:"CURE_CA" placeholder:"FILE|sha256:…"`
	Data string `group:"Flags of every command" help:"Data folder of the hub." env:"CURE_DATA" placeholder:"DIR"`
	JSON bool   `group:"Flags of every command" help:"Print JSON."`

	Config string `group:"Flags of every command" short:"c" help:"Configuration file; 'cure config reference' lists its keys." env:"CURE_CONFIG" placeholder:"cure.yaml"`
}

// exit codes.
const (
	exitFound = 0
	exitNone  = 1
	exitError = 2
)

// errNone is returned by a command that found nothing.
var errNone = errors.New("nothing found")

// run parses the arguments, runs the command and returns the exit code.
func run(e *env, args []string) int {
	var c commands
	exited := -1
	k := parser(&c, e, func(code int) { exited = code })
	if len(args) == 0 {
		args = []string{"--help"}
	}
	kctx, err := k.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		e.printError(err)
		fmt.Fprintln(e.err, "cure: try 'cure --help' or 'cure COMMAND --help'")
		return exitError
	}
	e.flags = c.globals
	return e.exitCode(kctx.Run(e))
}

// parser reads arguments into c; exit is called after help was printed.
func parser(c *commands, e *env, exit func(code int)) *kong.Kong {
	return kong.Must(c,
		kong.Name("cure"),
		kong.Description("Fuses security information: honeypot logs, feeds and reports go in, one answer about an address, a domain or a file comes out."),
		kong.Writers(e.out, e.err), kong.Exit(exit), durations(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}), kong.Help(printHelp),
	)
}

// exitCode prints err and maps it, the one place where the command line does.
func (e *env) exitCode(err error) int {
	switch {
	case err == nil:
		return exitFound
	case errors.Is(err, errNone):
		return exitNone
	case errors.Is(err, context.Canceled) && e.ctx.Err() != nil:
		fmt.Fprintln(e.err, "cure: interrupted")
		return exitError
	}
	e.printError(err)
	var answered *client.Problem // the hub is there, and says itself what to do
	var unreachable *url.Error   // it is not; other things are unavailable for other reasons
	kind := cure.KindOf(err)
	if hint := hints[kind]; hint != "" && !errors.As(err, &answered) && (kind != cure.Unavailable || errors.As(err, &unreachable)) {
		fmt.Fprintf(e.err, "cure: %s\n", hint)
	}
	return exitError
}

// printError prints an error, a line for each that was joined. It may hold
// names of files, which are text from outside too.
func (e *env) printError(err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(e.err, "cure: %s\n", text.Printable(line, 0))
	}
}

// hints say what to do about a kind of error.
var hints = map[cure.ErrorKind]string{
	cure.Denied:      "give a key that may with --key or CURE_KEY ('cure key list' shows them; a lost admin key: 'cure key reset')",
	cure.Unavailable: "is the hub running? Start it with 'cure serve', or name it with --url or CURE_URL",
}
