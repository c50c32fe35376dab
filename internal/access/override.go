package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/hub"
)

// decisions are what people decided, in the order of the meta stream. Guarded
// by the registry's lock.
type decisions struct {
	byID     map[cure.ID]*cure.Override
	byTarget map[cure.Target][]*cure.Override
	byTag    map[cure.Observable][]*cure.Override // aliases
	last     time.Time                            // of the newest: two never have the same
}

// maxOverrides bounds what people can decide: beyond it old decisions have to
// be removed first.
const maxOverrides = 200_000

func newDecisions() decisions {
	return decisions{
		byID: map[cure.ID]*cure.Override{}, byTarget: map[cure.Target][]*cure.Override{},
		byTag: map[cure.Observable][]*cure.Override{},
	}
}

// set adds a decision; a later one of the same author about the same thing
// takes the place of the earlier. A thing has one owner, whoever named the one
// before; notes stand side by side.
func (d *decisions) set(o *cure.Override) {
	for _, old := range d.byTarget[o.Target] {
		if o.Kind != cure.OverrideNote && old.Kind == o.Kind && (old.Author == o.Author || o.Kind == cure.OverrideOwner) {
			d.remove(old.ID)
			break
		}
	}
	d.remove(o.ID)
	if len(d.byID) >= maxOverrides {
		return
	}
	if d.byID[o.ID] = o; o.Time.After(d.last) {
		d.last = o.Time
	}
	d.byTarget[o.Target] = append(d.byTarget[o.Target], o)
	if o.Kind == cure.OverrideAlias {
		d.byTag[o.Target.Observable] = append(d.byTag[o.Target.Observable], o)
		d.byTag[o.Target.Tag] = append(d.byTag[o.Target.Tag], o)
	}
}

func (d *decisions) remove(id cure.ID) {
	o := d.byID[id]
	if o == nil {
		return
	}
	delete(d.byID, id)
	without(d.byTarget, o.Target, o)
	if o.Kind == cure.OverrideAlias {
		without(d.byTag, o.Target.Observable, o)
		without(d.byTag, o.Target.Tag, o)
	}
}

// without takes a decision out of a list. Readers may hold the list, so it is
// replaced, not changed.
func without[K comparable](m map[K][]*cure.Override, key K, o *cure.Override) {
	var rest []*cure.Override
	for _, x := range m[key] {
		if x != o {
			rest = append(rest, x)
		}
	}
	if m[key] = rest; rest == nil {
		delete(m, key)
	}
}

// SetOverride records a decision and returns it as it stands. It needs an
// analyst, and they are of the own organisation, where it stays unless its
// marking says otherwise. The same author's earlier decision of that kind on that target is replaced.
func (r *Registry) SetOverride(ctx context.Context, by Principal, o cure.Override) (cure.Override, error) {
	if by.Role != RoleAdmin && by.Role != RoleAnalyst {
		return o, cure.Errorf(cure.Denied, "set override: only an analyst may decide")
	}
	r.change.Lock()
	defer r.change.Unlock()
	r.mu.RLock()
	n, last := len(r.said.byID), r.said.last
	r.mu.RUnlock()
	if n >= maxOverrides {
		return o, cure.Errorf(cure.Unavailable, "set override: there are %d, the most there can be; remove some", n)
	}
	o.Author, o.Name, o.Org, o.Time = by.Key, by.Name, by.Org, r.now().UTC()
	if !o.Time.After(last) {
		o.Time = last.Add(1) // so that it is clear which of two came later
	}
	o.ID = cure.NewID("override", o.Author, string(o.Kind), o.Target.String(), o.Time.String())
	o.Marking = o.Marking.Or(cure.Marking{TLP: min(hub.Strict.TLP, by.MaxTLP), PAP: hub.Strict.PAP, Licence: hub.Strict.Licence})
	if err := cmp.Or(cure.CheckName("set override: the value", o.Value), o.Check()); err != nil {
		return o, err
	}
	if o.Marking.TLP > by.MaxTLP {
		return o, cure.Errorf(cure.Invalid, "set override: this key may not see TLP:%s itself", o.Marking.TLP)
	}
	if !o.Active(o.Time) {
		return o, cure.Errorf(cure.Invalid, "set override: it would have ended before it begins")
	}
	if err := r.record(ctx, by, event{Type: overrideSet, ID: o.ID.String(), Override: &o, Why: o.Reason}); err != nil {
		return o, fmt.Errorf("set override: %w", err)
	}
	return o, nil
}

