// Package client asks and feeds a hub over HTTP: the public Go interface of
// OpenCURE, and what the command line itself uses.
//
// [New] makes a [Client] of the address of a hub and a key. Readers want
// [Client.Search] (one question, or several), [Client.Lookup] (thousands of
// exact values at once), [Client.Extract] (any text) and [Client.Links];
// publishers [Client.Open] and what hangs on it, or [Client.Push] for records
// as lines of JSON; operators the rest.
//
// A Client keeps connections and no other state, and is safe for concurrent
// use. Every method blocks until the hub has answered or its context ends.
// Errors carry a [cure.ErrorKind] and, when the hub said why, a [*Problem].
// What is idempotent is tried again with growing pauses when the hub could
// not be reached or is busy; what is not is tried once.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// Client is a connection to one hub as one principal.
type Client struct {
	base  *url.URL
	key   string
	http  *http.Client
	agent string
	tries int
	sleep func(context.Context, time.Duration) error
}

// Option changes a client from its defaults.
type Option func(*Client)

// WithHTTP makes the client use h, for proxies, certificates and tests.
func WithHTTP(h *http.Client) Option { return func(c *Client) { c.http = h } }

// WithAgent sets the User-Agent; the default is "cure-client".
func WithAgent(agent string) Option { return func(c *Client) { c.agent = agent } }

// WithTries sets how often an idempotent request is sent at most; the
// default is 4, 1 means never again.
func WithTries(n int) Option { return func(c *Client) { c.tries = max(n, 1) } }

// New returns a client of the hub at the address ("http://127.0.0.1:8080").
// It does not connect. A key over http to another machine is refused: whoever
// listens could use it.
func New(address, key string, options ...Option) (*Client, error) {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, cure.Errorf(cure.Invalid, "address of the hub %.200q, want http://host:port or https://host", address)
	}
	if base.Scheme == "http" && key != "" && !loopback(base.Hostname()) {
		return nil, cure.Errorf(cure.Invalid, "key over unencrypted http to %s: use https", base.Host)
	}
	base.Path = strings.TrimSuffix(base.Path, "/")
	base.RawQuery, base.Fragment = "", ""
	c := &Client{base: base, key: key, agent: "cure-client", tries: 4, sleep: sleep}
	for _, o := range options {
		o(c)
	}
	if c.http == nil {
		c.http = &http.Client{Transport: transport()}
	}
	return c, nil
}

// transport is Go's own with more connections kept for a hub.
func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 16
	return t
}

// Address returns where the client reaches the hub.
func (c *Client) Address() string { return c.base.String() }

func loopback(host string) bool {
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
}

// request is one call of the hub.
type request struct {
	method string
	path   string // below the address, escaped
	query  url.Values
	header http.Header
	media  string // of the body
	body   []byte
	again  bool // idempotent: may be sent more than once
}

// get asks for JSON.
func (c *Client) get(ctx context.Context, path string, q url.Values, into any) error {
	return c.call(ctx, request{method: http.MethodGet, path: path, query: q, again: true}, into)
}

// send sends v as JSON, or no body when v is nil.
func (c *Client) send(ctx context.Context, method, path string, again bool, v, into any) error {
	r := request{method: method, path: path, again: again}
	if v != nil {
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("encode %s %s: %w", method, path, err)
		}
		r.media, r.body = "application/json", b
	}
	return c.call(ctx, r, into)
}

// call makes the request and decodes the JSON answer.
func (c *Client) call(ctx context.Context, r request, into any) error {
	return c.do(ctx, r, func(resp *http.Response) error {
		if into == nil {
			return nil
		}
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			return cure.Errorf(cure.Unavailable, "decode answer of %s %s: %w", r.method, r.path, err)
		}
		return nil
	})
}

// do makes the request, again where that is allowed and may help, and gives
// the successful response to read. The response is closed when do returns.
func (c *Client) do(ctx context.Context, r request, read func(*http.Response) error) error {
	for try := 1; ; try++ {
		err := c.once(ctx, r, read)
		if err == nil || !r.again || try >= c.tries || ctx.Err() != nil || cure.KindOf(err) != cure.Unavailable {
			return err
		}
		// Full jitter, so that many publishers of a hub that comes back do
		// not come back in step.
		pause := time.Duration(rand.Int64N(int64(100*time.Millisecond) << min(try, 6)))
		var p *Problem
		if errors.As(err, &p) {
			pause += p.RetryAfter
		}
		if c.sleep(ctx, pause) != nil {
			return err
		}
	}
}

func (c *Client) once(ctx context.Context, r request, read func(*http.Response) error) error {
	target := c.base.String() + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(r.body))
	if err != nil {
		return cure.Errorf(cure.Invalid, "make request %s %s: %w", r.method, r.path, err)
	}
	for k, v := range r.header {
		req.Header[k] = v
	}
	req.Header.Set("User-Agent", c.agent)
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	if r.media != "" {
		req.Header.Set("Content-Type", r.media)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("ask hub at %s: %w", c.base.Host, ctx.Err())
		}
		return cure.Errorf(cure.Unavailable, "reach hub at %s: %w", c.base.Host, err)
	}
	defer func() {
		// Reading to the end lets the connection be used again.
		_, _ = io.CopyN(io.Discard, resp.Body, maxProblem)
		_ = resp.Body.Close()
	}()
	if resp.StatusCode >= 300 {
		return readProblem(resp)
	}
	return read(resp)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
