package client

import "context"

// Digest is a hash over all that a key sees.
type Digest struct {
	Digest string `json:"digest" doc:"SHA-256, hex. Two hubs that hold the same have the same."`
}

// Digest asks for a hash over all that the key sees: replicas and restored
// backups are compared by it. For administrators; it reads the whole store.
func (c *Client) Digest(ctx context.Context) (string, error) {
	d, err := ask[Digest](ctx, c, "/digest", nil)
	if err != nil {
		return "", err
	}
	return d.Digest, nil
}