// RemoveOverride takes a decision back; it stays in the meta stream. It needs an
// analyst. NotFound: none that the principal may see.
func (r *Registry) RemoveOverride(ctx context.Context, by Principal, id cure.ID, why string) error {
	if by.Role != RoleAdmin && by.Role != RoleAnalyst {
		return cure.Errorf(cure.Denied, "remove override: only an analyst may decide")
	}
	sc := r.Scope(by, "removeOverride")
	r.change.Lock()
	defer r.change.Unlock()
	r.mu.RLock()
	o := r.said.byID[id]
	r.mu.RUnlock()
	if o == nil || !hears(sc, o) {
		return cure.Errorf(cure.NotFound, "no override %s", id)
	}
	if err := r.record(ctx, by, event{Type: overrideRemove, ID: id.String(), Why: why}); err != nil {
		return fmt.Errorf("remove override: %w", err)
	}
	return nil
}

// voice is the source under which scopes are asked about an override.
const voice cure.Source = "override/people"

// hears reports whether a scope sees an override: by its marking, like data.
func hears(sc cure.Scope, o *cure.Override) bool { return sc.Sees(voice, o.Marking.Or(hub.Strict)) }

// decided appends copies of the active overrides among a list that the scope
// sees, sorted by time.
func (r *Registry) decided(sc cure.Scope, list []*cure.Override, dst []cure.Override) []cure.Override {
	now := r.now()
	for _, o := range list {
		if o.Active(now) && hears(sc, o) {
			dst = append(dst, *o)
		}
	}
	slices.SortFunc(dst, compareOverrides)
	return dst
}

func compareOverrides(a, b cure.Override) int {
	return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID.String(), b.ID.String()))
}

// about returns the active overrides on a target that the scope sees.
func (r *Registry) about(sc cure.Scope, t cure.Target) []cure.Override {
	r.mu.RLock()
	list := r.said.byTarget[t]
	r.mu.RUnlock()
	if len(list) == 0 {
		return nil
	}
	return r.decided(sc, list, nil)
}

// silent reports whether nobody has decided anything.
func (r *Registry) silent() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.said.byID) == 0
}

// Aliases returns what people decided about a tag being the same as another, as
// far as the scope may know it, the earlier first; it is the hub's
// Options.Aliases.
func (r *Registry) Aliases(sc cure.Scope, tag cure.Observable) []cure.Override {
	r.mu.RLock()
	list := r.said.byTag[tag]
	r.mu.RUnlock()
	if len(list) == 0 {
		return nil
	}
	return r.decided(sc, list, nil)
}

// Overrides lists decisions that the principal may see, newest first: on an
// observable, or all when o is zero; ended ones too when all is set.
func (v View) Overrides(o cure.Observable, all bool) []cure.Override {
	v.reg.mu.RLock()
	list := make([]*cure.Override, 0, 16)
	for _, x := range v.reg.said.byID {
		if o.IsZero() || x.Target.Observable == o || x.Target.Tag == o {
			list = append(list, x)
		}
	}
	v.reg.mu.RUnlock()
	now := v.reg.now()
	out := []cure.Override{}
	for _, x := range list {
		if (all || x.Active(now)) && hears(v.scope, x) {
			out = append(out, *x)
		}
	}
	slices.SortFunc(out, func(a, b cure.Override) int { return compareOverrides(b, a) })
	return out
}

// SetOverride records a decision of the principal.
func (v View) SetOverride(ctx context.Context, o cure.Override) (cure.Override, error) {
	return v.reg.SetOverride(ctx, v.who, o)
}

// RemoveOverride takes a decision back.
func (v View) RemoveOverride(ctx context.Context, id cure.ID, why string) error {
	return v.reg.RemoveOverride(ctx, v.who, id, why)
}
