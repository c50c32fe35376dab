package sensor

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Ports is a listener on any number of ports, TCP and UDP, that takes the first
// bytes of each connection and answers nothing. Where the machine redirects
// other ports to one of its TCP ports (Linux), the log has the port that was
// meant.
type Ports struct {
	cfg     Config
	tcp     []net.Listener
	udp     []*net.UDPConn
	lines   lines
	permits chan struct{}

	mu      sync.Mutex
	of      map[netip.Addr]int // open connections
	refused int64              // since that was said
}

// connection is a line of the all-port log.
type connection struct {
	Allport   int       `json:"allport"`
	Time      time.Time `json:"time"`
	Sensor    string    `json:"sensor,omitempty"`
	SrcIP     string    `json:"src_ip"`
	SrcPort   uint16    `json:"src_port"`
	DstIP     string    `json:"dst_ip,omitempty"`
	DstPort   uint16    `json:"dst_port"`
	Transport string    `json:"transport"`
	Payload   []byte    `json:"payload,omitempty"` // base64
	TLS       *hello    `json:"tls,omitempty"`
}

// OpenPorts opens all sockets, or none. Invalid: an address is none. Conflict:
// one is in use, or not ours.
func OpenPorts(cfg Config) (*Ports, error) {
	list, err := specs(cfg.Listen)
	if err != nil {
		return nil, err
	}
	var tcp, udp []Spec
	for _, sp := range list {
		if sp.Transport != "udp" {
			tcp = append(tcp, sp)
		}
		if sp.Transport != "tcp" {
			udp = append(udp, sp)
		}
	}
	p := &Ports{cfg: cfg, permits: make(chan struct{}, maxConns), of: map[netip.Addr]int{}}
	p.lines = lines{out: cfg.Out, now: cfg.Now, log: cfg.Logger}
	if p.tcp, err = listenAll(tcp, func(_ Spec, at netip.AddrPort) (net.Listener, error) {
		return net.Listen("tcp", at.String())
	}); err != nil {
		return nil, err
	}
	if p.udp, err = listenAll(udp, func(_ Spec, at netip.AddrPort) (*net.UDPConn, error) {
		return net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	}); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// Addresses are those that it listens at, TCP first.
func (p *Ports) Addresses() []net.Addr {
	var all []net.Addr
	for _, l := range p.tcp {
		all = append(all, l.Addr())
	}
	for _, c := range p.udp {
		all = append(all, c.LocalAddr())
	}
	return all
}

func (p *Ports) close() {
	for _, l := range p.tcp {
		_ = l.Close() // what is closed twice says so
	}
	for _, c := range p.udp {
		_ = c.Close()
	}
}

// Serve listens until ctx ends, then it returns nil; an error when the log
// cannot be written. To be called once.
func (p *Ports) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p.lines.fail = cancel
	var all sync.WaitGroup
	for _, l := range p.tcp {
		all.Go(func() { p.accept(ctx, l, &all) })
	}
	for _, c := range p.udp {
		all.Go(func() { p.datagrams(ctx, c) })
	}
	every(ctx, time.Minute, p.say)
	p.close()
	all.Wait()
	p.say()
	return p.lines.err()
}

// every calls fn now and then until ctx ends.
func every(ctx context.Context, wait time.Duration, fn func()) {
	t := time.NewTicker(wait)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			fn()
		case <-ctx.Done():
			return
		}
	}
}

func (p *Ports) say() {
	p.lines.say()
	p.mu.Lock()
	n := p.refused
	p.refused = 0
	p.mu.Unlock()
	if n > 0 {
		p.cfg.Logger.Warn("more connections than are held", "refused", n, "most", maxConns, "most_of_one", maxConnsOf)
	}
}

// accept takes the connections of one socket.
func (p *Ports) accept(ctx context.Context, l net.Listener, all *sync.WaitGroup) {
	for {
		c, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed) || ctx.Err() != nil:
			if err == nil {
				_ = c.Close()
			}
			return
		case err != nil: // too many files: what is open ends soon
			select {
			case <-time.After(50 * time.Millisecond):
			case <-ctx.Done():
			}
			continue
		}
		from := peer(c.RemoteAddr())
		if !p.enter(from.Addr()) {
			_ = c.Close()
			continue
		}
		all.Go(func() {
			defer p.leave(from.Addr())
			p.take(ctx, c, from)
		})
	}
}

// enter counts a connection in, where there is room for it.
func (p *Ports) enter(from netip.Addr) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of[from] < maxConnsOf {
		select {
		case p.permits <- struct{}{}:
			p.of[from]++
			return true
		default:
		}
	}
	p.refused++
	return false
}

func (p *Ports) leave(from netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of[from]--; p.of[from] == 0 {
		delete(p.of, from)
	}
	<-p.permits
}

// take reads the first bytes of a connection and closes it.
func (p *Ports) take(ctx context.Context, c net.Conn, from netip.AddrPort) {
	defer c.Close()
	over := func() { _ = c.SetReadDeadline(time.Unix(1, 0)) }
	stop := context.AfterFunc(ctx, over)
	defer stop()
	within := func(d time.Duration) {
		_ = c.SetReadDeadline(p.cfg.Now().Add(d))
		if ctx.Err() != nil {
			over()
		}
	}
	begin, buf, n := p.cfg.Now(), make([]byte, MaxPayload), 0
	within(patience)
	for n < len(buf) && ctx.Err() == nil {
		k, err := c.Read(buf[n:])
		if n += k; err != nil {
			break
		}
		within(afterFirst)
	}
	p.line("tcp", begin, from, meant(c), buf[:n])
}

// datagrams takes those of one socket.
func (p *Ports) datagrams(ctx context.Context, c *net.UDPConn) {
	buf := make([]byte, MaxPayload)
	to := peer(c.LocalAddr())
	for {
		n, from, err := c.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) || ctx.Err() != nil {
			return
		}
		if err == nil {
			p.line("udp", p.cfg.Now(), netip.AddrPortFrom(from.Addr().Unmap().WithZone(""), from.Port()), to, buf[:n])
		}
	}
}

// line writes what came.
func (p *Ports) line(transport string, at time.Time, from, to netip.AddrPort, payload []byte) {
	l := connection{
		Allport: 1, Time: at.UTC(), Sensor: p.cfg.Name, SrcIP: from.Addr().String(), SrcPort: from.Port(),
		DstPort: to.Port(), Transport: transport, Payload: payload,
	}
	if a := to.Addr(); a.IsValid() && !a.IsUnspecified() {
		l.DstIP = a.String()
	}
	if transport == "tcp" {
		l.TLS = readHello(payload)
	}
	p.lines.write(&l)
}
