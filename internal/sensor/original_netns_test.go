//go:build linux && netns

package sensor

import (
	"context"
	"encoding/json"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestMeantBehindRedirect runs in a network namespace of its own ('make netns'):
// what the machine redirects to one port is written down as it was meant.
func TestMeantBehindRedirect(t *testing.T) {
	for _, command := range []string{
		"ip link set lo up",
		"ip addr add 192.0.2.10/32 dev lo",
		"ip addr add 2001:db8::10/128 dev lo nodad",
		"iptables -t nat -A OUTPUT -d 192.0.2.10 -p tcp -j REDIRECT --to-ports 9999",
		"ip6tables -t nat -A OUTPUT -d 2001:db8::10 -p tcp -j REDIRECT --to-ports 9999",
	} {
		w := strings.Fields(command)
		if out, err := exec.Command(w[0], w[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", command, err, out)
		}
	}
	tests := map[string]struct{ listen, to, ip, port string }{
		"IPv4":                    {"127.0.0.1:9999", "192.0.2.10:23", "192.0.2.10", "23"},
		"IPv4 at all addresses":   {"0.0.0.0:9999", "192.0.2.10:445", "192.0.2.10", "445"},
		"IPv4 at a dual listener": {"[::]:9999", "192.0.2.10:8080", "192.0.2.10", "8080"},
		"IPv6":                    {"[::1]:9999", "[2001:db8::10]:5555", "2001:db8::10", "5555"},
		"IPv6 at a dual listener": {"[::]:9999", "[2001:db8::10]:80", "2001:db8::10", "80"},
		"not redirected":          {"127.0.0.1:9999", "127.0.0.1:9999", "127.0.0.1", "9999"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			out := newBook()
			s, err := OpenPorts(config(out, tt.listen))
			if err != nil {
				t.Fatal(err)
			}
			end := serve(t, func(ctx context.Context) error { return s.Serve(ctx) })
			c, err := net.DialTimeout("tcp", tt.to, 5*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Write([]byte("hello")); err != nil {
				t.Fatal(err)
			}
			_ = c.Close()
			<-out.line
			if err := end(); err != nil {
				t.Fatal(err)
			}
			var line struct {
				IP   string      `json:"dst_ip"`
				Port json.Number `json:"dst_port"`
			}
			if err := json.Unmarshal(out.b.Bytes(), &line); err != nil || line.IP != tt.ip || line.Port.String() != tt.port {
				t.Errorf("%s, %v; want %s and %s", out.b.Bytes(), err, tt.ip, tt.port)
			}
		})
	}
}
