package client

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/opencure/cure"
)

// Contacts is who of the own side stood in one record with a value: who talked
// to it, was alerted on it, ran it.
type Contacts struct {
	Observable cure.Observable `json:"observable"`
	Since      time.Time       `json:"since"`         // asked for
	Kept       time.Time       `json:"kept"`          // single observations that arrived before are not kept
	Hosts      []Contact       `json:"hosts"`         // who had to do with it last comes first
	Cut        int             `json:"cut,omitempty"` // hosts that are not shown
	// Partial says that the value has so many observations that only the newest
	// million were looked at.
	Partial bool `json:"partial,omitempty"`
}

// Contact is one own host, name or mail address.
type Contact struct {
	Host    cure.Observable   `json:"host"`
	First   time.Time         `json:"first"`
	Last    time.Time         `json:"last"`
	Count   uint64            `json:"count"` // of the value, as the sources count
	Sources []cure.Source     `json:"sources"`
	Ports   []cure.Observable `json:"ports,omitempty"` // in the same records, at most 16
}

// Contacts returns who of the own side had to do with a value within a number
// of days (0: 90), at most limit (0: 100). NotFound: nobody visible knows it.
func (c *Client) Contacts(ctx context.Context, o cure.Observable, days, limit int) (*Contacts, error) {
	q := url.Values{}
	if days > 0 {
		q.Set("days", strconv.Itoa(days))
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	return ask[Contacts](ctx, c, "/observables/"+o.Kind.String()+"/"+url.PathEscape(o.Value)+"/contacts", q)
}
