package poll

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/feed/fetch"
	"github.com/opencure/cure/internal/feed/taxii"
	"github.com/opencure/cure/internal/publish"
)

// Names of what is kept of a feed, behind its name.
const (
	fresh   = ".new"   // is being fetched
	copied  = ".copy"  // is being published
	last    = ".last"  // was published
	events  = ".misp"  // folder of events
	objects = ".taxii" // all objects of a collection
)

// bring fetches a feed and publishes what came.
func (p *Poller) bring(ctx context.Context, d *publish.Definition, m *memory) error {
	if err := os.MkdirAll(p.o.Dir, 0o700); err != nil {
		return cure.Errorf(cure.Unavailable, "keep copies: %w", err)
	}
	// A copy that is still there was not published to its end.
	if path := p.path(d.Name, copied); exists(path) {
		if err := p.publish(ctx, d, m, path); err != nil {
			return err
		}
	}
	auth, err := p.auth(&d.Fetch.Auth)
	if err != nil {
		return err
	}
	t := &fetch.Target{URL: d.URL, Hosts: d.Fetch.Hosts, MaxBytes: d.Fetch.Limit(), Auth: auth}
	same, err := p.get(ctx, d, t, m)
	if err != nil {
		return err
	}
	if same {
		return p.renew(ctx, d, m)
	}
	path := p.path(d.Name, copied)
	if err := os.Rename(p.path(d.Name, fresh), path); err != nil {
		return cure.Errorf(cure.Unavailable, "keep copy: %w", err)
	}
	made := p.o.Now() // the time of a copy is ours, and stays over a restart
	if err := os.Chtimes(path, made, made); err != nil {
		return cure.Errorf(cure.Unavailable, "keep copy: %w", err)
	}
	sum, err := feed.Sum(path)
	if err != nil {
		return err
	}
	if sum == m.Sum && m.Error == "" { // sent again, and nothing is different
		if err := os.Rename(path, p.path(d.Name, last)); err != nil {
			return cure.Errorf(cure.Unavailable, "keep copy: %w", err)
		}
		return p.renew(ctx, d, m)
	}
	if err := p.publish(ctx, d, m, path); err != nil {
		return err
	}
	if sum != m.Sum {
		m.Sum, m.Changed = sum, p.o.Now().UTC()
	}
	return nil
}

// renew publishes a copy that has not changed once a day: what is still listed
// would lose its weight otherwise.
func (p *Poller) renew(ctx context.Context, d *publish.Definition, m *memory) error {
	now, kept := p.o.Now(), p.path(d.Name, last)
	if d.Rolling || !exists(kept) || now.Unix()/86400 <= m.Listed.Unix()/86400 {
		return nil
	}
	if err := os.Chtimes(kept, now, now); err != nil {
		return cure.Errorf(cure.Unavailable, "keep copy: %w", err)
	}
	path := p.path(d.Name, copied)
	if err := os.Rename(kept, path); err != nil {
		return cure.Errorf(cure.Unavailable, "keep copy: %w", err)
	}
	return p.publish(ctx, d, m, path)
}

// get fetches by whatever way the definition says. What is remembered changes
// only when all of it came. same: there is nothing new.
func (p *Poller) get(ctx context.Context, d *publish.Definition, t *fetch.Target, m *memory) (same bool, err error) {
	known := m.Known
	if m.Error != "" { // the last copy was not taken: it has to come again
		known = fetch.Known{}
	}
	path := p.path(d.Name, fresh)
	switch d.Fetch.Via {
	case "misp":
		known, same, err = p.fetch.MISP(ctx, t, known, p.path(d.Name, events), path)
	case "taxii":
		return p.taxii(ctx, d, t, m, path)
	default:
		known, same, err = p.fetch.Get(ctx, t, known, path)
	}
	if err == nil {
		m.Known = known
	}
	return same, err
}

