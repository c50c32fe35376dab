package sensor

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/opencure/cure"
)

// maxRequests bounds the kinds of requests that are counted of one second.
const maxRequests = 4096

// Reflector is a decoy that looks like a server which answers more than it is
// asked, as AmpPot (Krämer et al., RAID 2015). Requests that are alike within a
// second are one line. It answers nothing; with Config.Answer DNS, NTP and
// CHARGEN get what keeps scanners interested, never longer than the request.
type Reflector struct {
	cfg   Config
	socks []reflecting
	lines lines
	rate  rate

	mu   sync.Mutex
	open map[alike]*request // of this second
	left int64              // requests that there was no room for, since that was said
}

// reflecting is one socket and what it plays.
type reflecting struct {
	*net.UDPConn
	service string
	named   bool // by who started it: the port need not be that of the service
}

// alike is what requests of one line have in common.
type alike struct {
	src     netip.Addr
	dst     netip.AddrPort
	service string
	query   string
}

// request is a line of the reflector log.
type request struct {
	Amppot  int       `json:"amppot"`
	Time    time.Time `json:"time"`
	Sensor  string    `json:"sensor,omitempty"`
	SrcIP   string    `json:"src_ip"`
	SrcPort uint16    `json:"src_port"`
	DstIP   string    `json:"dst_ip,omitempty"`
	DstPort uint16    `json:"dst_port,omitempty"`
	Service string    `json:"service,omitempty"`
	Packets int       `json:"packets"`
	Query   string    `json:"query,omitempty"`
}

// services are those that the reflector log knows, by their ports.
var services = map[uint16]string{
	17: "qotd", 19: "chargen", 53: "dns", 69: "tftp", 111: "portmap", 123: "ntp", 137: "netbios", 161: "snmp", 389: "cldap", 520: "rip",
	1434: "mssql", 1900: "ssdp", 3283: "ard", 3702: "wsd", 5060: "sip", 5353: "mdns", 5683: "coap", 11211: "memcached",
}

// OpenReflector opens all sockets, or none. Invalid: an address is none, or no
// service is known of its port. Conflict: one is in use, or not ours.
func OpenReflector(cfg Config) (*Reflector, error) {
	list, err := specs(cfg.Listen)
	if err != nil {
		return nil, err
	}
	r := &Reflector{cfg: cfg, open: map[alike]*request{}, rate: rate{now: cfg.Now}}
	r.lines = lines{out: cfg.Out, now: cfg.Now, log: cfg.Logger}
	for _, sp := range list {
		if err := reflects(sp); err != nil {
			return nil, err
		}
	}
	r.socks, err = listenAll(list, func(sp Spec, at netip.AddrPort) (reflecting, error) {
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
		if sp.Service != "" {
			return reflecting{c, sp.Service, true}, err
		}
		return reflecting{c, services[at.Port()], false}, err
	})
	return r, err
}

// reflects refuses an address of which nobody knows what to play.
func reflects(sp Spec) error {
	if sp.Transport == "tcp" {
		return cure.Errorf(cure.Invalid, "reflector: services that reflect are asked over UDP")
	}
	var names []string
	for _, name := range services {
		if name == sp.Service {
			return nil
		}
		names = append(names, name)
	}
	if sp.Service != "" {
		return cure.Errorf(cure.Invalid, "reflector: no service %.40q; there are %s", sp.Service, sorted(names))
	}
	for port := int(sp.Low); port <= int(sp.High); port++ {
		if services[uint16(port)] == "" {
			return cure.Errorf(cure.Invalid, "reflector: no service has port %d; name one, as in dns=%s:%d: %s", port, sp.Host, port, sorted(names))
		}
	}
	return nil
}

// Addresses are those that it listens at.
func (r *Reflector) Addresses() []net.Addr {
	var all []net.Addr
	for _, s := range r.socks {
		all = append(all, s.LocalAddr())
	}
	return all
}

// Serve listens until ctx ends, writes what it has, and returns nil; an error
// when the log cannot be written. To be called once.
func (r *Reflector) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.lines.fail = cancel
	var all sync.WaitGroup
	for _, s := range r.socks {
		all.Go(func() { r.requests(ctx, s) })
	}
	seconds := 0
	every(ctx, time.Second, func() {
		r.flush()
		if seconds++; seconds%60 == 0 {
			r.say()
		}
	})
	for _, s := range r.socks {
		_ = s.Close()
	}
	all.Wait()
	r.flush()
	r.say()
	return r.lines.err()
}

// requests takes those of one socket.
func (r *Reflector) requests(ctx context.Context, s reflecting) {
	buf := make([]byte, MaxPayload)
	to := peer(s.LocalAddr())
	for {
		n, from, err := s.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) || ctx.Err() != nil {
			return
		}
		if err != nil {
			continue
		}
		src := netip.AddrPortFrom(from.Addr().Unmap().WithZone(""), from.Port())
		r.count(s, src, to, buf[:n])
		if reply := answer(s.service, buf[:n]); r.cfg.Answer && len(reply) > 0 && len(reply) <= n && r.rate.allows(src.Addr()) {
			_, _ = s.WriteToUDPAddrPort(reply, from) // who does not hear it is not owed it
		}
	}
}

// count puts a request to those of its second that are like it.
func (r *Reflector) count(s reflecting, from, to netip.AddrPort, b []byte) {
	k := alike{src: from.Addr(), dst: to, service: s.service}
	if s.service == "dns" || s.service == "mdns" {
		k.query = question(b)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if q := r.open[k]; q != nil {
		q.Packets++
		return
	}
	if len(r.open) >= maxRequests {
		r.left++
		return
	}
	q := &request{
		Amppot: 1, Time: r.cfg.Now().UTC(), Sensor: r.cfg.Name, SrcIP: k.src.String(), SrcPort: from.Port(), Packets: 1, Query: k.query,
	}
	if !to.Addr().IsUnspecified() {
		q.DstIP = to.Addr().String()
	}
	if q.Service = s.service; !s.named {
		q.DstPort = to.Port()
	}
	r.open[k] = q
}

// flush writes what was counted, in the order it came.
func (r *Reflector) flush() {
	r.mu.Lock()
	now := r.open
	r.open = map[alike]*request{}
	r.mu.Unlock()
	for _, q := range slices.SortedFunc(maps.Values(now), func(a, b *request) int { return a.Time.Compare(b.Time) }) {
		r.lines.write(q)
	}
}

func (r *Reflector) say() {
	r.lines.say()
	r.mu.Lock()
	n := r.left
	r.left = 0
	r.mu.Unlock()
	if n > 0 {
		r.cfg.Logger.Warn("more kinds of requests in a second than are counted", "requests_left_out", n, "most_a_second", maxRequests)
	}
}

// question is the name that a DNS message asks for, "" where there is none.
func question(b []byte) string {
	if len(b) < 17 || b[4] == 0 && b[5] == 0 {
		return ""
	}
	var name strings.Builder
	for b = b[12:]; len(b) > 0 && b[0] > 0 && b[0] < 64 && int(b[0]) < len(b) && name.Len() < 255; b = b[1+b[0]:] {
		for _, c := range b[1 : 1+b[0]] {
			if c <= ' ' || c >= 0x7f {
				return ""
			}
			name.WriteByte(c)
		}
		name.WriteByte('.')
	}
	return strings.ToLower(strings.TrimSuffix(name.String(), "."))
}
