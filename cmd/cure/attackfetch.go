package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"syscall"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/mean"
	"github.com/opencure/cure/internal/text"
)

type attackFetchCmd struct {
	shelf
	Hosts string        `required:"" type:"existingfile" help:"List of the hosts that may be asked, one a line; no others are." placeholder:"allow.txt"`
	Pause time.Duration `default:"10s" help:"Between two requests to one host; at least 1s."`
	Again bool          `help:"Try once more what could not be had."`
}

// Help teaches by example.
func (attackFetchCmd) Help() string {
	return `Fetches documents that pages of ATT&CK refer to into a folder: only from hosts in
the list, one after the other, with a pause, and as far as their robots.txt
allows. Redirects to other hosts and private addresses are not followed. What is
in the folder is not fetched again. Nothing else in this program fetches what
data names; this does only when you run it, with a list that you have made.

  cure attack refs fetch --hosts allow.txt refs/ enterprise-attack.json
  cure attack refs import refs/ enterprise-attack.json`
}

// Run fetches.
func (c *attackFetchCmd) Run(e *env) error {
	if c.Pause < time.Second {
		return cure.Errorf(cure.Invalid, "a pause of %v is too short, want 1s at least", c.Pause)
	}
	list, err := os.Open(c.Hosts)
	if err != nil {
		return cure.Errorf(cure.NotFound, "open list of hosts: %w", err)
	}
	defer list.Close()
	hosts, err := mean.ReadHosts(list)
	if err != nil {
		return err
	}
	cat, s, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	f := mean.Fetcher{Hosts: hosts, Pause: c.Pause, Client: outwardClient(), Now: e.now, Wait: wait, Again: c.Again}
	n, err := f.Fetch(e.ctx, cat, s, func(url, what string) {
		fmt.Fprintf(e.err, "%s: %s\n", text.Printable(url, 160), what)
	})
	if e.flags.JSON {
		return errors.Join(e.printJSON(n), err)
	}
	fmt.Fprintf(e.out, "%d fetched, %d failed, %d refused by robots.txt, %d there before, %d on hosts that are not listed\n",
		n.Fetched, n.Failed, n.Refused, n.Stored, n.Unlisted)
	return err
}

// wait sleeps unless the context ends first.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

var errInward = errors.New("address is not a public one")

// outwardClient talks to public addresses only, whatever a name says.
func outwardClient() *http.Client {
	d := net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil || (*publish.OwnSide)(nil).Address(ap.Addr()) || ap.Addr().IsMulticast() {
			return errInward
		}
		return nil
	}}
	return &http.Client{
		Timeout:   time.Minute,
		Transport: &http.Transport{DialContext: d.DialContext, Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true},
	}
}
