package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/text"
)

type searchCmd struct {
	Values []string `arg:"" optional:"" help:"Address, CIDR, domain, *.example.org, hash, mail, URL, CVE, tag, or an expression; '-' reads any text from standard input."`
	File   string   `short:"f" type:"existingfile" help:"Read any text from a file, defanged or not, and ask for all in it."`
	Saved  string   `help:"Ask a kept search again; words add to it." placeholder:"NAME"`
	Limit  int      `short:"n" default:"100" help:"Rows at most."`
	After  uint64   `help:"Wait until this stream sequence is applied."`
}

// Help teaches by example.
func (searchCmd) Help() string {
	return `One value gives its whole answer, several a line each.

  cure search 198.51.100.7
  cure search hxxp://dl[.]example[.]org/a 44d88612fea8a8f36de82e1278abb02f
  cure search 198.51.100.0/24
  cure search '*.example.org'
  cure search 'tag:malware:mirai source:cowrie since:7d'
  cure search 'seen>=3 since:1d'
  cure search -f report.txt
  cure search 'text:カゲロウ "remote code"'
  cure search --saved 'new loaders'

Exit status: 0 found, 1 nothing found, 2 error.`
}

// Run asks and prints.
func (c *searchCmd) Run(e *env) error {
	if err := checkRows(c.Limit); err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	if c.After > 0 {
		if err := cl.Applied(e.ctx, c.After); err != nil {
			return err
		}
	}
	err = c.ask(e, cl)
	if errors.Is(err, errNone) {
		e.warnBehind(cl)
	}
	return err
}

func (c *searchCmd) ask(e *env, cl *client.Client) error {
	query := strings.TrimSpace(strings.Join(c.Values, " "))
	if c.Saved != "" {
		k, err := keptSearch(e, cl, c.Saved)
		if err != nil {
			return err
		}
		c.Values = []string{strings.TrimSpace(k.Query + " " + query)}
		query = c.Values[0]
	}
	switch {
	case c.File != "" || query == "-":
		return c.text(e, cl)
	case query == "":
		return cure.Errorf(cure.Invalid, "nothing to search for: give a value, '-' or -f FILE")
	case strings.HasPrefix(query, "text:"):
		return c.documents(e, cl, strings.TrimPrefix(query, "text:"))
	case len(c.Values) == 1:
		if o, ok := single(c.Values[0]); ok {
			return c.one(e, cl, o)
		}
	case len(c.Values) > manyValues && !slices.ContainsFunc(c.Values, unlikeValue):
		return c.extract(e, cl, query)
	}
	res, err := cl.Search(e.ctx, query, client.Page{Limit: c.Limit})
	if err != nil {
		return err
	}
	return e.printResults(res)
}

// manyValues is the number of values over which they are asked for as a text:
// a query has at most 256 terms.
const manyValues = 64

func unlikeValue(word string) bool {
	_, ok := single(word)
	return !ok
}

// single reads a word that asks for one value. A CIDR and *.example.org ask
// for what is in them, a word that is nothing else may be an expression.
func single(word string) (o cure.Observable, ok bool) {
	o, err := ioc.Classify(word)
	return o, err == nil && o.Kind != cure.KindCIDR && o.Kind != cure.KindTag && !strings.Contains(word, "*")
}

// maxText bounds what is read from a file or standard input, as the hub does.
const maxText = 1 << 20

func (c *searchCmd) text(e *env, cl *client.Client) error {
	in := e.in
	if c.File != "" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxText+1))
	if err != nil {
		return fmt.Errorf("read text: %w", err)
	}
	if len(b) > maxText {
		return cure.Errorf(cure.Invalid, "text of more than %d bytes: split it, or publish it as a document", maxText)
	}
	return c.extract(e, cl, string(b))
}

func (c *searchCmd) extract(e *env, cl *client.Client, words string) error {
	found, err := cl.Extract(e.ctx, words)
	if err != nil {
		return err
	}
	if !e.flags.JSON {
		var kinds []string
		for _, k := range cure.Kinds() {
			if n := found.Kinds[k.String()]; n > 0 {
				kinds = append(kinds, fmt.Sprintf("%d %s", n, k))
			}
		}
		fmt.Fprintf(e.err, "found in the text: %s; known here: %d\n", strings.Join(kinds, ", "), found.Known)
	}
	err = e.printResults(&client.Results{Values: found.Values})
	if err == nil && found.Known == 0 {
		return errNone
	}
	return err
}

func (c *searchCmd) one(e *env, cl *client.Client, o cure.Observable) error {
	a, err := cl.Answer(e.ctx, o)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		if err := e.printJSON(a); err != nil {
			return err
		}
	} else {
		e.printAnswer(a)
	}
	if !a.Known && len(a.Covering) == 0 {
		return errNone
	}
	return nil
}

// printResults prints a line a value.
func (e *env) printResults(res *client.Results) error {
	if e.flags.JSON {
		if err := e.printJSON(res); err != nil {
			return err
		}
	} else if len(res.Values) > 0 {
		t := newGrid("kind", "value", "#count", "first", "last", "sources", "tags")
		for i := range res.Values {
			addSummary(t, &res.Values[i])
		}
		t.print(e.out)
		if res.More {
			fmt.Fprintln(e.err, "there is more: raise the limit with -n")
		}
	}
	for i := range res.Misses {
		if !e.flags.JSON {
			e.printMiss(&res.Misses[i])
		}
	}
	for _, h := range res.Hints {
		fmt.Fprintln(e.err, text.Printable(h, 0))
	}
	if len(res.Values)+len(res.Misses) == 0 && !e.flags.JSON {
		fmt.Fprintln(e.err, "nothing found")
	}
	for i := range res.Values {
		if res.Values[i].Known() {
			return nil
		}
	}
	return errNone
}

func addSummary(t *grid, s *client.Summary) {
	sources := "not seen"
	if s.Known() {
		sources = join(s.Sources)
	}
	tags := strings.Join(s.Tags, ", ")
	for _, o := range []*cure.Override{s.Verdict(), s.Suppressed()} {
		if o != nil {
			tags = strings.TrimPrefix(tags+fmt.Sprintf(", [%s by %s: %s]", strings.TrimSpace(string(o.Kind)+" "+o.Value), o.Name, o.Reason), ", ")
		}
	}
	t.add(s.Observable.Kind, s.Observable.Value, s.Count, day(s.First), day(s.Last), sources, tags)
}

func (e *env) printMiss(a *client.Answer) {
	fmt.Fprintf(e.out, "%s %s: not seen", a.Observable.Kind, text.Printable(a.Observable.Value, 0))
	if a.Miss == nil {
		fmt.Fprintln(e.out)
		return
	}
	if !a.Miss.Since.IsZero() {
		fmt.Fprintf(e.out, " since %s", day(a.Miss.Since))
	}
	fmt.Fprintf(e.out, " (%s)\n", a.Miss.Why)
	for i, n := range a.Miss.Near {
		if i == 0 {
			fmt.Fprintln(e.out, "near it:")
		}
		fmt.Fprintf(e.out, "  %s  %s\n", text.Printable(n.Observable.Value, 0), join(n.Sources))
	}
}

func join[T ~string](words []T) string {
	s := make([]string, len(words))
	for i, w := range words {
		s[i] = string(w)
	}
	return strings.Join(s, ", ")
}
