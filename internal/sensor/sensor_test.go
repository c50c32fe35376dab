package sensor

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencure/cure"
)

func TestParseSpec(t *testing.T) {
	for given, want := range map[string]Spec{
		"23":                     {Host: "127.0.0.1", Low: 23, High: 23},
		"0":                      {Host: "127.0.0.1"},
		"192.0.2.1:1-1024":       {Host: "192.0.2.1", Low: 1, High: 1024},
		"udp/[2001:db8::1]:53":   {Transport: "udp", Host: "2001:db8::1", Low: 53, High: 53},
		"DNS=192.0.2.1:5300":     {Service: "dns", Host: "192.0.2.1", Low: 5300, High: 5300},
		"tcp/65535":              {Transport: "tcp", Host: "127.0.0.1", Low: 65535, High: 65535},
		"":                       {},
		"host.example:1":         {},
		"1024-1":                 {},
		"0-10":                   {},
		"192.0.2.1":              {},
		"192.0.2.1:65536":        {},
		"sctp/1":                 {},
		"192.0.2.1:-1":           {},
		"192.0.2.1:1-":           {},
		"192.0.2.1:1\n127.0.0.1": {},
	} {
		got, err := ParseSpec(given)
		switch {
		case want == Spec{} && cure.KindOf(err) != cure.Invalid:
			t.Errorf("%q is taken: %+v, %v", given, got, err)
		case want != Spec{} && (err != nil || got != want):
			t.Errorf("%q: %+v, %v, want %+v", given, got, err, want)
		}
	}
	if _, err := specs([]string{"1-1500", "192.0.2.1:1-1500"}); cure.KindOf(err) != cure.Invalid || err == nil {
		t.Errorf("3,000 sockets: %v", err)
	}
}

// book is what a sensor writes.
type book struct {
	mu   sync.Mutex
	b    bytes.Buffer
	line chan struct{} // one for each line
}

func newBook() *book { return &book{line: make(chan struct{}, 1000)} }

func (k *book) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.line <- struct{}{}
	return k.b.Write(p)
}

// config is that of a sensor on ports that are free.
func config(out io.Writer, listen ...string) Config {
	return Config{Listen: listen, Name: "sapporo", Out: out, Now: time.Now, Logger: slog.New(slog.DiscardHandler)}
}

// serve runs a sensor until end is called, which returns what Serve did.
func serve(t *testing.T, run func(context.Context) error) (end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	return func() error { cancel(); return <-done }
}

