package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/opencure/cure"
)

// Reach is the way on which a tag reaches a record or a value: a file of the
// record carries the tag, and these sources say so.
type Reach struct {
	Tag      cure.Observable `json:"tag"`
	Via      cure.Observable `json:"via"`              // the file
	Record   string          `json:"record,omitempty"` // in which value and file stand together
	Sources  []cure.Source   `json:"sources"`          // who ties the tag to the file
	Evidence []Evidence      `json:"evidence,omitempty"`
}

// Names are the names of one thing.
type Names struct {
	Tag    cure.Observable `json:"tag"`   // as asked
	Names  []Name          `json:"names"` // sorted, the asked one among them
	Claims []Claim         `json:"claims,omitempty"`
	Cut    bool            `json:"cut,omitempty"` // there are more than are followed
}

// Name is a name of a thing.
type Name struct {
	Tag      cure.Observable `json:"tag"`
	Language string          `json:"language,omitempty"` // "ja" where the script says so
	Known    bool            `json:"known,omitempty"`    // visible sources use it
}

// Claim says that two tags are names of one thing, who says it, and whether
// somebody decided otherwise.
type Claim struct {
	A        cure.Observable `json:"a"`
	B        cure.Observable `json:"b"`
	Same     bool            `json:"same"` // what holds for you
	Sources  []cure.Source   `json:"sources,omitempty"`
	Evidence []Evidence      `json:"evidence,omitempty"`
	People   []cure.Override `json:"people,omitempty"` // what people decided, the last one counts
}

// Conflict is something about which those who speak of a value do not agree.
type Conflict struct {
	About  string  `json:"about"` // "family", "group", "verdict", "role"
	Claims []Party `json:"claims"`
}

// Party is one side of a conflict.
type Party struct {
	Says    string        `json:"says"`
	Sources []cure.Source `json:"sources,omitempty"`
	People  []string      `json:"people,omitempty"` // names of keys
}

// TagRecord is a record that a tag reaches, and the way.
type TagRecord struct {
	Sighting
	Via     cure.Observable `json:"via"`     // the file in it that carries the tag
	Tag     cure.Observable `json:"tag"`     // the name it was given
	Sources []cure.Source   `json:"sources"` // who ties it
}

// TagRecords are the records that a tag reaches over the files tied to it.
type TagRecords struct {
	Tag       cure.Observable   `json:"tag"`
	Records   []TagRecord       `json:"records"`
	More      bool              `json:"more,omitempty"`
	TooCommon []cure.Observable `json:"too_common,omitempty"` // files that everything holds: not followed
}

// TagRecords returns the records that a tag, under any of its names, reaches.
func (c *Client) TagRecords(ctx context.Context, tag string, p Page) (*TagRecords, error) {
	return ask[TagRecords](ctx, c, "/tags/"+url.PathEscape(tag)+"/records", p.query(0))
}

// Names returns the names of the thing that a tag names.
func (c *Client) Names(ctx context.Context, tag string) (*Names, error) {
	return ask[Names](ctx, c, "/aliases", url.Values{"tag": {tag}})
}

// Overrides lists decisions, newest first: on an observable, or all when it is
// zero; ended ones too when all is set.
func (c *Client) Overrides(ctx context.Context, o cure.Observable, all bool) ([]cure.Override, error) {
	q := url.Values{}
	if !o.IsZero() {
		q.Set("observable", o.String())
	}
	if all {
		q.Set("all", "true")
	}
	return list[cure.Override](ctx, c, "/overrides", q)
}

// SetOverride records a decision and returns it as it stands. It is tried
// once.
func (c *Client) SetOverride(ctx context.Context, o cure.Override) (*cure.Override, error) {
	var made cure.Override
	err := c.send(ctx, http.MethodPost, "/api/v1/overrides", false, o, &made)
	return &made, err
}

// RemoveOverride takes a decision back.
func (c *Client) RemoveOverride(ctx context.Context, id cure.ID, reason string) error {
	return c.call(ctx, request{
		method: http.MethodDelete, path: "/api/v1/overrides/" + id.String(), query: url.Values{"reason": {reason}}, again: true,
	}, nil)
}
