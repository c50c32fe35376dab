package access

import (
	"context"
	"fmt"
	"io"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// errWrite is the answer to whoever may not write a source, whether or not
// there is such a source.
func errWrite(src cure.Source) error {
	return cure.Errorf(cure.Denied, "this key may not write source %.100q", string(src))
}

// OpenSource gives the source to the caller. Denied unless the principal may
// write it.
func (v View) OpenSource(ctx context.Context, src cure.Source) (Desk, error) {
	if !mayWrite(&v.who, src) {
		return Desk{}, errWrite(src)
	}
	if err := v.reg.Use(ctx, v.who); err != nil {
		return Desk{}, err
	}
	return v.hub.OpenSource(ctx, src)
}

// Send appends one batch of an open source and returns its stream sequence
// when it is durable. Conflict: opened by another publisher, or a gap.
func (v View) Send(ctx context.Context, src cure.Source, token string, payload []byte) (uint64, error) {
	if !mayWrite(&v.who, src) {
		return 0, errWrite(src)
	}
	return v.hub.Send(ctx, src, token, payload)
}

// Push encodes records and appends them; the same key again counts nothing
// twice.
// Records with controls are refused: those go through Control.
func (v View) Push(ctx context.Context, src cure.Source, key string, records []cure.Record) (uint64, error) {
	if !mayWrite(&v.who, src) {
		return 0, errWrite(src)
	}
	for i := range records {
		if len(records[i].Controls) > 0 {
			return 0, cure.Errorf(cure.Invalid, "push record %d: controls are not pushed", i+1)
		}
	}
	if err := v.reg.Use(ctx, v.who); err != nil {
		return 0, err
	}
	return v.hub.Push(ctx, src, key, records)
}

// Quarantine keeps raw records that could not be read.
func (v View) Quarantine(ctx context.Context, src cure.Source, bad []BadRecord) error {
	if !mayWrite(&v.who, src) {
		return errWrite(src)
	}
	return v.hub.Quarantine(ctx, src, bad)
}

// Control deletes, regrades or retracts what a source said: for admins, and
// for analysts of the own organisation that see everything. Each is in the
// audit before it is done.
func (v View) Control(ctx context.Context, src cure.Source, controls ...cure.Control) (uint64, error) {
	if v.who.Role != RoleAdmin && (v.who.Role != RoleAnalyst || v.who.MaxTLP < cure.TLPRed) {
		return 0, cure.Errorf(cure.Denied, "this key may not change what sources said")
	}
	for i := range controls {
		c := &controls[i]
		c.Author = v.who.Key
		object := string(src)
		switch {
		case !c.Observable.IsZero():
			object += " " + c.Observable.Kind.String() + " " + v.reg.hash(c.Observable.String())
		case !c.Record.IsZero():
			object += " record " + c.Record.String()
		}
		why := c.Reason
		if c.Op == cure.OpRegrade {
			why = c.Marking.String() + ": " + why
		}
		if err := v.reg.note(ctx, v.who, "control."+c.Op.String(), object, why); err != nil {
			return 0, fmt.Errorf("control source: %w", err)
		}
	}
	return v.hub.Control(ctx, src, controls...)
}

// Engines returns the engines of the hub and, where the principal sees all of
// it, how much they said.
func (v View) Engines() []client.Enricher { return v.hub.Engines(v.scope) }

// RemoveEngine takes back all that an engine ever said. Admins only.
func (v View) RemoveEngine(ctx context.Context, name string) (uint64, error) {
	if err := v.reg.admin(v.who); err != nil {
		return 0, err
	}
	if err := v.reg.note(ctx, v.who, "engine.remove", name, ""); err != nil {
		return 0, err
	}
	return v.hub.RemoveEngine(ctx, name)
}

// Snapshot writes a snapshot now. Admins only.
func (v View) Snapshot(ctx context.Context) (uint64, error) {
	if err := v.reg.admin(v.who); err != nil {
		return 0, err
	}
	return v.hub.Snapshot(ctx)
}

// Backup writes everything the hub has durable, secrets included, to w.
// Admins only; it is in the audit before it begins.
func (v View) Backup(ctx context.Context, w io.Writer) error {
	if err := v.reg.admin(v.who); err != nil {
		return err
	}
	if err := v.reg.note(ctx, v.who, "backup", "everything", ""); err != nil {
		return err
	}
	return v.hub.Backup(ctx, w)
}

// Status returns the state of the hub. Admins only: it counts everything.
func (v View) Status(ctx context.Context) (Status, error) {
	if err := v.reg.admin(v.who); err != nil {
		return Status{}, err
	}
	return v.hub.Status(ctx)
}

// Put keeps bytes that are too large for a batch, for keys that may write.
func (v View) Put(ctx context.Context, data []byte) (sum string, err error) {
	if !writes(&v.who) {
		return "", cure.Errorf(cure.Denied, "this key may not write")
	}
	return v.hub.Put(ctx, data)
}

// Get returns what Put kept, for keys that may write.
func (v View) Get(ctx context.Context, sum string) ([]byte, error) {
	if !writes(&v.who) {
		return nil, cure.Errorf(cure.NotFound, "no object %.80q", sum)
	}
	return v.hub.Get(ctx, sum)
}
