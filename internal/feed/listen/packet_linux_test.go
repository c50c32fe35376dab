package listen

import (
	"net/netip"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
)

// TestWanted: nothing is kept but what is for the dark ranges.
func TestWanted(t *testing.T) {
	nets, err := networks([]string{"192.0.2.0/24", "2001:db8:ffff::/48"})
	if err != nil {
		t.Fatal(err)
	}
	ip4 := func(to string) string {
		b := make([]byte, 20)
		a := netip.MustParseAddr(to).As4()
		b[0] = 0x45
		copy(b[16:], a[:])
		return string(b)
	}
	ip6 := make([]byte, 40)
	six := netip.MustParseAddr("2001:db8:ffff::1").As16()
	ip6[0] = 0x60
	copy(ip6[24:], six[:])
	ether, tag := "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "\x81\x00\x00\x07"
	for name, tt := range map[string]struct {
		packet string
		link   uint32
		want   bool
	}{
		"to it":            {ether + "\x08\x00" + ip4("192.0.2.9"), 1, true},
		"to another":       {ether + "\x08\x00" + ip4("198.51.100.9"), 1, false},
		"with a tag":       {ether + tag + "\x08\x00" + ip4("192.0.2.9"), 1, true},
		"with two":         {ether + "\x88\xa8\x00\x07" + tag + "\x08\x00" + ip4("192.0.2.9"), 1, true},
		"IPv6":             {ether + "\x86\xdd" + string(ip6), 1, true},
		"no link":          {ip4("192.0.2.9"), 101, true},
		"no link, another": {ip4("203.0.113.9"), 101, false},
		"ARP":              {ether + "\x08\x06\x00\x01", 1, false},
		"cut":              {ether + "\x08\x00" + ip4("192.0.2.9")[:19], 1, false},
		"nothing":          {"", 1, false},
	} {
		if got := wanted([]byte(tt.packet), tt.link, nets); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestPacketsNeedARange: an interface is never read as a whole.
func TestPacketsNeedARange(t *testing.T) {
	in, err := Open(Config{Dir: t.TempDir(), Framing: feed.Packets})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for _, address := range []string{"packet://lo", "packet://lo?net=all", "packet://no-such-interface?net=192.0.2.0/24"} {
		if err := in.Serve(t.Context(), address); cure.KindOf(err) != cure.Invalid {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := open(t, t.TempDir()).Serve(t.Context(), "packet://lo?net=192.0.2.0/24"); cure.KindOf(err) != cure.Invalid {
		t.Errorf("a publisher of lines: %v", err)
	}
}