func logged[T any](t *testing.T, k *book) []T {
	t.Helper()
	var all []T
	dec := json.NewDecoder(&k.b)
	for {
		var v T
		if err := dec.Decode(&v); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
}

// TestPorts: what is sent is written down, what is not asked for is not said.
func TestPorts(t *testing.T) {
	k := newBook()
	p, err := OpenPorts(config(k, "0"))
	if err != nil {
		t.Fatal(err)
	}
	end := serve(t, p.Serve)
	to := p.Addresses()
	long := strings.Repeat("x", 3*MaxPayload)
	for _, say := range []string{"GET / HTTP/1.0\r\n\r\n", "", long} {
		c, err := net.Dial("tcp", to[0].String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, say) // of the long one the end may find nobody
		_ = c.(*net.TCPConn).CloseWrite()
		if heard, _ := io.ReadAll(c); len(heard) > 0 { // or is reset
			t.Errorf("it answered %q", heard)
		}
		_ = c.Close()
		<-k.line
	}
	c, err := net.Dial("udp", to[1].String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "\x00\x01"); err != nil {
		t.Fatal(err)
	}
	<-k.line
	if err := end(); err != nil {
		t.Fatal(err)
	}
	got := logged[connection](t, k)
	if len(got) != 4 {
		t.Fatalf("%d lines", len(got))
	}
	for i, want := range []string{"GET / HTTP/1.0\r\n\r\n", "", long[:MaxPayload], "\x00\x01"} {
		l := got[i]
		if string(l.Payload) != want || l.Allport != 1 || l.Sensor != "sapporo" || l.SrcIP != "127.0.0.1" || l.DstIP != "127.0.0.1" || l.Time.IsZero() || l.TLS != nil {
			t.Errorf("line %d: %+v, want payload %.20q", i, l, want)
		}
	}
	if l := got[3]; l.Transport != "udp" || got[0].Transport != "tcp" || int(l.DstPort) != to[1].(*net.UDPAddr).Port {
		t.Errorf("datagram: %+v", l)
	}
}

// TestPortsEndAtOnce: a connection that says nothing does not hold up the end.
func TestPortsEndAtOnce(t *testing.T) {
	k := newBook()
	p, err := OpenPorts(config(k, "tcp/0"))
	if err != nil {
		t.Fatal(err)
	}
	end := serve(t, p.Serve)
	c, err := net.Dial("tcp", p.Addresses()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := end(); err != nil {
		t.Error(err)
	}
}

// TestEnter bounds what one address and all hold open.
func TestEnter(t *testing.T) {
	p := &Ports{permits: make(chan struct{}, maxConns), of: map[netip.Addr]int{}}
	a := netip.MustParseAddr("192.0.2.1")
	for i := range maxConnsOf + 1 {
		if got := p.enter(a); got != (i < maxConnsOf) {
			t.Fatalf("connection %d of one: %v", i, got)
		}
	}
	p.leave(a)
	if !p.enter(a) {
		t.Error("a place that was left is not free")
	}
	taken := maxConnsOf
	for b := netip.MustParseAddr("198.51.100.0"); p.enter(b); b = b.Next() {
		taken++
	}
	if taken != maxConns || p.refused != 2 {
		t.Errorf("%d are open, %d refused", taken, p.refused)
	}
}

// broken cannot be written to.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk is full") }

// TestFullDisk: a sensor whose log cannot be written ends and says why.
func TestFullDisk(t *testing.T) {
	p, err := OpenPorts(config(broken{}, "udp/0"))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- p.Serve(t.Context()) }()
	c, err := net.Dial("udp", p.Addresses()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "x"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; cure.KindOf(err) != cure.Unavailable || err == nil {
		t.Errorf("ended with %v", err)
	}
}

// TestLinesAreBounded: of a second so many lines are written, the rest counted.
func TestLinesAreBounded(t *testing.T) {
	var b bytes.Buffer
	at := time.Unix(1_800_000_000, 0)
	l := lines{out: &b, now: func() time.Time { return at }, log: slog.New(slog.DiscardHandler)}
	for range maxLines + 5 {
		l.write(1)
	}
	if n := strings.Count(b.String(), "\n"); n != maxLines || l.left != 5 {
		t.Errorf("%d lines, %d left out", n, l.left)
	}
	at = at.Add(time.Second)
	if l.write(1); strings.Count(b.String(), "\n") != maxLines+1 {
		t.Error("the next second has no room")
	}
}

// opening is what a client of TLS sends first.
func opening(t testing.TB) []byte {
	t.Helper()
	here, there := net.Pipe()
	go func() {
		_ = tls.Client(here, &tls.Config{ServerName: "host.example", NextProtos: []string{"h2", "http/1.1"}, InsecureSkipVerify: true}).Handshake()
		_ = here.Close()
	}()
	buf := make([]byte, MaxPayload)
	n, err := there.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	_ = there.Close()
	return buf[:n]
}

func TestReadHello(t *testing.T) {
	b := opening(t)
	h := readHello(b)
	if h == nil || h.SNI != "host.example" || h.ALPN != "h2" || h.Version != "1.3" || len(h.JA3) != 32 {
		t.Errorf("%+v", h)
	}
	if h := readHello(b[:len(b)/2]); h != nil {
		t.Errorf("half of one: %+v", h)
	}
	if h := readHello([]byte("GET / HTTP/1.0\r\n\r\n")); h != nil {
		t.Errorf("no TLS: %+v", h)
	}
}

func FuzzReadHello(f *testing.F) {
	f.Add(opening(f))
	f.Add([]byte("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03\x03"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > MaxPayload {
			return
		}
		if _, err := json.Marshal(readHello(b)); err != nil {
			t.Error(err)
		}
	})
}
