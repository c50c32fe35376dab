package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/opencure/cure"
)

// Role says what a key may do.
type Role string

// The roles.
const (
	RoleAdmin     Role = "admin"     // everything
	RoleAnalyst   Role = "analyst"   // read, tag, control
	RoleReader    Role = "reader"    // read
	RolePublisher Role = "publisher" // write its sources, read nothing
)

// Principal is who holds a key.
type Principal struct {
	Key     string   `json:"key"` // public id of the key
	Name    string   `json:"name"`
	Org     string   `json:"org"`
	Role    Role     `json:"role"`
	MaxTLP  cure.TLP `json:"max_tlp"`
	Sources []string `json:"sources,omitempty"` // patterns a publisher may write
}

// KeySpec is what a new key shall be.
type KeySpec struct {
	Name    string    `json:"name"`
	Org     string    `json:"org,omitempty"` // "": the own one
	Role    Role      `json:"role"`
	MaxTLP  cure.TLP  `json:"max_tlp,omitempty"` // zero: RED for the own organisation, else the organisation's
	Sources []string  `json:"sources,omitempty"` // publisher: "cowrie/*"
	Expires time.Time `json:"expires,omitzero"`
	// UseBy ends a publisher's key that has opened no source until then; one
	// that has lives on to Expires. Zero: it may be used first at any time.
	UseBy time.Time `json:"use_by,omitzero"`
}

// Key is what is known of a key: everything but its secret.
type Key struct {
	ID string `json:"id"`
	KeySpec
	Created time.Time `json:"created"`
	By      string    `json:"by,omitempty"`
	Revoked time.Time `json:"revoked,omitzero"`
}

// Org is an organisation and what it may see.
type Org struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Own      bool         `json:"own,omitempty"`
	MaxTLP   cure.TLP     `json:"max_tlp,omitempty"`
	MaxPAP   cure.PAP     `json:"max_pap,omitempty"`
	Licence  cure.Licence `json:"licence,omitempty"`  // the strictest class it may have
	Personal bool         `json:"personal,omitempty"` // may see personal data
	Allow    []string     `json:"allow,omitempty"`    // source patterns; none: all
	Deny     []string     `json:"deny,omitempty"`
}

// AuditEvent is one change or one look at RED.
type AuditEvent struct {
	Seq    uint64    `json:"seq"`
	Time   time.Time `json:"time"`
	Key    string    `json:"key,omitempty"`
	Org    string    `json:"org,omitempty"`
	Action string    `json:"action"` // "key.create", "read.red", "control.delete" …
	Object string    `json:"object,omitempty"`
	Query  string    `json:"query,omitempty"` // keyed hash, never in clear
	Why    string    `json:"why,omitempty"`
}

// Keys lists the keys: all for an administrator, the own one for others.
func (c *Client) Keys(ctx context.Context) ([]Key, error) { return list[Key](ctx, c, "/keys", nil) }

// CreateKey makes a key and returns its text, which is shown this once. It is
// tried once: a second time would make a second key.
func (c *Client) CreateKey(ctx context.Context, spec KeySpec) (text string, key Key, err error) {
	var made struct {
		Text string `json:"text"`
		Key  Key    `json:"key"`
	}
	err = c.send(ctx, http.MethodPost, "/api/v1/keys", false, spec, &made)
	return made.Text, made.Key, err
}

// RevokeKey ends a key at once.
func (c *Client) RevokeKey(ctx context.Context, id string) error {
	return c.send(ctx, http.MethodDelete, "/api/v1/keys/"+url.PathEscape(id), true, nil, nil)
}

// Orgs lists the organisations: all for an administrator, the own one for
// others.
func (c *Client) Orgs(ctx context.Context) ([]Org, error) { return list[Org](ctx, c, "/orgs", nil) }

// SetOrg adds or changes an organisation.
func (c *Client) SetOrg(ctx context.Context, o Org) error {
	return c.send(ctx, http.MethodPut, "/api/v1/orgs/"+url.PathEscape(o.ID), true, o, nil)
}

// RemoveOrg removes an organisation and revokes its keys.
func (c *Client) RemoveOrg(ctx context.Context, id string) error {
	return c.send(ctx, http.MethodDelete, "/api/v1/orgs/"+url.PathEscape(id), true, nil, nil)
}

// Audit returns who changed or looked at what, newest first. For
// administrators.
func (c *Client) Audit(ctx context.Context, limit int) ([]AuditEvent, error) {
	return list[AuditEvent](ctx, c, "/audit", url.Values{"limit": {strconv.Itoa(limit)}})
}
