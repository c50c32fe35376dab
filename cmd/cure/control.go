package main

import (
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
)

type sourceCmd struct {
	Delete  sourceDeleteCmd  `cmd:"" help:"Forget what a source said: a value, a record, or all before a time."`
	Regrade sourceRegradeCmd `cmd:"" help:"Change the marking of a source, of one of its values or of a record."`
}

// target is what of a source a control concerns.
type target struct {
	Source string `arg:"" help:"The source, as in feeds/ipsum."`
	Value  string `help:"Only this observable." placeholder:"VALUE"`
	Record string `help:"Only this record." placeholder:"ID"`
	Reason string `required:"" help:"Why; it is kept in the log and the audit." placeholder:"TEXT"`
}

func (t *target) control(op cure.Op) (c cure.Control, err error) {
	c = cure.Control{Op: op, Reason: t.Reason}
	if t.Value != "" {
		if c.Observable, err = ioc.Classify(t.Value); err != nil {
			return c, err
		}
	}
	c.Record, err = cure.ParseID(t.Record)
	return c, err
}

// send sends the control and waits until it is applied.
func (t *target) send(e *env, c cure.Control) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	seq, err := cl.Control(e.ctx, cure.Source(t.Source), c)
	if err != nil {
		return err
	}
	if err := cl.Applied(e.ctx, seq); err != nil {
		return err
	}
	return e.done(map[string]uint64{"sequence": seq}, "%s of %s applied at sequence %d", c.Op, t.Source, seq)
}

type sourceDeleteCmd struct {
	target
	Before time.Time `help:"All that arrived before this time (RFC 3339)." placeholder:"TIME"`
}

// Help teaches by example.
func (sourceDeleteCmd) Help() string {
	return `Takes it out of all answers at once. The log keeps its bytes until its age limit,
and backups until you delete them.

  cure source delete cowrie/tokyo1 --value 198.51.100.7 --reason 'request 12'
  cure source delete feeds/old --before 2026-01-01T00:00:00Z --reason expired`
}

// Run deletes.
func (c *sourceDeleteCmd) Run(e *env) error {
	ctl, err := c.control(cure.OpDelete)
	if err != nil {
		return err
	}
	ctl.Before = c.Before
	if ctl.Observable.IsZero() && ctl.Record.IsZero() && ctl.Before.IsZero() {
		return cure.Errorf(cure.Invalid, "delete what? Give --value, --record or --before")
	}
	return c.send(e, ctl)
}

type sourceRegradeCmd struct {
	target
	Marking string `required:"" help:"The new marking, as in 'TLP:AMBER PAP:GREEN licence:members'; a part left out falls to the strictest default." placeholder:"MARKING"`
}

// Help teaches by example.
func (sourceRegradeCmd) Help() string {
	return `Without --value and --record it changes what the source's records have unless
they say otherwise. A part of the marking that is left out falls back to the
strictest.

  cure source regrade feeds/ipsum --reason 'new terms' \
      --marking 'TLP:GREEN PAP:CLEAR licence:members'
  cure source regrade cowrie/tokyo1 --value 198.51.100.7 --reason 'case 7' \
      --marking 'TLP:RED PAP:RED licence:internal'`
}

// Run regrades.
func (c *sourceRegradeCmd) Run(e *env) error {
	ctl, err := c.control(cure.OpRegrade)
	if err != nil {
		return err
	}
	if ctl.Marking, err = cure.ParseMarking(c.Marking); err != nil {
		return err
	}
	return c.send(e, ctl)
}