// taxii brings what is new in a collection. The copy is all that ever came.
func (p *Poller) taxii(ctx context.Context, d *publish.Definition, t *fetch.Target, m *memory, path string) (bool, error) {
	c := taxii.Client{Fetch: p.fetch, Target: *t, Name: d.Fetch.Collection}
	file := p.path(d.Name, objects)
	cur, added, err := c.Update(ctx, m.Cursor, file, func(at taxii.Cursor) error {
		m.Cursor = at
		return p.keepCursor(d.Name, at)
	})
	m.Cursor = cur
	if err != nil {
		return false, err
	}
	if !added && m.Sum != "" && m.Error == "" {
		return true, nil
	}
	os.Remove(path)
	if err := clone(file, path); err != nil {
		return false, cure.Errorf(cure.Unavailable, "keep copy: %w", err)
	}
	return false, nil
}

// publish publishes a copy and puts it aside when it was taken; one that was
// refused goes, which is an error with the reason.
func (p *Poller) publish(ctx context.Context, d *publish.Definition, m *memory, path string) error {
	if info, err := os.Stat(path); err == nil {
		m.Bytes = info.Size()
	}
	res, err := p.o.Publish(ctx, *d, path)
	if err != nil {
		return err
	}
	m.Records, m.Published, m.Quarantined, m.Reasons = res.Records, res.Published, res.Quarantined, res.Reasons
	if len(res.Problems) > 0 {
		os.Remove(path)
		return bare(res.Problems[0], filepath.Base(path))
	}
	m.Listed = p.o.Now().UTC()
	if err := os.Rename(path, p.path(d.Name, last)); err != nil {
		return cure.Errorf(cure.Unavailable, "keep copy: %w", err)
	}
	return nil
}

// bare takes the name of our file off: the operator knows the feed by its own.
func bare(err error, file string) error {
	return cure.Errorf(cure.KindOf(err), "%s", strings.TrimPrefix(err.Error(), file+": "))
}

func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// clone makes a second name for a file, or a copy where that cannot be. The
// file is only ever appended to behind what the name saw; reading stops at
// what was there, because a copy is published before the next poll.
func clone(from, to string) error {
	if err := os.Link(from, to); err == nil {
		return nil
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}

// maxSecret bounds a file that holds a secret.
const maxSecret = 64 << 10

// auth reads the secret that a definition names, and beside it the authority
// of the server, if there is one.
func (p *Poller) auth(a *publish.Auth) (fetch.Auth, error) {
	if a.Kind == "" {
		return fetch.Auth{}, nil
	}
	if p.o.Secrets == "" {
		return fetch.Auth{}, cure.Errorf(cure.Invalid, "feed needs the secret %s: name a folder in feeds.secrets", a.Secret)
	}
	path := filepath.Join(p.o.Secrets, a.Secret) // the name has no dots or slashes
	auth, err := secretOf(a, path)
	if err != nil {
		return fetch.Auth{}, cure.Errorf(cure.Invalid, "read secret %s: %w", a.Secret, err)
	}
	pem, err := os.ReadFile(path + ".ca")
	if errors.Is(err, fs.ErrNotExist) {
		return auth, nil
	}
	auth.Roots = x509.NewCertPool()
	if err != nil || !auth.Roots.AppendCertsFromPEM(pem) {
		return fetch.Auth{}, cure.Errorf(cure.Invalid, "read secret %s: its .ca holds no certificate", a.Secret)
	}
	return auth, nil
}

func secretOf(a *publish.Auth, path string) (fetch.Auth, error) {
	if a.Kind == "certificate" {
		cert, err := tls.LoadX509KeyPair(path+".crt", path+".key")
		return fetch.Auth{Certificate: &cert}, err
	}
	data, err := os.ReadFile(path)
	if err == nil && len(data) > maxSecret {
		err = errors.New("too long")
	}
	text := strings.TrimSpace(string(data))
	switch a.Kind {
	case "bearer":
		return fetch.Auth{Bearer: text}, err
	case "header":
		return fetch.Auth{Header: a.Header, Value: text}, err
	}
	user, password, _ := strings.Cut(text, ":")
	return fetch.Auth{User: user, Password: password}, err
}
