package cure

// Scope is what one principal may see: a predicate over (source, effective
// marking) pairs, the "cells" of the store, under a purpose and a version of
// the policy. Every read of store and hub needs one, so that no question can
// be asked without an answer to "for whom". The zero Scope sees nothing.
//
// Only internal/access makes scopes (a test of the repository holds it, tests
// and benchmarks excepted). Two scopes are the same when they came from one
// NewScope call. Safe for concurrent use.
type Scope struct{ s *ScopeSpec }

// ScopeSpec says what a scope sees.
type ScopeSpec struct {
	Principal string // key or user id, for the audit log
	Org       string // organisation of the principal
	Purpose   string // why it looks: "search", "engine:warninglist"
	Policy    uint64 // version of the policy that was asked
	// Sees must be pure: for a fixed policy version the same arguments give
	// the same answer. It is asked once per cell, not per record.
	Sees func(Source, Marking) bool
}

// NewScope makes a scope. For internal/access, tests and benchmarks only.
func NewScope(spec ScopeSpec) Scope { return Scope{&spec} }

// Sees reports whether records of the source under the effective marking may
// be seen.
func (s Scope) Sees(src Source, m Marking) bool {
	return s.s != nil && s.s.Sees != nil && s.s.Sees(src, m)
}

// IsZero reports whether s is the scope that sees nothing.
func (s Scope) IsZero() bool { return s.s == nil }

// Principal returns who looks.
func (s Scope) Principal() string { return s.spec().Principal }

// Org returns the organisation of who looks.
func (s Scope) Org() string { return s.spec().Org }

// Purpose returns why.
func (s Scope) Purpose() string { return s.spec().Purpose }

// Policy returns the version of the policy the scope was made under.
func (s Scope) Policy() uint64 { return s.spec().Policy }

func (s Scope) spec() *ScopeSpec {
	if s.s == nil {
		return &ScopeSpec{}
	}
	return s.s
}
