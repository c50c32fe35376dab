package client

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/opencure/cure"
)

// MaxObject is the longest object in bytes.
const MaxObject = 8 << 20

// ObjectSum names an object.
type ObjectSum struct {
	SHA256 string `json:"sha256" doc:"In lower-case hex."`
}

// PutObject keeps bytes that are too large for a batch and returns their
// SHA-256 in hex, by which records name them.
func (c *Client) PutObject(ctx context.Context, data []byte) (sum string, err error) {
	if len(data) > MaxObject {
		return "", cure.Errorf(cure.Invalid, "object of %d bytes, want at most %d", len(data), MaxObject)
	}
	var o ObjectSum
	err = c.call(ctx, request{method: http.MethodPost, path: "/api/v1/objects", media: "application/octet-stream", body: data, again: true}, &o)
	return o.SHA256, err
}

// Object returns what [Client.PutObject] kept.
func (c *Client) Object(ctx context.Context, sum string) (data []byte, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: "/api/v1/objects/" + url.PathEscape(sum), again: true}, func(r *http.Response) error {
		data, err = io.ReadAll(io.LimitReader(r.Body, MaxObject+1))
		if err != nil {
			return cure.Errorf(cure.Unavailable, "read object: %w", err)
		}
		return nil
	})
	return data, err
}
