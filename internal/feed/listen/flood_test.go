package listen

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// small opens an intake whose spool is soon full and never emptied.
func small(t *testing.T, dir string) *Intake {
	t.Helper()
	in, err := Open(Config{Dir: dir, Name: "test", MaxBytes: 64 << 10, MaxRecord: 4 << 10, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	return in
}

// TestFloodOfStreams writes without end to a connection whose spool is full:
// the sender has to wait, and what was taken stays bounded.
func TestFloodOfStreams(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		in := small(t, dir)
		ctx, cancel := context.WithCancel(t.Context())
		client, server := net.Pipe()
		var sent atomic.Int64
		var both sync.WaitGroup
		both.Go(func() {
			line := []byte("<14>Nov 20 01:00:00 h a: " + strings.Repeat("x", 1000) + "\n")
			for {
				n, err := client.Write(line)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		})
		both.Go(func() { _ = in.messagesOf(ctx, newFramer(server, 4<<10), newHeader(false)) })
		time.Sleep(time.Second)
		first := sent.Load()
		time.Sleep(time.Minute)
		if now := sent.Load(); now != first || first == 0 || first > 2<<20 {
			t.Errorf("%d bytes were taken in a second and %d in a minute", first, now)
		}
		cancel()
		client.Close()
		both.Wait()
	})
}

// TestFloodOfDatagrams sends datagrams faster than a full spool takes them:
// each is kept or counted as dropped.
func TestFloodOfDatagrams(t *testing.T) {
	in := small(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	pc := &socket{left: 5000, sent: make(chan struct{}), closed: make(chan struct{})}
	done := make(chan error, 1)
	go func() { done <- in.receive(ctx, pc, func(d datagram) []byte { return d.data }) }()
	<-pc.sent
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	c := in.Counts()
	if c.Messages+c.Dropped != 5000 || c.Dropped < 4000 {
		t.Errorf("of 5000 datagrams %d were kept and %d dropped", c.Messages, c.Dropped)
	}
}

// socket is one with so many datagrams in it.
type socket struct {
	net.PacketConn
	left         int
	sent, closed chan struct{}
	once         sync.Once
}

func (d *socket) ReadFrom(b []byte) (int, net.Addr, error) {
	if d.left == 0 {
		close(d.sent)
		<-d.closed
		return 0, nil, net.ErrClosed
	}
	d.left--
	return copy(b, fmt.Sprintf("<14>Nov 20 01:00:00 h a: %d %s", d.left, strings.Repeat("x", 1000))), nil, nil
}

func (d *socket) LocalAddr() net.Addr { return &net.UDPAddr{} }

func (d *socket) Close() error {
	d.once.Do(func() { close(d.closed) })
	return nil
}

// TestHalfHandshake begins a TLS handshake and leaves it: the connection ends
// in time, and is counted.
func TestHalfHandshake(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		in := small(t, dir)
		client, server := net.Pipe()
		defer client.Close()
		done := make(chan error, 1)
		began := time.Now()
		go func() { done <- in.converse(t.Context(), server, &tls.Config{}, false) }()
		if _, err := client.Write([]byte{0x16, 3, 1, 2, 0, 1}); err != nil { // the head of a ClientHello
			t.Fatal(err)
		}
		if err := <-done; err == nil {
			t.Error("half a handshake is no error")
		}
		if spent := time.Since(began); spent != handshakeTime || in.Counts().Handshakes != 1 {
			t.Errorf("after %v, %+v", spent, in.Counts())
		}
	})
}
