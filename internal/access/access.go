// Package access decides who may see and do what. A key names a [Principal];
// a principal belongs to an [Org]; [Registry.View] binds the hub to what that
// principal may see, and is all that API, exports and notifications get.
//
// Organisations, keys and policy are events of the stream "meta", replayed at
// start: each change is there with its author and time, which is the audit
// log. What is denied looks like what is not there.
//
// A [Registry] is safe for concurrent use.
package access

import (
	"context"
	"log/slog"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/hub"
)

// Options configure a registry.
type Options struct {
	Own    Org // the own organisation, until an event changes it
	Logger *slog.Logger
	Now    func() time.Time
}

// Registry knows organisations, principals and keys.
type Registry struct{}

// Open replays the meta stream.
func Open(ctx context.Context, o Options) (*Registry, error) { return nil, errSkeleton }

// Run follows the meta stream until ctx ends: changes made at another hub.
func (r *Registry) Run(ctx context.Context) error { return errSkeleton }

// Authenticate returns who holds the key. Denied for anything else, in the
// same time whatever is wrong.
func (r *Registry) Authenticate(key string) (Principal, error) { return Principal{}, errSkeleton }

// Scope is what the principal may see; the only constructor of scopes.
func (r *Registry) Scope(p Principal, purpose string) cure.Scope { return cure.Scope{} }

// View binds the hub to what the principal may see.
func (r *Registry) View(h *hub.Hub, p Principal, purpose string) View { return View{} }

// FirstKey makes the first admin key of the cluster. created is false, and
// text empty, when it was made before.
func (r *Registry) FirstKey(ctx context.Context) (text string, created bool, err error) {
	return "", false, errSkeleton
}

// ResetAdmin makes a new admin key and revokes all others: for those who hold
// the data folder.
func (r *Registry) ResetAdmin(ctx context.Context) (text string, err error) { return "", errSkeleton }

// CreateKey makes a key and returns its text, which is kept nowhere.
func (r *Registry) CreateKey(ctx context.Context, by Principal, spec KeySpec) (text string, k Key, err error) {
	return "", Key{}, errSkeleton
}

// RevokeKey ends a key at once.
func (r *Registry) RevokeKey(ctx context.Context, by Principal, id string) error { return errSkeleton }

// Keys lists the keys: all for an admin, its own for anybody else.
func (r *Registry) Keys(by Principal) []Key { return nil }

// SetOrg adds or changes an organisation.
func (r *Registry) SetOrg(ctx context.Context, by Principal, o Org) error { return errSkeleton }

// RemoveOrg removes an organisation and revokes its keys.
func (r *Registry) RemoveOrg(ctx context.Context, by Principal, id string) error { return errSkeleton }

// Orgs lists the organisations an admin knows; the own one for anybody else.
func (r *Registry) Orgs(by Principal) []Org { return nil }

// Audit returns who changed or looked at what, newest first. Admins only.
func (r *Registry) Audit(ctx context.Context, by Principal, limit int) ([]AuditEvent, error) {
	return nil, errSkeleton
}

var errSkeleton = cure.Errorf(cure.Unavailable, "registry is not connected")
