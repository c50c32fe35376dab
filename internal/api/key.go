package api

import (
	"context"
	"net/http"

	"github.com/opencure/cure/internal/access"
)

// created is a new key with its text.
type created struct {
	Text string     `json:"text" doc:"The key itself. It is shown this once and kept nowhere."`
	Key  access.Key `json:"key"`
}

// IDPath is an id in a path.
type IDPath struct {
	ID string `path:"id" maxLength:"96"`
}

type keyInput struct{ Body access.KeySpec }

type orgInput struct {
	IDPath
	Body access.Org
}

type auditInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"10000" default:"100" doc:"How many at most."`
}

// keysAndOrgs registers who may come in.
func (s *Server) keysAndOrgs() {
	register(s, route{
		id: "keys", method: http.MethodGet, path: "/keys", tag: "access", roles: anyRole,
		summary: "The keys, without their texts", text: "All of them for an administrator, the own one for others.",
	}, func(_ context.Context, v access.View, _ *struct{}) (*out[[]access.Key], error) {
		return body(s.o.Access.Keys(v.Principal()), nil)
	})
	register(s, route{
		id: "createKey", method: http.MethodPost, path: "/keys", tag: "access", roles: admins,
		summary: "Make a key",
	}, func(ctx context.Context, v access.View, in *keyInput) (*out[created], error) {
		text, key, err := s.o.Access.CreateKey(ctx, v.Principal(), in.Body)
		return body(created{text, key}, err)
	})
	register(s, route{
		id: "revokeKey", method: http.MethodDelete, path: "/keys/{id}", tag: "access", roles: admins,
		summary: "End a key at once",
	}, func(ctx context.Context, v access.View, in *IDPath) (*struct{}, error) {
		return nil, s.o.Access.RevokeKey(ctx, v.Principal(), in.ID)
	})
	register(s, route{
		id: "orgs", method: http.MethodGet, path: "/orgs", tag: "access", roles: anyRole,
		summary: "The organisations", text: "All of them for an administrator, the own one for others.",
	}, func(_ context.Context, v access.View, _ *struct{}) (*out[[]access.Org], error) {
		return body(s.o.Access.Orgs(v.Principal()), nil)
	})
	register(s, route{
		id: "setOrg", method: http.MethodPut, path: "/orgs/{id}", tag: "access", roles: admins,
		summary: "Add or change an organisation and what it may see",
	}, func(ctx context.Context, v access.View, in *orgInput) (*out[access.Org], error) {
		in.Body.ID = in.ID
		return body(in.Body, s.o.Access.SetOrg(ctx, v.Principal(), in.Body))
	})
	register(s, route{
		id: "removeOrg", method: http.MethodDelete, path: "/orgs/{id}", tag: "access", roles: admins,
		summary: "Remove an organisation and revoke its keys",
	}, func(ctx context.Context, v access.View, in *IDPath) (*struct{}, error) {
		return nil, s.o.Access.RemoveOrg(ctx, v.Principal(), in.ID)
	})
}

// audit registers who did what.
func (s *Server) audit() {
	register(s, route{
		id: "audit", method: http.MethodGet, path: "/audit", tag: "access", roles: admins,
		summary: "Who changed or looked at what, newest first",
	}, func(ctx context.Context, v access.View, in *auditInput) (*out[[]access.AuditEvent], error) {
		return body(s.o.Access.Audit(ctx, v.Principal(), in.Limit))
	})
}
