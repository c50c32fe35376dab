package api

import (
	"context"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

// Who may use a route. A role may do what a route says; what of the data it
// meets there is up to the view.
var (
	readers    = []access.Role{access.RoleAdmin, access.RoleAnalyst, access.RoleReader}
	analysts   = []access.Role{access.RoleAdmin, access.RoleAnalyst}
	admins     = []access.Role{access.RoleAdmin}
	publishers = []access.Role{access.RoleAdmin, access.RolePublisher}
	anyRole    = []access.Role{access.RoleAdmin, access.RoleAnalyst, access.RoleReader, access.RolePublisher}
)

var errNoRoute = cure.Errorf(cure.NotFound, "no such resource; /api/docs lists them")

// route is one operation of the API.
type route struct {
	id      string // in OpenAPI, and the purpose of the scope
	method  string
	path    string // below /api/v1
	summary string
	text    string // more about it
	tag     string
	roles   []access.Role
}

const base = "/api/v1"

// operation describes the route for OpenAPI.
func (rt route) operation() huma.Operation {
	if len(rt.roles) == 0 {
		panic("route " + rt.id + " without roles")
	}
	text := "Roles: "
	for i, r := range rt.roles {
		if i > 0 {
			text += ", "
		}
		text += string(r)
	}
	if rt.text != "" {
		text = rt.text + "\n\n" + text
	}
	return huma.Operation{
		OperationID: rt.id, Method: rt.method, Path: base + rt.path, Summary: rt.summary, Description: text + ".",
		Tags: []string{rt.tag}, Security: []map[string][]string{{"key": {}}, {"session": {}}},
		MaxBodyBytes: maxBody,
		Errors:       []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests, http.StatusServiceUnavailable},
	}
}

// allow returns the view of who asks when its role may use the route.
func (s *Server) allow(ctx context.Context, rt route) (access.View, error) {
	p, ok := PrincipalOf(ctx)
	if !ok {
		return access.View{}, unauthorized(ctx)
	}
	if !slices.Contains(rt.roles, p.Role) {
		return access.View{}, cure.Errorf(cure.Denied, "a key of role %s may not do this", p.Role)
	}
	return s.o.View(p, rt.id), nil
}

// register adds a route whose input and output huma reads, checks, describes
// and writes.
func register[I, O any](s *Server, rt route, handle func(context.Context, access.View, *I) (*O, error)) {
	huma.Register(s.huma, rt.operation(), func(ctx context.Context, in *I) (*O, error) {
		v, err := s.allow(ctx, rt)
		if err == nil {
			err = settle(ctx, v, *in)
		}
		var o *O
		if err == nil {
			o, err = handle(ctx, v, in)
		}
		if err != nil {
			return nil, problemOf(ctx, err)
		}
		return o, nil
	})
}

// raw adds a route with a handler of its own; describe completes what OpenAPI
// says about its bodies.
func (s *Server) raw(rt route, describe func(*huma.Operation), handle func(http.ResponseWriter, *http.Request, access.View) error) {
	op := rt.operation()
	op.Responses = map[string]*huma.Response{}
	describe(&op)
	for _, status := range op.Errors {
		op.Responses[statusText(status)] = &huma.Response{Description: http.StatusText(status)}
	}
	s.huma.OpenAPI().AddOperation(&op)
	s.mux.HandleFunc(rt.method+" "+op.Path, func(w http.ResponseWriter, r *http.Request) {
		v, err := s.allow(r.Context(), rt)
		if err == nil {
			err = handle(w, r, v)
		}
		if err != nil {
			refuse(w, r, err)
		}
	})
}

// description is the head of the OpenAPI document.
func (s *Server) description() huma.Config {
	c := huma.DefaultConfig("OpenCURE", s.o.Version)
	c.Info.Description = "Ask and feed a hub that fuses security information. Values are given in their canonical form; " +
		"/search and /extract read any spelling. Times are UTC. What a key may not see does not exist for it."
	// Nothing is served by huma itself: its pages load scripts from elsewhere.
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil
	c.RejectUnknownQueryParameters = true
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key":     {Type: "http", Scheme: "bearer", Description: "Authorization: Bearer KEY"},
		"session": {Type: "apiKey", In: "cookie", Name: sessionCookie, Description: "The page's login."},
	}
	// Small numbers that write themselves as words would be taken for bytes.
	c.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[[]cure.Role](), reflect.TypeFor[[]string]())
	return c
}
