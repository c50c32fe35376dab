package api

import (
	"context"
	"net/http"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

type waitInput struct{ Waits }

type quarantineInput struct {
	Paged
	Source string `query:"source" maxLength:"96" doc:"Of this source; none: of all."`
}

type applied struct {
	Applied uint64 `json:"applied" doc:"This stream sequence is applied."`
}

// sources registers the sources and what they could not read.
func (s *Server) sources() {
	register(s, route{
		id: "sources", method: http.MethodGet, path: "/sources", tag: "state", roles: readers,
		summary: "The sources and their state",
	}, func(_ context.Context, v access.View, _ *waitInput) (*out[[]access.SourceStatus], error) {
		return body(v.Sources(), nil)
	})
	register(s, route{
		id: "quarantine", method: http.MethodGet, path: "/quarantine", tag: "state", roles: readers,
		summary: "Raw records that could not be read, newest first",
	}, func(ctx context.Context, v access.View, in *quarantineInput) (*out[[]access.BadRecord], error) {
		if in.Source != "" {
			if err := cure.Source(in.Source).Check(); err != nil {
				return nil, err
			}
		}
		return body(v.Quarantined(ctx, cure.Source(in.Source), in.cursor()))
	})
}

// status registers the state of the hub.
func (s *Server) status() {
	register(s, route{
		id: "stats", method: http.MethodGet, path: "/stats", tag: "state", roles: readers,
		summary: "How much there is, as far as the key may see it",
	}, func(_ context.Context, v access.View, _ *waitInput) (*out[access.Stats], error) {
		return body(v.Stats(), nil)
	})
	register(s, route{
		id: "status", method: http.MethodGet, path: "/status", tag: "state", roles: admins,
		summary: "The state of the hub: sequences, memory, log, engines",
	}, func(ctx context.Context, v access.View, _ *waitInput) (*out[access.Status], error) {
		return body(v.Status(ctx))
	})
	register(s, route{
		id: "me", method: http.MethodGet, path: "/me", tag: "state", roles: anyRole,
		summary: "Who the key is, and the version of the hub",
	}, func(_ context.Context, v access.View, _ *struct{}) (*out[client.Me], error) {
		return body(client.Me{Version: s.o.Version, Principal: v.Principal(), Ready: v.Ready(), SIEM: s.o.SIEM}, nil)
	})
	register(s, route{
		id: "applied", method: http.MethodGet, path: "/applied", tag: "state", roles: anyRole,
		summary: "Wait until a stream sequence is applied",
	}, func(_ context.Context, _ access.View, in *waitInput) (*out[applied], error) {
		return body(applied{in.After}, nil)
	})
}
