package main

import (
	"fmt"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/text"
)

type savedCmd struct {
	List   savedListCmd   `cmd:"" default:"withargs" help:"List kept searches."`
	Add    savedAddCmd    `cmd:"" help:"Keep a search under a name."`
	Forget savedForgetCmd `cmd:"" help:"Forget a kept search."`
}

type savedListCmd struct{}

// Help teaches by example.
func (savedListCmd) Help() string {
	return `Your own searches and those that your organisation shares.

  cure saved
  cure search --saved 'new loaders'`
}

// Run lists kept searches.
func (c *savedListCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	all, err := cl.KeptSearches(e.ctx)
	if err != nil {
		return err
	}
	t := newGrid("name", "query", "by", "shared", "kept")
	return printList(e, all, "", t, func(k *cure.KeptSearch) {
		by, shared := k.By, ""
		if k.Mine {
			by = "you"
		}
		if k.Shared {
			shared = k.Marking.TLP.String()
		}
		t.add(k.Name, k.Query, by, shared, day(k.Time))
	})
}

type savedAddCmd struct {
	Name    string   `arg:"" help:"What to call it; one of yours with this name is replaced."`
	Query   []string `arg:"" help:"The search, as 'cure search' takes it."`
	Share   bool     `help:"With your organisation."`
	Marking string   `help:"Who of it may see it; without one, who may see all that you may." placeholder:"MARKING"`
}

// Help teaches by example.
func (savedAddCmd) Help() string {
	return `The page offers it too, and shows a shared one to your colleagues.

  cure saved add 'new loaders' 'role:loader since:1d' --share
  cure saved add c2 role:c2 --share --marking TLP:AMBER`
}

// Run keeps a search.
func (c *savedAddCmd) Run(e *env) error {
	m, err := cure.ParseMarking(c.Marking)
	if err != nil {
		return err
	}
	k := cure.KeptSearch{Name: c.Name, Query: strings.Join(c.Query, " "), Shared: c.Share, Marking: m}
	if err := k.Check(); err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	made, err := cl.KeepSearch(e.ctx, k)
	if err != nil {
		return err
	}
	return e.done(made, "%s is kept: ask it again with cure search --saved", text.Printable(made.Name, 0))
}

type savedForgetCmd struct {
	Name string `arg:"" help:"Its name."`
}

// Help teaches by example.
func (savedForgetCmd) Help() string {
	return `Yours, or as an administrator one that your organisation shares.

  cure saved forget 'new loaders'`
}

// Run forgets a search.
func (c *savedForgetCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	k, err := keptSearch(e, cl, c.Name)
	if err != nil {
		return err
	}
	if err := cl.ForgetSearch(e.ctx, k.ID); err != nil {
		return err
	}
	return e.done(k, "%s is forgotten", text.Printable(k.Name, 0))
}

// keptSearch finds a kept search by its name, the own one before one that
// somebody shares.
func keptSearch(e *env, cl *client.Client, name string) (*cure.KeptSearch, error) {
	all, err := cl.KeptSearches(e.ctx)
	if err != nil {
		return nil, err
	}
	var found *cure.KeptSearch
	for i := range all {
		if k := &all[i]; k.Name == name && (found == nil || k.Mine) {
			found = k
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%w; 'cure saved' lists them", cure.Errorf(cure.NotFound, "no kept search %.80q", name))
	}
	return found, nil
}
