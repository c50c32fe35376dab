package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/opencure/cure"
)

// KeptSearches lists the searches the key keeps and those shared in its
// organisation, by name.
func (c *Client) KeptSearches(ctx context.Context) ([]cure.KeptSearch, error) {
	return list[cure.KeptSearch](ctx, c, "/searches", url.Values{})
}

// KeepSearch keeps a search and returns it as it stands; one of the same name
// is replaced.
func (c *Client) KeepSearch(ctx context.Context, k cure.KeptSearch) (*cure.KeptSearch, error) {
	var made cure.KeptSearch
	err := c.send(ctx, http.MethodPost, "/api/v1/searches", true, k, &made)
	return &made, err
}

// ForgetSearch forgets a kept search.
func (c *Client) ForgetSearch(ctx context.Context, id cure.ID) error {
	return c.send(ctx, http.MethodDelete, "/api/v1/searches/"+url.PathEscape(id.String()), true, nil, nil)
}
