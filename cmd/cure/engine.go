package main

import "github.com/opencure/cure/client"

type engineCmd struct {
	List   engineListCmd   `cmd:"" help:"The engines and how much they said."`
	Remove engineRemoveCmd `cmd:"" help:"Take back all that an engine ever said."`
}

type engineListCmd struct{}

// Help teaches by example.
func (engineListCmd) Help() string {
	return `Engines add what no single source knows, and publish it as enrich/NAME. One that
is stopped has run before.

  cure engine list`
}

// Run lists the engines.
func (engineListCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	all, err := cl.Engines(e.ctx)
	if err != nil {
		return err
	}
	t := newGrid("engine", "state", "#version", "#records")
	return printList(e, all, "no engine has run: 'cure config reference' names what switches one on (warninglists.path)", t, func(g *client.Enricher) {
		t.add(g.Name, g.State, g.Version, g.Results)
	})
}

type engineRemoveCmd struct {
	Name string `arg:"" help:"The engine, as 'cure engine list' names it."`
}

// Help says what comes back.
func (engineRemoveCmd) Help() string {
	return `Takes all that an engine ever said out of all answers, without a trace. An engine
that runs ends; it says everything again when the hub is started with it, so
take it out of the configuration first.

  cure engine remove warninglist`
}

// Run removes one.
func (c *engineRemoveCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	seq, err := cl.RemoveEngine(e.ctx, c.Name)
	if err == nil {
		err = cl.Applied(e.ctx, seq)
	}
	if err != nil {
		return err
	}
	return e.done(map[string]uint64{"sequence": seq}, "all that %s said is taken back at sequence %d", c.Name, seq)
}
