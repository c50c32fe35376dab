package api

import (
	"context"
	"net/http"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/ioc"
)

type activitiesInput struct {
	Waits
	Paged
	Span
	Port string `query:"port" maxLength:"16" doc:"On this port, as tcp/23."`
	All  bool   `query:"all" doc:"Suppressed ones too."`
}

type activityInput struct {
	Waits
	IDPath
}

type suppressInput struct {
	IDPath
	Body access.Suppression
}

type darknetPortsInput struct {
	Hours int `query:"hours" minimum:"0" maximum:"168" doc:"How far back; 0: 24."`
}

type whyNotInput struct {
	Port string    `query:"port" required:"true" maxLength:"16" doc:"As tcp/23."`
	At   time.Time `query:"at" required:"true" doc:"When (RFC 3339), event time."`
}

// darknet registers what the engines of the darknet notice.
func (s *Server) darknet() {
	register(s, route{
		id: "activities", method: http.MethodGet, path: "/darknet/activities", tag: "darknet", roles: readers,
		summary: "Malware activities that were noticed in darknets, those that began last first",
		text: "One for all engines and windows that mean the same. The id is that of the detection and of its case. " +
			"Votes of engines are remembered for eight days.",
	}, func(ctx context.Context, v access.View, in *activitiesInput) (*out[[]access.Activity], error) {
		return body(v.Activities(ctx, s.o.Darknet, access.ActivityFilter{From: in.From, To: in.To, Port: in.Port, All: in.All}, in.cursor()))
	})
	register(s, route{
		id: "activity", method: http.MethodGet, path: "/darknet/activities/{id}", tag: "darknet", roles: readers,
		summary: "One activity with its pictures",
		text:    "Growth, port set, heat map of hosts and bins, and members are drawn at each question from the records that the key may see.",
	}, func(ctx context.Context, v access.View, in *activityInput) (*out[access.ActivityFile], error) {
		id, err := cure.ParseID(in.ID)
		if err != nil {
			return nil, err
		}
		return body(v.Activity(ctx, s.o.Darknet, id))
	})
	register(s, route{
		id: "suppressActivity", method: http.MethodPost, path: "/darknet/activities/{id}/suppress", tag: "darknet", roles: analysts,
		summary: "Fold an activity away, and what comes later on its ports",
		text:    "Sets overrides of kind suppress and returns them; they stick until they expire or are removed as overrides.",
	}, func(ctx context.Context, v access.View, in *suppressInput) (*out[[]cure.Override], error) {
		id, err := cure.ParseID(in.ID)
		if err != nil {
			return nil, err
		}
		return body(v.SuppressActivity(ctx, id, in.Body))
	})
	register(s, route{
		id: "darknetPorts", method: http.MethodGet, path: "/darknet/ports", tag: "darknet", roles: readers,
		summary: "Sources of each port over time, with backscatter and overflow",
	}, func(ctx context.Context, v access.View, in *darknetPortsInput) (*out[access.DarknetPorts], error) {
		return body(v.DarknetPorts(ctx, s.o.Darknet, in.Hours))
	})
	register(s, route{
		id: "whyNot", method: http.MethodGet, path: "/darknet/why", tag: "darknet", roles: readers,
		summary: "Why a port did not alarm at a time, or that it did",
		text:    "What each test of each engine measured and expected, and where its line was. Remembered for two days.",
	}, func(ctx context.Context, v access.View, in *whyNotInput) (*out[access.WhyNot], error) {
		port, err := ioc.Canonical(cure.KindPort, in.Port)
		if err != nil {
			return nil, err
		}
		return body(v.WhyNot(ctx, s.o.Darknet, port, in.At))
	})
}
