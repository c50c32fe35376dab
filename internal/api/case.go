package api

import (
	"context"
	"net/http"
	"time"

	"github.com/opencure/cure"
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

type campaignsInput struct {
	Waits
	Paged
	Days int `query:"days" minimum:"0" maximum:"3660" doc:"What was seen in so many days; 0: 30."`
}

type changesInput struct {
	Waits
	Since time.Time `query:"since" doc:"Since when (RFC 3339); without it: a day ago."`
	Days  int       `query:"days" minimum:"0" maximum:"3660" doc:"What was seen in so many days; 0: 30."`
}

type campaignInput struct {
	Waits
	IDPath
	Days int `query:"days" minimum:"0" maximum:"3660" doc:"What was seen in so many days; 0: 30."`
}

// campaigns registers groups of values that belong together.
func (s *Server) campaigns() {
	register(s, route{
		id: "campaigns", method: http.MethodGet, path: "/campaigns", tag: "cases", roles: readers,
		summary: "Groups of values that belong together across databases",
		text: "Connected over rare values and tags that are near in time, as far as the key may see them; over-common values never join. " +
			"Those that cross most publishers first, each with a few members.",
	}, func(ctx context.Context, v access.View, in *campaignsInput) (*out[access.Campaigns], error) {
		return body(v.Campaigns(ctx, in.Days, in.cursor()))
	})
	register(s, route{
		id: "campaignChanges", method: http.MethodGet, path: "/campaigns/changes", tag: "cases", roles: readers,
		summary: "What is new about campaigns since a time",
		text:    "The groups of the days up to that time against those of now: new ones, what joined which, and which became one.",
	}, func(ctx context.Context, v access.View, in *changesInput) (*out[access.CampaignChanges], error) {
		since := in.Since
		if since.IsZero() {
			since = s.o.Now().Add(-24 * time.Hour)
		}
		return body(v.CampaignChanges(ctx, in.Days, since))
	})
	register(s, route{
		id: "campaign", method: http.MethodGet, path: "/campaigns/{id}", tag: "cases", roles: readers,
		summary: "One campaign with its members",
		text:    "A campaign keeps its id as it grows. Of two that merge the older one's stays; that of any member finds the campaign it is in.",
	}, func(ctx context.Context, v access.View, in *campaignInput) (*out[access.Campaign], error) {
		id, err := cure.ParseID(in.ID)
		if err != nil {
			return nil, err
		}
		return body(v.Campaign(ctx, id, in.Days))
	})
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
