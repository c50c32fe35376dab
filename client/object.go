package client

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/opencure/cure"
)

// MediaObject is the media type of an object: bytes of any sort.
const MediaObject = "application/octet-stream"

// MaxObject is the longest object in bytes that a hub takes over HTTP.
const MaxObject = 8 << 20

// Stored names what was kept.
type Stored struct {
	SHA256 string `json:"sha256" doc:"Of the bytes, hex."`
}

// PutObject keeps bytes that are too large for a batch, and returns their SHA-256 in hex when they are durable.
func (c *Client) PutObject(ctx context.Context, data []byte) (string, error) {
	var s Stored
	err := c.call(ctx, request{
		method: http.MethodPost, path: "/api/v1/objects", media: MediaObject, body: data, again: true,
	}, &s)
	return s.SHA256, err
}

// Object returns what was kept under that sum.
func (c *Client) Object(ctx context.Context, sum string) (data []byte, err error) {
	r := request{method: http.MethodGet, path: "/api/v1/objects/" + url.PathEscape(sum), again: true}
	err = c.do(ctx, r, func(resp *http.Response) error {
		data, err = io.ReadAll(io.LimitReader(resp.Body, MaxObject+1))
		if err != nil {
			return cure.Errorf(cure.Unavailable, "read object: %w", err)
		}
		return nil
	})
	return data, err
}
