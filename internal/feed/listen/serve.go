package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
)

// handshakeTime bounds a TLS handshake.
const handshakeTime = 10 * time.Second

// Serve listens at an address until ctx ends, then it returns nil:
//
//	syslog+tcp://HOST:PORT, syslog+udp://…, syslog+tls://…?cert=FILE&key=FILE
//	netflow://HOST:PORT, datagrams of NetFlow and IPFIX, for publishers of packets
//	http://HOST:PORT, https://…?cert=FILE&key=FILE
//	-    the standard input, up to its end
//
// part=line keeps the head of syslog for publishers that want it. HTTP from
// other machines needs token=FILE, a file that holds the word senders give as
// "Authorization: Bearer WORD". Invalid: the address is none.
func (t *Intake) Serve(ctx context.Context, address string) error {
	if address == "-" {
		return t.serveReader(ctx, os.Stdin)
	}
	u, err := url.Parse(address)
	if err != nil || u.Port() == "" || u.Path != "" && u.Path != "/" {
		return cure.Errorf(cure.Invalid, "listen at %.200q: want syslog+tcp, syslog+udp, syslog+tls, netflow, http or https://HOST:PORT", address)
	}
	q := u.Query()
	if part := q.Get("part"); part != "" && part != "line" && part != "message" {
		return cure.Errorf(cure.Invalid, "listen at %.200q: part is line or message", address)
	}
	whole := q.Get("part") == "line"
	switch u.Scheme {
	case "syslog+udp":
		h := newHeader(whole)
		return t.serveUDP(ctx, u, func(d datagram) []byte { return h.strip(trim(d.data)) })
	case "netflow":
		if t.cfg.Framing != feed.Packets {
			return cure.Errorf(cure.Invalid, "listen at %.200q: this publisher reads no packets; livenet does", address)
		}
		return t.serveUDP(ctx, u, datagram.packet)
	}
	var secure *tls.Config
	if u.Scheme == "syslog+tls" || u.Scheme == "https" {
		cert, err := tls.LoadX509KeyPair(q.Get("cert"), q.Get("key"))
		if err != nil {
			return cure.Errorf(cure.Invalid, "listen at %.200q: ?cert=FILE&key=FILE: %w", address, err)
		}
		secure = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}}
	}
	switch u.Scheme {
	case "syslog+tcp", "syslog+tls", "http", "https":
	default:
		return cure.Errorf(cure.Invalid, "listen at %.200q: unknown scheme", address)
	}
	token, err := readToken(q.Get("token"), u)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", u.Host)
	if err != nil {
		return cure.Errorf(cure.Conflict, "listen: %w", err)
	}
	t.cfg.Logger.Info("listens", "scheme", u.Scheme, "address", ln.Addr().String())
	all := &conns{max: maxConns, evicted: func() { t.evicted.Add(1) }}
	if u.Scheme == "http" || u.Scheme == "https" {
		return t.serveHTTP(ctx, bounded{ln, all}, secure, token)
	}
	return t.serveTCP(ctx, bounded{ln, all}, secure, whole)
}

// serveTCP reads syslog from connections.
func (t *Intake) serveTCP(ctx context.Context, ln bounded, secure *tls.Config, whole bool) error {
	stop := context.AfterFunc(ctx, func() { _ = ln.Close(); ln.all.closeAll() })
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	defer ln.all.closeAll()
	for {
		nc, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			if errors.Is(err, net.ErrClosed) {
				return cure.Errorf(cure.Unavailable, "listen: %w", err)
			}
			select { // no descriptor is free: connections end
			case <-time.After(50 * time.Millisecond):
			case <-ctx.Done():
			}
			continue
		}
		wg.Go(func() {
			defer nc.Close()
			if err := t.converse(ctx, nc, secure, whole); err != nil && !errors.Is(err, net.ErrClosed) && ctx.Err() == nil {
				t.cfg.Logger.Debug("connection ended", "err", err)
			}
		})
	}
}

// converse reads one connection to its end.
func (t *Intake) converse(ctx context.Context, nc net.Conn, secure *tls.Config, whole bool) error {
	if secure != nil {
		sc := tls.Server(nc, secure)
		hs, cancel := context.WithTimeout(ctx, handshakeTime)
		err := sc.HandshakeContext(hs)
		cancel()
		if err != nil {
			t.handshakes.Add(1)
			return err
		}
		nc = sc
	}
	return t.messagesOf(ctx, newFramer(nc, t.cfg.MaxRecord), newHeader(whole))
}

// messagesOf keeps what a stream brings: what is there at once in one parcel.
func (t *Intake) messagesOf(ctx context.Context, f *framer, h *header) error {
	var p parcel
	for {
		data, long, err := f.next()
		if data = h.strip(data); len(data) > 0 {
			p.add(data, long)
		}
		if err != nil || !f.more() || p.full() {
			if err := t.keep(ctx, &p); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// serveReader keeps the raw records of the standard input.
func (t *Intake) serveReader(ctx context.Context, r io.ReadCloser) error {
	f, err := feed.NewFile("-", r, t.cfg.Framing, t.cfg.MaxRecord)
	if err != nil {
		return err
	}
	defer f.Close()
	var p parcel
	for {
		fr, err := f.Next(ctx, 10*time.Millisecond)
		switch {
		case err == nil:
			p.add(fr.Data, fr.Long)
			if !p.full() {
				continue
			}
		case ctx.Err() != nil:
			return nil
		}
		if err := t.keep(ctx, &p); err != nil {
			return err
		}
		if err != nil && !errors.Is(err, feed.ErrIdle) {
			t.ended.Store(true)
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}
