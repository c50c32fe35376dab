package publish

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// Fetch says how a feed is polled. The zero Fetch is an HTTP GET every day.
type Fetch struct {
	// Via is how: "" or "http" one document, "misp" a manifest and its events,
	// "taxii" a collection of a TAXII 2.1 server, "none" not at all: files of
	// it are published by hand.
	Via   string        `json:"via,omitempty" yaml:"via"`
	Every time.Duration `json:"every,omitempty" yaml:"every"` // period, at least MinPeriod; 0: a day
	// Stale is how long a feed may stay the same before that is a fault; 0:
	// ten periods, and at least a week. Negative: for ever.
	Stale time.Duration `json:"stale,omitempty" yaml:"stale"`
	// Hosts names other hosts that a redirect may lead to.
	Hosts    []string      `json:"hosts,omitempty" yaml:"hosts"`
	MaxBytes int64         `json:"max_bytes,omitempty" yaml:"max_bytes"` // of a copy as it is sent; 0: DefaultMaxBytes
	Timeout  time.Duration `json:"timeout,omitempty" yaml:"timeout"`     // of a poll; 0: ten minutes
	Auth     Auth          `json:"auth,omitzero" yaml:"auth"`
	// Collection names the id of a TAXII collection; "" takes the only one
	// that can be read.
	Collection string `json:"collection,omitempty" yaml:"collection"`
}

// Auth says how to authenticate. What is secret never stands in a definition:
// Secret names a file in the folder feeds.secrets of the configuration.
type Auth struct {
	// Kind is "basic" (the file holds user:password), "bearer" or "header"
	// (it holds the token), or "certificate" (SECRET.crt and SECRET.key).
	// SECRET.ca, if it is there, holds the authority of the server.
	Kind   string `json:"kind,omitempty" yaml:"kind"`
	Secret string `json:"secret,omitempty" yaml:"secret"`
	Header string `json:"header,omitempty" yaml:"header"` // name of the header, as in Auth-Key
}

// The bounds of polling.
const (
	MinPeriod       = time.Minute
	DefaultPeriod   = 24 * time.Hour
	DefaultMaxBytes = 512 << 20
	maxMaxBytes     = 16 << 30
	minStale        = 7 * 24 * time.Hour
)

// Period returns the time from one poll to the next.
func (f *Fetch) Period() time.Duration {
	if f.Every <= 0 {
		return DefaultPeriod
	}
	return f.Every
}

// Patience returns how long the feed may stay the same, 0 for ever.
func (f *Fetch) Patience() time.Duration {
	switch {
	case f.Stale < 0:
		return 0
	case f.Stale > 0:
		return f.Stale
	}
	return max(10*f.Period(), minStale)
}

// Limit returns the most bytes of a copy.
func (f *Fetch) Limit() int64 {
	if f.MaxBytes <= 0 {
		return DefaultMaxBytes
	}
	return f.MaxBytes
}

func (f *Fetch) check() error {
	switch {
	case !slices.Contains([]string{"", "http", "misp", "taxii", "none"}, f.Via):
		return errors.New("fetch.via is not http, misp, taxii or none")
	case f.Every != 0 && f.Every < MinPeriod:
		return errors.New("fetch.every is less than a minute")
	case f.MaxBytes < 0 || f.MaxBytes > maxMaxBytes:
		return errors.New("fetch.max_bytes is more than 16 GiB")
	case f.Timeout < 0 || f.Timeout > 24*time.Hour:
		return errors.New("fetch.timeout is more than a day")
	case f.Collection != "" && f.Via != "taxii":
		return errors.New("fetch.collection is for taxii")
	}
	for _, h := range f.Hosts {
		if h == "" || h != strings.ToLower(h) || strings.ContainsAny(h, "/ @?#") {
			return errors.New("fetch.hosts takes names of hosts, in small letters")
		}
	}
	return f.Auth.check()
}

func (a *Auth) check() error {
	if *a == (Auth{}) {
		return nil
	}
	switch {
	case !slices.Contains([]string{"basic", "bearer", "header", "certificate"}, a.Kind):
		return errors.New("fetch.auth.kind is not basic, bearer, header or certificate")
	case cure.Source("feeds/"+a.Secret).Check() != nil:
		return errors.New("fetch.auth.secret is the name of a file of a-z, 0-9, '-', '_'")
	case (a.Kind == "header") != (a.Header != ""):
		return errors.New("fetch.auth.header belongs to kind header")
	case strings.ContainsFunc(a.Header, func(r rune) bool { return r <= ' ' || r > '~' || r == ':' }):
		return errors.New("fetch.auth.header is not the name of a header")
	}
	return nil
}

// checkURL wants an address that can be polled, or none.
func (d *Definition) checkURL() error {
	if d.URL == "" {
		return nil
	}
	u, err := url.Parse(d.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return errors.New("the url is not http or https with a host, or holds a secret")
	}
	return nil
}
