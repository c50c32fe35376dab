// Package fetch brings one document, or a MISP feed, from a web server: only
// from the address it was given, only when it has changed, never more than
// allowed. It answers "what does the publisher of this list say now?" and
// knows nothing of what is in it.
//
// In go a [Target] and what was remembered of the last time; out comes a file
// and what to remember. A redirect is followed on the same host, or to a host
// that the target names, and never from https to http; secrets go to the first
// host only. Nothing that a document names is ever contacted.
//
// A client holds idle connections and no other state; it is safe for
// concurrent use and starts no goroutines of its own.
package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
)

// Target is a document on a web server.
type Target struct {
	URL      string
	Hosts    []string // that redirects may lead to, beside its own
	MaxBytes int64    // of the document, without its compression
	Auth     Auth
}

// Auth is what to authenticate with; the zero Auth is nothing.
type Auth struct {
	User, Password string           // basic
	Bearer         string           // token
	Header, Value  string           // a header of that name
	Certificate    *tls.Certificate // of the client
	Roots          *x509.CertPool   // that the server's certificate leads to; nil: the system's
}

// Known is what is remembered of a document from one time to the next.
type Known struct {
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"` // Last-Modified, as it was sent
}

// Failure is an answer that brings nothing.
type Failure struct {
	Status     int           // of HTTP
	RetryAfter time.Duration // that the server asks for
}

// Error says what came.
func (f *Failure) Error() string {
	return fmt.Sprintf("server answers %d %s", f.Status, http.StatusText(f.Status))
}

// Client fetches.
type Client struct {
	agent string
	now   func() time.Time
}

// New returns a client that calls itself agent.
func New(agent string, now func() time.Time) *Client { return &Client{agent: agent, now: now} }

const maxRedirects = 5

// HTTP returns an HTTP client for the target: its certificate, its redirects,
// no cookies. Close its idle connections when done.
func (c *Client) HTTP(t *Target) *http.Client {
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout:    15 * time.Second,
		ResponseHeaderTimeout:  2 * time.Minute,
		MaxIdleConns:           4,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: t.Auth.Roots},
	}
	if t.Auth.Certificate != nil {
		transport.TLSClientConfig.Certificates = []tls.Certificate{*t.Auth.Certificate}
	}
	return &http.Client{
		Transport: transport,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			return checkRedirect(t, r, via)
		},
	}
}

// checkRedirect holds where a redirect may lead.
func checkRedirect(t *Target, r *http.Request, via []*http.Request) error {
	first, last := via[0].URL, via[len(via)-1].URL
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	case r.URL.Scheme != "https" && (r.URL.Scheme != "http" || last.Scheme == "https"):
		return errors.New("redirect from https to something else")
	case r.URL.Host == first.Host:
	case r.URL.Hostname() == first.Hostname() && first.Scheme == "http" && r.URL.Scheme == "https":
	case slices.Contains(t.Hosts, strings.ToLower(r.URL.Hostname())):
		r.Header.Del("Authorization")
		if t.Auth.Header != "" {
			r.Header.Del(t.Auth.Header)
		}
		if t.Auth.Certificate != nil {
			return errors.New("redirect to another host with a client certificate")
		}
	default:
		return fmt.Errorf("redirect to the host %.100q, which the definition does not name", r.URL.Host)
	}
	return nil
}

// Request makes a GET with what the target authenticates by.
func (c *Client) Request(ctx context.Context, t *Target, address string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, cure.Errorf(cure.Invalid, "fetch: %w", err)
	}
	r.Header.Set("User-Agent", c.agent)
	switch a := &t.Auth; {
	case a.User != "":
		r.SetBasicAuth(a.User, a.Password)
	case a.Bearer != "":
		r.Header.Set("Authorization", "Bearer "+a.Bearer)
	case a.Header != "":
		r.Header.Set(a.Header, a.Value)
	}
	return r, nil
}

// Get brings the document into a new file at path, unless it is as known says:
// then same is true and no file is there. An error is Unavailable: the server
// could not be reached, refuses, redirects to where it must not, or sends too
// much or nothing.
func (c *Client) Get(ctx context.Context, t *Target, known Known, path string) (now Known, same bool, err error) {
	client := c.HTTP(t)
	defer client.CloseIdleConnections()
	return c.get(ctx, client, t, t.URL, known, path)
}

func (c *Client) get(ctx context.Context, client *http.Client, t *Target, address string, known Known, path string) (Known, bool, error) {
	r, err := c.Request(ctx, t, address)
	if err != nil {
		return known, false, err
	}
	if known.ETag != "" {
		r.Header.Set("If-None-Match", known.ETag)
	}
	if known.Modified != "" {
		r.Header.Set("If-Modified-Since", known.Modified)
	}
	resp, err := client.Do(r)
	if err != nil {
		return known, false, Unreachable(err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotModified && known != (Known{}):
		return known, true, nil
	case resp.StatusCode != http.StatusOK:
		return known, false, cure.Errorf(cure.Unavailable, "%w", FailureOf(resp, c.now()))
	}
	if err := save(ctx, resp.Body, path, t.MaxBytes); err != nil {
		return known, false, err
	}
	return Known{ETag: brief(resp.Header.Get("ETag")), Modified: brief(resp.Header.Get("Last-Modified"))}, false, nil
}

// brief keeps a validator that has a sane length.
func brief(s string) string {
	if len(s) > 1<<10 {
		return ""
	}
	return s
}

// Unreachable says that a server could not be asked. The address is left out:
// it may hold a key.
func Unreachable(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return cure.Errorf(cure.Unavailable, "server cannot be asked: %w", err)
}

// FailureOf reads an answer that brings nothing.
func FailureOf(resp *http.Response, now time.Time) *Failure {
	f := &Failure{Status: resp.StatusCode}
	after := resp.Header.Get("Retry-After")
	if n, err := strconv.Atoi(after); err == nil && n > 0 {
		f.RetryAfter = time.Duration(min(n, 86400)) * time.Second
	} else if t, err := http.ParseTime(after); err == nil {
		f.RetryAfter = min(max(t.Sub(now), 0), 24*time.Hour)
	}
	return f
}

// save writes a document into a file; a document that is compressed in itself
// is measured without that.
func save(ctx context.Context, body io.Reader, path string, most int64) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return cure.Errorf(cure.Unavailable, "keep copy: %w", err)
	}
	n, err := io.Copy(f, io.LimitReader(body, most+1))
	if e := f.Close(); err == nil && e != nil {
		err = e
	}
	switch {
	case err != nil:
		err = cure.Errorf(cure.Unavailable, "receive copy: %w", err)
	case n > most:
		err = TooLarge(most)
	case n == 0:
		err = cure.Errorf(cure.Unavailable, "server sends an empty document")
	default:
		err = feed.Measure(ctx, path, most)
	}
	if err != nil {
		os.Remove(path)
	}
	return err
}

// TooLarge says that a document is longer than allowed.
func TooLarge(most int64) error {
	return cure.Errorf(cure.Unavailable, "document has more than %d bytes; raise fetch.max_bytes if it should", most)
}
