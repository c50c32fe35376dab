package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/text"
)

type campaignsCmd struct {
	ID    string        `arg:"" optional:"" help:"Id of a campaign: shows its members."`
	Days  int           `default:"30" help:"What was seen in so many days."`
	Since time.Duration `help:"What is new since so long ago, as in 24h." placeholder:"TIME"`
	Limit int           `short:"n" default:"50" help:"Rows at most."`
}

// Help teaches by example.
func (campaignsCmd) Help() string {
	return `Groups values that belong together across databases: connected over rare values
and tags near in time. What everything holds never joins. A campaign keeps its
id as it grows, and the id of any member finds it.

  cure campaigns
  cure campaigns --since 24h
  cure campaigns 6f1c0bd2a95e4b7d8c3e0f1a2b3c4d5e`
}

// Run prints the campaigns, or one.
func (c *campaignsCmd) Run(e *env) error {
	if err := checkRows(c.Limit); err != nil {
		return err
	}
	id, err := cure.ParseID(c.ID)
	if err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	if !id.IsZero() {
		g, err := cl.Campaign(e.ctx, id, c.Days)
		if err != nil {
			return err
		}
		return e.printCampaign(g, c.Limit)
	}
	if c.Since > 0 {
		return c.changes(e, cl)
	}
	all, err := cl.Campaigns(e.ctx, c.Days, client.Page{Limit: c.Limit})
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(all)
	}
	if len(all.Campaigns) == 0 {
		fmt.Fprintf(e.err, "none in %d values that publishers share or that tie them\n", all.Values)
		return errNone
	}
	t := newGrid("id", "title", "#members", "#shared", "publishers", "first", "last")
	for i := range all.Campaigns {
		g := &all.Campaigns[i]
		t.add(g.ID, g.Title, g.Size, g.Shared, strings.Join(g.Publishers, ", "), minute(g.First), minute(g.Last))
	}
	t.print(e.out)
	if all.Cut > 0 {
		fmt.Fprintf(e.err, "%d shared values, seen longest ago, were left out\n", all.Cut)
	}
	return nil
}

func (e *env) printCampaign(g *client.Campaign, limit int) error {
	if e.flags.JSON {
		return e.printJSON(g)
	}
	fmt.Fprintf(e.out, "%s  %s\n%d members, %d of them shared by publishers, %s to %s\n", g.ID, text.Printable(g.Title, 0),
		g.Size, g.Shared, minute(g.First), minute(g.Last))
	fmt.Fprintf(e.out, "publishers %s\n", strings.Join(g.Publishers, ", "))
	if len(g.Tags) > 0 {
		fmt.Fprintf(e.out, "tags %s\n", text.Printable(strings.Join(g.Tags, ", "), 0))
	}
	t := newGrid("kind", "value", "role", "#ties", "first", "last", "sources")
	for _, m := range g.Members[:min(limit, len(g.Members))] {
		t.add(m.Observable.Kind, m.Observable.Value, roles(m.Roles), m.Ties, minute(m.First), minute(m.Last), join(m.Sources))
	}
	t.print(e.out)
	if n := g.Size - min(limit, len(g.Members)); n > 0 {
		cutNote(e, n)
	}
	for _, o := range g.Touches {
		fmt.Fprintf(e.out, "stands with other campaigns too, joins nothing: %s %s\n", o.Kind, text.Printable(o.Value, 0))
	}
	return nil
}

// changes prints what is new about campaigns.
func (c *campaignsCmd) changes(e *env, cl *client.Client) error {
	ch, err := cl.CampaignChanges(e.ctx, c.Days, e.now().Add(-c.Since))
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(ch)
	}
	if len(ch.New)+len(ch.Grown) == 0 {
		fmt.Fprintf(e.err, "nothing new since %s\n", minute(ch.Since))
		return errNone
	}
	t := newGrid("", "id", "title", "#members", "#joined", "new publishers", "took in")
	for i := range ch.New[:min(c.Limit, len(ch.New))] {
		g := &ch.New[i]
		t.add("new", g.ID, g.Title, g.Size, g.Size, strings.Join(g.Publishers, ", "), "")
	}
	for i := range ch.Grown[:min(c.Limit, len(ch.Grown))] {
		g := &ch.Grown[i]
		t.add("grown", g.Campaign.ID, g.Campaign.Title, g.Campaign.Size, len(g.Joined)+g.Cut, strings.Join(g.Publishers, ", "), strings.Join(g.Merged, ", "))
	}
	t.print(e.out)
	if ch.Ended > 0 {
		fmt.Fprintf(e.out, "%d are not grouped any more\n", ch.Ended)
	}
	return nil
}
