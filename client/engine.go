package client

import (
	"context"
	"net/http"
	"net/url"
)

// Engines returns the engines of the hub, sorted by name.
func (c *Client) Engines(ctx context.Context) ([]Enricher, error) {
	return list[Enricher](ctx, c, "/engines", nil)
}

// RemoveEngine takes back all that an engine ever said and returns the stream
// sequence of that. For administrators.
func (c *Client) RemoveEngine(ctx context.Context, name string) (uint64, error) {
	var s sequence
	err := c.send(ctx, http.MethodDelete, "/api/v1/engines/"+url.PathEscape(name), true, nil, &s)
	return s.Sequence, err
}
