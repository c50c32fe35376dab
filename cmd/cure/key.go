package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

type keyCmd struct {
	List   keyListCmd   `cmd:"" default:"1" help:"List the keys."`
	Create keyCreateCmd `cmd:"" help:"Make a key; its text is shown this once."`
	Revoke keyRevokeCmd `cmd:"" help:"End a key at once."`
	Reset  keyResetCmd  `cmd:"" help:"Make a new admin key and revoke all other admin keys; needs the data folder, the hub stopped."`
}

type keyListCmd struct{}

// Help teaches by example.
func (keyListCmd) Help() string {
	return `Keys and what they may, without their text; an admin sees all. A
key that 'cure enrol' made ends unless it is used in time: first use says when
it was, or until when it may be.

  cure key list`
}

// Run lists the keys.
func (keyListCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	keys, err := cl.Keys(e.ctx)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(keys)
	}
	t := newGrid("id", "name", "organisation", "role", "sees up to", "writes", "created", "first use", "ends")
	for _, k := range keys {
		ends, used := day(k.Expires), ""
		switch {
		case k.UseBy.IsZero():
		case !k.Used.IsZero():
			used = minute(k.Used)
		case e.now().Before(k.UseBy):
			used = "until " + minute(k.UseBy)
		default:
			used, ends = "never", "ended "+minute(k.UseBy)
		}
		if !k.Revoked.IsZero() {
			ends = "revoked " + day(k.Revoked)
		}
		t.add(k.ID, k.Name, k.Org, k.Role, "TLP:"+k.MaxTLP.String(), strings.Join(k.Sources, ","), day(k.Created), used, ends)
	}
	t.print(e.out)
	return nil
}

type keyCreateCmd struct {
	Name    string        `arg:"" help:"What the key is for."`
	Role    string        `default:"reader" enum:"admin,analyst,reader,publisher" help:"admin, analyst, reader or publisher."`
	Org     string        `help:"Organisation; default: the own one." placeholder:"ID"`
	TLP     string        `help:"Sees nothing above this label." placeholder:"LABEL"`
	Sources []string      `help:"A publisher's sources, as in 'cowrie/*'." placeholder:"PATTERN,…"`
	TTL     time.Duration `help:"Ends after this time, as in 720h." placeholder:"TIME"`
}

// Help teaches by example.
func (keyCreateCmd) Help() string {
	return `A reader asks, an analyst also regrades and deletes, an admin manages, and a
publisher writes the sources its patterns name and nothing else.

  cure key create --role publisher --sources 'cowrie/*' tokyo-sensors
  cure key create --role analyst --tlp AMBER alice
  cure key create --org minato --ttl 720h minato-siem`
}

// Run makes a key and prints its text.
func (c *keyCreateCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	spec := client.KeySpec{Name: c.Name, Org: c.Org, Role: client.Role(c.Role), Sources: c.Sources}
	if c.TLP != "" {
		if err := spec.MaxTLP.UnmarshalText([]byte(c.TLP)); err != nil {
			return err
		}
	}
	if c.TTL > 0 {
		spec.Expires = e.now().Add(c.TTL)
	}
	if c.Role == "publisher" && len(c.Sources) == 0 {
		return cure.Errorf(cure.Invalid, "a publisher key needs --sources, as in --sources 'cowrie/*'")
	}
	key, made, err := cl.CreateKey(e.ctx, spec)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(map[string]any{"text": key, "key": made})
	}
	fmt.Fprintln(e.out, key)
	fmt.Fprintf(e.err, "made key %s; its text above is shown this once\n", made.ID)
	return nil
}

type keyRevokeCmd struct {
	ID string `arg:"" help:"Public id of the key."`
}

// Help teaches by example.
func (keyRevokeCmd) Help() string {
	return `The id is the first column of 'cure key list'.

  cure key revoke k3j5xq2a`
}

// Run revokes a key.
func (c *keyRevokeCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	if err := cl.RevokeKey(e.ctx, c.ID); err != nil {
		return err
	}
	return e.done(map[string]string{"revoked": c.ID}, "key %s is revoked", c.ID)
}
