package listen

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
)

// waitingDatagrams bounds the datagrams that wait for the spool, 64 KiB each
// at most.
const waitingDatagrams = 512

// datagram is one on its way to the spool.
type datagram struct {
	data     []byte
	from, to netip.AddrPort
	at       time.Time
}

// packet returns it as a packet of a capture.
func (d datagram) packet() []byte { return feed.AppendDatagram(nil, d.at, d.from, d.to, d.data) }

// serveUDP keeps datagrams in the form that record gives them. What comes
// faster than the spool takes it is dropped and counted.
func (t *Intake) serveUDP(ctx context.Context, u *url.URL, record func(datagram) []byte) error {
	pc, err := net.ListenPacket("udp", u.Host)
	if err != nil {
		return cure.Errorf(cure.Conflict, "listen: %w", err)
	}
	if c, ok := pc.(*net.UDPConn); ok {
		_ = c.SetReadBuffer(4 << 20) // as much as the system gives
	}
	t.cfg.Logger.Info("listens", "scheme", u.Scheme, "address", pc.LocalAddr().String())
	return t.receive(ctx, pc, record)
}

// receive keeps the datagrams of a socket, and closes it.
func (t *Intake) receive(ctx context.Context, pc net.PacketConn, record func(datagram) []byte) error {
	stop := context.AfterFunc(ctx, func() { _ = pc.Close() })
	defer stop()
	defer pc.Close()
	waiting := make(chan datagram, waitingDatagrams)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(waiting)
	wg.Go(func() { t.keepDatagrams(ctx, waiting, record) })
	to := addressOf(pc.LocalAddr())
	buf := make([]byte, 64<<10)
	for {
		n, from, err := pc.ReadFrom(buf)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return cure.Errorf(cure.Unavailable, "listen: %w", err)
		}
		select {
		case waiting <- datagram{append([]byte(nil), buf[:n]...), addressOf(from), to, t.cfg.Now()}:
		default:
			t.dropped.Add(1)
		}
	}
}

// addressOf returns the address of one end, the unspecified one where there is
// none.
func addressOf(a net.Addr) netip.AddrPort {
	if u, ok := a.(*net.UDPAddr); ok {
		return u.AddrPort()
	}
	return netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
}

func (t *Intake) keepDatagrams(ctx context.Context, waiting <-chan datagram, record func(datagram) []byte) {
	var p parcel
	for d := range waiting {
		if data := record(d); len(data) > 0 {
			p.add(data[:min(len(data), t.cfg.MaxRecord)], len(data) > t.cfg.MaxRecord)
		}
		if len(waiting) > 0 && !p.full() {
			continue
		}
		n := p.count
		if err := t.keep(ctx, &p); err != nil {
			t.dropped.Add(int64(n))
			p.reset()
		}
	}
}
