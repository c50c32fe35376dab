package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/opencure/cure"
)

// Tickets lists built-in tickets, the newest first: those that tag an
// observable, or all when it is zero; closed ones too when all is set.
func (c *Client) Tickets(ctx context.Context, o cure.Observable, all bool) ([]cure.Ticket, error) {
	q := url.Values{}
	if !o.IsZero() {
		q.Set("observable", o.String())
	}
	if all {
		q.Set("all", "true")
	}
	return list[cure.Ticket](ctx, c, "/tickets", q)
}

// Ticket returns one ticket.
func (c *Client) Ticket(ctx context.Context, id string) (*cure.Ticket, error) {
	return ask[cure.Ticket](ctx, c, "/tickets/"+url.PathEscape(id), nil)
}

// NewTicket opens a ticket and returns it with its number. It is tried once.
func (c *Client) NewTicket(ctx context.Context, t cure.Ticket) (*cure.Ticket, error) {
	var made cure.Ticket
	err := c.send(ctx, http.MethodPost, "/api/v1/tickets", false, t, &made)
	return &made, err
}

// ChangeTicket makes one change and returns the ticket as it is then. It is
// tried once.
func (c *Client) ChangeTicket(ctx context.Context, id string, change cure.TicketChange) (*cure.Ticket, error) {
	var made cure.Ticket
	err := c.send(ctx, http.MethodPost, "/api/v1/tickets/"+url.PathEscape(id), false, change, &made)
	return &made, err
}
