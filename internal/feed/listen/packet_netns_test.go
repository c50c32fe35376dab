//go:build linux && netns

package listen

import (
	"context"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure/internal/feed"
)

// TestPacketsOfInterface runs in a network namespace of its own ('make netns'):
// of what is sent over its loopback only what is for the dark range is kept.
func TestPacketsOfInterface(t *testing.T) {
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	in, err := Open(Config{Dir: t.TempDir(), Name: "test", Framing: feed.Packets, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- in.Serve(ctx, "packet://lo?net=127.9.0.0/16") }()
	for in.Counts().Messages < 3 { // until it listens
		for _, to := range []string{"127.9.0.1:9", "127.0.0.1:9", "127.9.200.1:53"} {
			c, err := net.Dial("udp", to)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = c.Write([]byte("hello " + to))
			_ = c.Close()
		}
		select {
		case err := <-done:
			t.Fatal(err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	got, _ := read(t, in, 0, 3)
	for _, p := range got {
		if !feed.IsPacket([]byte(p)) || !strings.Contains(p, "hello 127.9.") {
			t.Errorf("kept %q", p)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
