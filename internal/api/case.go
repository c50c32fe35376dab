package api

import (
	"context"
	"net/http"
	"time"

	"github.com/opencure/cure/internal/access"
)

type detectionsInput struct {
	Waits
	Paged
	Span
	Port      string `query:"port" maxLength:"16" doc:"With this port, as tcp/23."`
	Address   string `query:"address" maxLength:"64" doc:"In which this value takes part."`
	Publisher string `query:"publisher" maxLength:"96" doc:"Found by this publisher or source."`
}

type casesInput struct {
	Waits
	Paged
}

type caseInput struct {
	Waits
	IDPath
	Before int `query:"before" minimum:"0" maximum:"525600" doc:"Minutes before the detection to look at; 0: 72 hours."`
	After  int `query:"after" minimum:"0" maximum:"525600" doc:"Minutes after it; 0: 24 hours."`
}

// cases registers detections and what belongs to them.
func (s *Server) cases() {
	register(s, route{
		id: "detections", method: http.MethodGet, path: "/detections", tag: "cases", roles: readers,
		summary: "What engines and publishers found, those that began last first",
	}, func(ctx context.Context, v access.View, in *detectionsInput) (*out[[]access.Finding], error) {
		return body(v.Detections(ctx, access.FindingFilter{
			From: in.From, To: in.To, Port: in.Port, Address: in.Address, Publisher: in.Publisher,
		}, in.cursor()))
	})
	register(s, route{
		id: "cases", method: http.MethodGet, path: "/cases", tag: "cases", roles: readers,
		summary: "The cases, those of the newest detections first, without their blocks",
	}, func(ctx context.Context, v access.View, in *casesInput) (*out[[]access.CaseFile], error) {
		return body(v.Cases(ctx, in.cursor()))
	})
	register(s, route{
		id: "case", method: http.MethodGet, path: "/cases/{id}", tag: "cases", roles: readers,
		summary: "A detection with everything that belongs to it",
		text: "Computed at each question from what the key may see. The id is that of the detection, or of a record: " +
			"then an own alert is explained by what others know. A block that nothing fills says what will.",
	}, func(ctx context.Context, v access.View, in *caseInput) (*out[access.CaseFile], error) {
		return body(v.Case(ctx, in.ID, access.CaseWindow{
			Before: time.Duration(in.Before) * time.Minute, After: time.Duration(in.After) * time.Minute,
		}))
	})
}
