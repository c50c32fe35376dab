package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/api"
	"github.com/opencure/cure/internal/config"
	"github.com/opencure/cure/internal/ops"
	"github.com/opencure/cure/internal/ops/certs"
	"github.com/opencure/cure/web"
)

type serveCmd struct {
	Listen        string        `help:"Address and port; default 127.0.0.1:8080." placeholder:"HOST:PORT"`
	SnapshotEvery time.Duration `help:"Time between two snapshots." placeholder:"10m"`
}

// Help says where things are.
func (serveCmd) Help() string {
	return `Runs a hub: log, in-memory index, API and page. Everything durable is in the
data folder, the first admin key in its file admin.key. Ctrl-C or SIGTERM ends
it in order; killing it loses nothing that was acknowledged.

  cure serve
  cure serve --data /var/lib/cure --listen 127.0.0.1:8443
  cure serve -c /etc/cure/cure.yaml`
}

// Run serves until the context ends.
func (c *serveCmd) Run(e *env) error {
	cfg, err := e.config()
	if err != nil {
		return err
	}
	if c.Listen != "" {
		cfg.Listen = c.Listen
	}
	if c.SnapshotEvery > 0 {
		cfg.Snapshot.Interval = config.Duration(c.SnapshotEvery)
	}
	logger, err := ops.NewLogger(e.err, cfg.Logging.Level, cfg.Logging.Format)
	if err != nil {
		return err
	}
	for _, w := range cfg.Warnings() {
		logger.Warn(w)
	}
	n, err := openNode(e.ctx, cfg, online, logger, e.now)
	if e.ctx.Err() != nil { // ended before it began, as asked
		if err == nil {
			n.close()
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer n.close()
	f, err := n.face(e, "")
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "cure serves at %s (data in %s, log sync %s)\n", f.url, cfg.Data, cfg.Log.Sync)
	return n.serve(e.ctx, f)
}

// face is the listening side of a node.
type face struct {
	ln       net.Listener
	url      string
	http     *http.Server
	sessions *api.Sessions
}

// face listens and wires API and page; banner stands on every page.
func (n *node) face(e *env, banner string) (*face, error) {
	if err := n.firstKey(e.ctx); err != nil {
		return nil, err
	}
	view := func(p access.Principal, purpose string) access.View { return n.access.View(n.hub, p, purpose) }
	version := ops.ReadVersion().Version
	f := &face{sessions: api.NewSessions(rand.Reader, e.now)}
	page := web.New(web.Options{
		Access: n.access, App: web.App(), View: view, Sessions: f.sessions, Vuln: n.vuln, Version: version, Banner: banner, Zone: time.Local, Log: n.log, Now: e.now,
	})
	f.http = api.New(api.Options{
		Access: n.access, View: view, Sessions: f.sessions, Page: page, Feeds: n.poller, Vuln: n.vuln, Darknet: n.dark, SIEM: n.cfg.SIEM.Link, Hosts: n.cfg.API.Hosts, Version: version,
		Rate: float64(n.cfg.API.Rate), Burst: n.cfg.API.Burst, Metrics: prometheus.NewRegistry(),
		Log: n.log, Now: e.now, Random: rand.Reader,
	}).HTTP()
	ln, err := net.Listen("tcp", n.cfg.Listen)
	if err != nil {
		return nil, cure.Errorf(cure.Conflict, "%w: give another address with --listen", err)
	}
	secure, err := n.tls(ln.Addr(), e.now)
	if err != nil {
		ln.Close()
		return nil, err
	}
	f.ln, f.url = ln, "http://"+ln.Addr().String()
	if secure != nil {
		f.ln, f.url = tls.NewListener(ln, secure), "https://"+ln.Addr().String()
	}
	return f, nil
}

// tls is the configuration of the listener at the address, nil for none. The
// hub's own authority certifies the addresses it listens at and the names it
// was given.
func (n *node) tls(at net.Addr, now func() time.Time) (*tls.Config, error) {
	warn := func(err error) { n.log.Error("certificate is not renewed", "err", err) }
	switch t := n.cfg.TLS; t.Mode {
	case "file":
		return certs.FromFiles(t.Cert, t.Key, now, warn)
	case "own":
		a, err := certs.Own(n.cfg.Data, rand.Reader, now)
		if err != nil {
			return nil, err
		}
		n.log.Info("certificates are of the hub's own authority", "fingerprint", a.Fingerprint())
		return a.Serve(append([]string{"localhost", "127.0.0.1", "::1"}, append(hostsAt(at), n.cfg.API.Hosts...)...), warn)
	}
	return nil, nil
}

// hostsAt are the addresses of this machine that a listener takes.
func hostsAt(at net.Addr) (hosts []string) {
	tcp, ok := at.(*net.TCPAddr)
	if !ok {
		return nil
	}
	if !tcp.IP.IsUnspecified() {
		return []string{tcp.IP.String()}
	}
	all, _ := net.InterfaceAddrs()
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLinkLocalUnicast() {
			hosts = append(hosts, n.IP.String())
		}
	}
	return hosts
}

// firstKey makes the first admin key of the cluster, unless there is one, and
// keeps its text in the data folder.
func (n *node) firstKey(ctx context.Context) error {
	path, kept := filepath.Join(n.cfg.Data, keyFile), false
	_, created, err := n.access.FirstKey(ctx, func(text string) error {
		kept = true
		return writeSecret(path, text)
	})
	if err == nil && kept && !created { // another hub of the cluster was faster
		err = os.Remove(path)
	}
	if _, missing := os.Stat(path); err == nil && missing != nil {
		n.log.Warn("no admin key in the data folder; if nobody has one, stop this hub and run 'cure key reset'", "file", path)
	}
	return err
}

// serve answers until ctx ends or a part breaks, then shuts down in order:
// first the requests, then the hub.
func (n *node) serve(ctx context.Context, f *face) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	urlPath := filepath.Join(n.cfg.Data, urlFile)
	if err := os.WriteFile(urlPath, []byte(f.url+"\n"), 0o644); err != nil {
		return err
	}
	defer os.Remove(urlPath)
	web := make(chan struct{})
	go func() {
		defer close(web)
		if err := f.http.Serve(f.ln); !errors.Is(err, http.ErrServerClosed) {
			cancel(err)
		}
	}()
	running := make(chan error, 1)
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	go func() {
		err := n.run(inner)
		if err != nil {
			cancel(err)
		}
		running <- err
	}()
	debug.FreeOSMemory() // to unpack model and pages took three times what stays of them
	<-ctx.Done()
	patience, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer done()
	if f.http.Shutdown(patience) != nil {
		_ = f.http.Close()
	}
	<-web
	stop()
	if err := <-running; err != nil {
		return err
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}
