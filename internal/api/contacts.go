package api

import (
	"context"
	"net/http"
	"time"

	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

type contactsInput struct {
	Waits
	Paged
	ValuePath
	Days int `query:"days" minimum:"1" maximum:"3650" default:"90" doc:"How far to look back, by event time."`
}

// contacts registers who of the own side had to do with a value.
func (s *Server) contacts() {
	register(s, route{
		id: "contacts", method: http.MethodGet, path: "/observables/{kind}/{value}/contacts", tag: "observables", roles: readers,
		summary: "Who of the own side had to do with a value",
		text: "Own hosts, names and mail addresses that stand in one record with the value: flows, alerts, processes, web accesses. From memory, " +
			"as far back as single observations are kept (kept in the answer).",
	}, func(ctx context.Context, v access.View, in *contactsInput) (*out[client.Contacts], error) {
		o, err := in.observable()
		if err != nil {
			return nil, err
		}
		return body(v.Contacts(ctx, o, s.o.Now().Add(-time.Duration(in.Days)*24*time.Hour), in.cursor()))
	})
}
