package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/opencure/cure"
)

// SetOrg adds or changes an organisation. What it leaves open becomes
// TLP:GREEN, PAP:AMBER, licence members, no personal data. Admins only.
func (r *Registry) SetOrg(ctx context.Context, by Principal, o Org) error {
	r.change.Lock()
	defer r.change.Unlock()
	if err := r.admin(by); err != nil {
		return err
	}
	if err := (cure.Marking{Orgs: o.ID}).Check(); err != nil || o.ID == "" || o.ID == cure.NoOrg || strings.Contains(o.ID, ",") {
		return cure.Errorf(cure.Invalid, "set organisation: id %.80q, want a-z, 0-9, '-', '_'", o.ID)
	}
	if err := (cure.Marking{TLP: o.MaxTLP, PAP: o.MaxPAP, Licence: o.Licence}).Check(); err != nil {
		return fmt.Errorf("set organisation: %w", err)
	}
	for _, p := range append(slices.Clone(o.Allow), o.Deny...) {
		if !validPattern(p) {
			return cure.Errorf(cure.Invalid, "set organisation: source pattern %.100q, want publisher/instance, publisher/* or *", p)
		}
	}
	if err := cure.CheckName("set organisation: the name", o.Name); err != nil {
		return err
	}
	o.Own = o.ID == r.own
	o.Name = cmp.Or(o.Name, o.ID)
	o.MaxTLP = cmp.Or(o.MaxTLP, cure.TLPGreen)
	o.MaxPAP = cmp.Or(o.MaxPAP, cure.PAPAmber)
	o.Licence = cmp.Or(o.Licence, cure.LicenceMembers)
	if err := r.record(ctx, by, event{Type: orgSet, Org: &o}); err != nil {
		return fmt.Errorf("set organisation: %w", err)
	}
	return nil
}

// RemoveOrg removes an organisation and revokes its keys. Admins only.
func (r *Registry) RemoveOrg(ctx context.Context, by Principal, id string) error {
	r.change.Lock()
	defer r.change.Unlock()
	if err := r.admin(by); err != nil {
		return err
	}
	if id == r.own {
		return cure.Errorf(cure.Invalid, "remove organisation: %s is the own one", id)
	}
	r.mu.RLock()
	_, ok := r.orgs[id]
	r.mu.RUnlock()
	if !ok {
		return cure.Errorf(cure.NotFound, "no organisation %.80q", id)
	}
	if err := r.record(ctx, by, event{Type: orgRemove, ID: id}); err != nil {
		return fmt.Errorf("remove organisation: %w", err)
	}
	return nil
}

// Orgs lists the organisations: all for an admin, the own one for anybody
// else.
func (r *Registry) Orgs(by Principal) []Org {
	all := r.admin(by) == nil
	r.mu.RLock()
	defer r.mu.RUnlock()
	var orgs []Org
	for id, o := range r.orgs {
		if all || id == by.Org {
			orgs = append(orgs, o)
		}
	}
	slices.SortFunc(orgs, func(a, b Org) int { return cmp.Compare(a.ID, b.ID) })
	return orgs
}

// validPattern wants "*", "publisher/*" or "publisher/instance".
func validPattern(p string) bool {
	if p == "*" {
		return true
	}
	if pub, ok := strings.CutSuffix(p, "/*"); ok {
		p = pub + "/x"
	}
	return cure.Source(p).Check() == nil
}

// matches reports whether one of the patterns covers the source.
func matches(patterns []string, src cure.Source) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		pub, all := strings.CutSuffix(p, "/*")
		return p == "*" || p == string(src) || all && pub == src.Publisher()
	})
}
