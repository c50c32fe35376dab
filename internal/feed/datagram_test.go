package feed_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish/packet"
)

// TestAppendDatagram reads what was written as a packet again.
func TestAppendDatagram(t *testing.T) {
	at := time.Date(2026, 11, 20, 1, 0, 0, 5, time.UTC)
	tests := map[string][2]string{
		"IPv4":      {"192.0.2.254:3000", "127.0.0.1:2055"},
		"IPv6":      {"[2001:db8::1]:3000", "[::1]:2055"},
		"both ways": {"[::ffff:192.0.2.254]:3000", "[::]:2055"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			from, to := netip.MustParseAddrPort(tt[0]), netip.MustParseAddrPort(tt[1])
			for _, n := range []int{0, 1, 65507} {
				b := feed.AppendDatagram(nil, at, from, to, make([]byte, n))
				var p packet.Packet
				if err := p.Decode(b); err != nil || !feed.IsPacket(b) {
					t.Fatal(err)
				}
				if p.Src.Netip() != from.Addr().Unmap() || p.SrcPort != 3000 || p.DstPort != 2055 || len(p.Payload) != n || !p.Whole || !p.Time.Equal(at) {
					t.Errorf("got %+v", p)
				}
			}
		})
	}
}
