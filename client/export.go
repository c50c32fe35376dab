package client

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/opencure/cure"
)

// ExportOf says of what a bundle is wanted: one of its fields.
type ExportOf struct {
	Query      string          // as Search
	Observable cure.Observable // one value
	Case       string          // id of a detection or record
	Campaign   string
}

// ExportSTIX writes what the key may see of it to w, as a STIX 2.1 bundle of
// at most 1,000 values; a bundle that does not hold all says so in a note.
func (c *Client) ExportSTIX(ctx context.Context, of ExportOf, w io.Writer) error {
	q := url.Values{"format": {"stix"}}
	text := map[string]string{"q": of.Query, "case": of.Case, "campaign": of.Campaign}
	if !of.Observable.IsZero() {
		text["observable"] = of.Observable.Kind.String() + ":" + of.Observable.Value
	}
	for name, v := range text {
		if v != "" {
			q.Set(name, v)
		}
	}
	return c.do(ctx, request{method: http.MethodGet, path: "/api/v1/export", query: q}, func(resp *http.Response) error {
		if _, err := io.Copy(w, resp.Body); err != nil {
			return cure.Errorf(cure.Unavailable, "read bundle: %w", err)
		}
		return nil
	})
}
