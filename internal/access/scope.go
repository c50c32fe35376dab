package access

import (
	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/hub"
)

// System returns the scope that sees everything, for what the hub and its
// engines do by themselves. It must not answer anybody.
func System(purpose string) cure.Scope {
	return cure.NewScope(cure.ScopeSpec{
		Principal: "system", Purpose: purpose,
		Sees: func(cure.Source, cure.Marking) bool { return true },
	})
}

// scopeKey names a scope that was made under the present policy. Scopes are
// kept so that the hub can keep what it prepared for them.
type scopeKey struct{ key, purpose string }

// maxScopes bounds the scopes kept.
const maxScopes = 4096

// Scope is what the principal may see. The same principal, purpose and policy
// give the same scope.
func (r *Registry) Scope(p Principal, purpose string) cure.Scope {
	id := scopeKey{p.Key, purpose}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.scopes[id]; ok {
		return s
	}
	if len(r.scopes) >= maxScopes {
		clear(r.scopes)
	}
	s := cure.NewScope(cure.ScopeSpec{
		Principal: p.Key, Org: p.Org, Purpose: purpose, Policy: r.seq, Sees: r.rule(p),
	})
	r.scopes[id] = s
	return s
}

// rule returns the principal's predicate; the lock is held.
func (r *Registry) rule(p Principal) func(cure.Source, cure.Marking) bool {
	org, ok := r.orgs[p.Org]
	if !ok || p.Role == RolePublisher {
		return func(cure.Source, cure.Marking) bool { return false }
	}
	return func(src cure.Source, m cure.Marking) bool { return sees(&org, p.MaxTLP, src, m) }
}

// sees is the rule of who may see what. The own organisation sees everything
// up to the TLP of the key. A partner sees what is no stricter than agreed with
// it, is released to it, comes from sources open to it, and holds no personal
// data unless agreed.
func sees(o *Org, max cure.TLP, src cure.Source, m cure.Marking) bool {
	m = m.Or(hub.Strict)
	if m.TLP > max || matches(o.Deny, src) || len(o.Allow) > 0 && !matches(o.Allow, src) {
		return false
	}
	if o.Own {
		return true
	}
	return m.TLP <= o.MaxTLP && m.PAP <= o.MaxPAP && m.Licence <= o.Licence &&
		(!m.Personal || o.Personal) && m.ReleasedTo(o.ID)
}

// mayWrite reports whether the principal may write a source. Nobody writes
// what an engine says but the engine.
func mayWrite(p *Principal, src cure.Source) bool {
	if src.Publisher() == hub.EngineSource("").Publisher() {
		return false
	}
	return p.Role == RoleAdmin || matches(p.Sources, src)
}

// writes reports whether the principal may write anything.
func writes(p *Principal) bool { return p.Role == RoleAdmin || len(p.Sources) > 0 }
