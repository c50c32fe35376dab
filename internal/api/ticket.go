package api

import (
	"context"
	"net/http"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

type ticketsInput struct {
	Observable string `query:"observable" maxLength:"12288" doc:"Only tickets that hold or tag this one, as kind:value; none: all."`
	All        bool   `query:"all" doc:"Closed ones too."`
}

type ticketInput struct{ Body cure.Ticket }

type ticketChangeInput struct {
	IDPath
	Body cure.TicketChange
}

// tickets registers the built-in tickets.
func (s *Server) tickets() {
	register(s, route{
		id: "tickets", method: http.MethodGet, path: "/tickets", tag: "tickets", roles: readers,
		summary: "Built-in tickets, the newest first",
	}, func(_ context.Context, v access.View, in *ticketsInput) (*out[[]cure.Ticket], error) {
		o, err := optionalObservable(in.Observable)
		if err != nil {
			return nil, err
		}
		return body(v.Tickets(o, in.All), nil)
	})
	register(s, route{
		id: "newTicket", method: http.MethodPost, path: "/tickets", tag: "tickets", roles: analysts,
		summary: "Open a ticket",
		text: "Title, text, marking and from count. The ticket holds what was chosen (from.about) and all that from.records name, and says so in the hub as source tickets/built-in. " +
			"Without a marking it stays in the own organisation and is as strict as its records.",
	}, func(ctx context.Context, v access.View, in *ticketInput) (*out[cure.Ticket], error) {
		return body(v.NewTicket(ctx, in.Body))
	})
	register(s, route{
		id: "ticket", method: http.MethodGet, path: "/tickets/{id}", tag: "tickets", roles: readers,
		summary: "One ticket",
	}, func(_ context.Context, v access.View, in *IDPath) (*out[cure.Ticket], error) {
		return body(v.Ticket(in.ID))
	})
	register(s, route{
		id: "changeTicket", method: http.MethodPost, path: "/tickets/{id}", tag: "tickets", roles: analysts,
		summary: "Tag an observable, add a comment, or close a ticket",
		text:    "A tag is an annotation of source tickets/built-in, in the hub when this returns.",
	}, func(ctx context.Context, v access.View, in *ticketChangeInput) (*out[cure.Ticket], error) {
		return body(v.ChangeTicket(ctx, in.ID, in.Body))
	})
}
