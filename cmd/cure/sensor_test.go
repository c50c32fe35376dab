package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSensors: what our own sensors write down, their publishers read.
func TestSensors(t *testing.T) {
	for publisher, tt := range map[string]struct {
		listen, say string
		want        []string
	}{
		"allport": {"udp/0", "GET / HTTP/1.0\r\n\r\n", []string{`"protocol","value":"http"`, `"kind":"fp","value":"payload:`}},
		"amppot":  {"ntp=0", "\x17\x00\x03\x2a\x00\x00\x00\x00", []string{`"kind":"port","value":"udp/123"`, `"value":"127.0.0.1"`}},
	} {
		t.Run(publisher, func(t *testing.T) {
			t.Setenv("CURE_DATA", t.TempDir())
			out := filepath.Join(t.TempDir(), "log.jsonl")
			ctx, cancel := context.WithCancel(t.Context())
			said, err := io.Pipe()
			world := func(w, errs io.Writer) *env {
				return &env{ctx: ctx, out: w, err: errs, now: time.Now, getenv: func(string) string { return "" }}
			}
			done := make(chan int, 1)
			go func() {
				done <- run(world(io.Discard, err), []string{"sensor", publisher, "--listen", tt.listen, "--out", out, "--name", "sapporo1"})
				_ = err.Close()
			}()
			lines := bufio.NewReader(said)
			line, readErr := lines.ReadString('\n')
			if readErr != nil {
				t.Fatal(readErr)
			}
			go func() { _, _ = io.Copy(io.Discard, lines) }()
			_, address, _ := strings.Cut(strings.TrimSpace(line), "/")
			c, dialErr := net.Dial("udp", address)
			if dialErr != nil {
				t.Fatalf("%q: %v", line, dialErr)
			}
			defer c.Close()
			var read, refused bytes.Buffer
			for read.Len() == 0 { // until it has come; a datagram may be lost
				if _, err := io.WriteString(c, tt.say); err != nil {
					t.Fatal(err)
				}
				if code := run(world(&read, &refused), []string{"publish", publisher, "--dry-run", out}); code != exitFound {
					t.Fatalf("exit code %d: %s", code, refused.String())
				}
			}
			cancel()
			if code := <-done; code != exitFound {
				t.Errorf("the sensor ended with %d", code)
			}
			for _, want := range tt.want {
				if !strings.Contains(read.String(), want) {
					t.Errorf("no %s in %s", want, read.String())
				}
			}
			if strings.Contains(read.String(), "sapporo1") || refused.Len() > 0 {
				t.Errorf("the sensor is named, or something was refused: %s%s", read.String(), refused.String())
			}
		})
	}
}
