package main

import (
	"strings"

	"github.com/opencure/cure/client"
)

type orgCmd struct {
	List   orgListCmd   `cmd:"" default:"1" help:"List the organisations."`
	Set    orgSetCmd    `cmd:"" help:"Add or change an organisation and what it may see."`
	Remove orgRemoveCmd `cmd:"" help:"Remove an organisation and revoke its keys."`
}

type orgListCmd struct{}

// Help teaches by example.
func (orgListCmd) Help() string {
	return `Organisations and what they may see at most.

  cure org list`
}

// Run lists the organisations.
func (orgListCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	orgs, err := cl.Orgs(e.ctx)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(orgs)
	}
	t := newGrid("id", "name", "own", "up to", "licence", "personal data", "only", "never")
	for _, o := range orgs {
		if o.Own {
			t.add(o.ID, o.Name, "yes", "everything", "", "", "", "")
			continue
		}
		t.add(o.ID, o.Name, "", "TLP:"+o.MaxTLP.String()+" PAP:"+o.MaxPAP.String(), o.Licence, o.Personal,
			strings.Join(o.Allow, ","), strings.Join(o.Deny, ","))
	}
	t.print(e.out)
	return nil
}

type orgSetCmd struct {
	ID       string   `arg:"" help:"Short id, as in 'minato'."`
	Name     string   `help:"Full name." placeholder:"TEXT"`
	TLP      string   `default:"GREEN" help:"Strictest TLP label it sees."`
	PAP      string   `default:"GREEN" help:"Strictest PAP label it sees."`
	Licence  string   `default:"members" enum:"public,members,internal" help:"Strictest licence class it gets: public, members or internal."`
	Personal bool     `help:"May see personal data."`
	Allow    []string `help:"Only these sources, as in 'feeds/*'." placeholder:"PATTERN,…"`
	Deny     []string `help:"Never these sources." placeholder:"PATTERN,…"`
}

// Help teaches by example.
func (orgSetCmd) Help() string {
	return `An organisation sees a record when its TLP, PAP and licence class are not above
these, it holds no personal data (unless --personal), and the source is allowed.
Setting it again replaces all of it.

  cure org set minato --name 'Minato University' --tlp AMBER
  cure org set kaede --licence public --allow 'feeds/*' --deny feeds/ipsum`
}

// Run adds or changes the organisation.
func (c *orgSetCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	o := client.Org{ID: c.ID, Name: c.Name, Personal: c.Personal, Allow: c.Allow, Deny: c.Deny}
	if o.Name == "" {
		o.Name = c.ID
	}
	if err := o.MaxTLP.UnmarshalText([]byte(c.TLP)); err != nil {
		return err
	}
	if err := o.MaxPAP.UnmarshalText([]byte(c.PAP)); err != nil {
		return err
	}
	if err := o.Licence.UnmarshalText([]byte(c.Licence)); err != nil {
		return err
	}
	if err := cl.SetOrg(e.ctx, o); err != nil {
		return err
	}
	return e.done(o, "organisation %s sees up to TLP:%s PAP:%s licence:%s", o.ID, o.MaxTLP, o.MaxPAP, o.Licence)
}

type orgRemoveCmd struct {
	ID string `arg:"" help:"Id of the organisation."`
}

// Help teaches by example.
func (orgRemoveCmd) Help() string {
	return `Its keys end at once; what was published stays.

  cure org remove minato`
}

// Run removes the organisation.
func (c *orgRemoveCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	if err := cl.RemoveOrg(e.ctx, c.ID); err != nil {
		return err
	}
	return e.done(map[string]string{"removed": c.ID}, "organisation %s is removed, its keys are revoked", c.ID)
}
