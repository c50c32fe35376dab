// Package sensor answers "what comes to ports that nobody serves?" where no
// other honeypot is at hand: a listener that takes the first bytes of whoever
// connects ([Ports]), and a decoy that looks like a server which reflects
// ([Reflector]). Both write the logs that the publishers allport and amppot
// read (docs/formats), one JSON object a line.
//
// They are made to be attacked. Nothing that comes is run, opened, resolved or
// connected to. Nothing is answered, but by a reflector that was told to, and
// then never more bytes than were asked with, and to one network only now and
// then. Connections, the bytes that are kept of each, the time they may take and
// the lines of a second are bounded; what is beyond them is counted and said.
//
// One goroutine a socket, and one a connection; Serve owns them all and returns
// when they have ended.
package sensor

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/opencure/cure"
)

// Bounds of a sensor.
const (
	MaxPayload = 4096 // bytes kept of a connection or datagram
	MaxSockets = 2048 // that are listened on

	maxConns   = 1024 // open at a time
	maxConnsOf = 64   // of one address
	maxLines   = 2000 // in a second
	patience   = 10 * time.Second
	afterFirst = time.Second // for more bytes behind the first ones
)

// Config is what a sensor needs.
type Config struct {
	Listen []string // see Spec
	Name   string   // of the sensor, in each line; "": none
	Out    io.Writer
	Answer bool // of a reflector: see there
	Now    func() time.Time
	Logger *slog.Logger
}

// Spec is one address to listen at.
type Spec struct {
	Service   string // of a reflector, where the port does not say
	Transport string // "tcp", "udp", or "" for what the sensor listens with
	Host      string
	Low, High uint16
}

// ParseSpec reads "[SERVICE=][tcp/|udp/][HOST:]PORT[-PORT]". Without a host it
// is the loopback: a sensor is seen from outside only where somebody says so.
func ParseSpec(s string) (Spec, error) {
	bad := cure.Errorf(cure.Invalid, "listen at %.80q: want [HOST:]PORT[-PORT], as in 192.0.2.10:1-1024 or udp/192.0.2.10:53", s)
	sp, rest := Spec{Host: "127.0.0.1"}, s
	if name, after, ok := strings.Cut(rest, "="); ok {
		sp.Service, rest = strings.ToLower(name), after
	}
	if t, after, ok := strings.Cut(rest, "/"); ok {
		if sp.Transport, rest = strings.ToLower(t), after; sp.Transport != "tcp" && sp.Transport != "udp" {
			return sp, bad
		}
	}
	if i := strings.LastIndexByte(rest, ':'); i >= 0 {
		a, err := netip.ParseAddr(strings.Trim(rest[:i], "[]"))
		if err != nil {
			return sp, bad
		}
		sp.Host, rest = a.String(), rest[i+1:]
	}
	low, high, isRange := strings.Cut(rest, "-")
	if !isRange {
		high = low
	}
	a, err := strconv.ParseUint(low, 10, 16)
	b, errHigh := strconv.ParseUint(high, 10, 16)
	if err != nil || errHigh != nil || a > b || a == 0 && b > 0 {
		return sp, bad
	}
	sp.Low, sp.High = uint16(a), uint16(b)
	return sp, nil
}

// specs reads all addresses.
func specs(list []string) ([]Spec, error) {
	var all []Spec
	sockets := 0
	for _, s := range list {
		sp, err := ParseSpec(s)
		if err != nil {
			return nil, err
		}
		if sockets += int(sp.High-sp.Low) + 1; sockets > MaxSockets {
			return nil, cure.Errorf(cure.Invalid, "listen at more than %d ports: let the machine redirect the others to one, as docs/publishers.md shows", MaxSockets)
		}
		all = append(all, sp)
	}
	if len(all) == 0 {
		return nil, cure.Errorf(cure.Invalid, "listen where? Give at least one [HOST:]PORT")
	}
	return all, nil
}

// lines writes a log. Safe for concurrent use.
type lines struct {
	out io.Writer
	now func() time.Time
	log *slog.Logger

	mu     sync.Mutex
	second int64 // of the lines counted
	count  int
	left   int64 // out, since that was said
	failed error // of writing: the sensor ends
	fail   context.CancelFunc
}

// write writes one line, where the second has room for it.
func (l *lines) write(v any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.now().Unix(); s != l.second {
		l.second, l.count = s, 0
	}
	if l.count++; l.count > maxLines {
		l.left++
		return
	}
	b, err := json.Marshal(v)
	if err == nil {
		_, err = l.out.Write(append(b, '\n'))
	}
	if err != nil && l.failed == nil {
		l.failed = cure.Errorf(cure.Unavailable, "write the log: %w", err)
		l.fail()
	}
}

// say tells how many lines there was no room for, when there were.
func (l *lines) say() {
	l.mu.Lock()
	n := l.left
	l.left = 0
	l.mu.Unlock()
	if n > 0 {
		l.log.Warn("more came than is written down", "lines_left_out", n, "most_a_second", maxLines)
	}
}

func (l *lines) err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

// listenAll opens the sockets of one transport.
func listenAll[T io.Closer](list []Spec, open func(Spec, netip.AddrPort) (T, error)) ([]T, error) {
	var all []T
	for _, sp := range list {
		for port := int(sp.Low); port <= int(sp.High); port++ {
			s, err := open(sp, netip.AddrPortFrom(netip.MustParseAddr(sp.Host), uint16(port)))
			if err != nil {
				for _, s := range all {
					err = errors.Join(err, s.Close())
				}
				return nil, cure.Errorf(cure.Conflict, "listen: %w", err)
			}
			all = append(all, s)
		}
	}
	return all, nil
}

// peer is the other side of a connection.
func peer(a net.Addr) netip.AddrPort {
	ap, _ := netip.ParseAddrPort(a.String()) // of TCP and UDP it is one
	return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port())
}
