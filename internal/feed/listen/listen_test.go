package listen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
)

func open(t *testing.T, dir string) *Intake {
	t.Helper()
	in, err := Open(Config{Dir: dir, Name: "test", MaxRecord: 4 << 10, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	return in
}

// read reads n messages from an offset on and returns them with the place
// behind the last.
func read(t *testing.T, in *Intake, from int64, n int) (got []string, at int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	input, err := in.Next(ctx, feed.Progress{})
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	if err := input.Skip(ctx, from); err != nil {
		t.Fatal(err)
	}
	for len(got) < n {
		f, err := input.Next(ctx, feed.Forever)
		if err != nil {
			t.Fatalf("after %d of %d: %v", len(got), n, err)
		}
		got, at = append(got, string(f.Data)), f.Next
	}
	return got, at
}

func TestSyslog(t *testing.T) {
	cef := "CEF:0|Example|IDS|1|100|test|5|src=198.51.100.7"
	tests := map[string]struct {
		in    string
		whole bool
		want  []string
	}{
		"RFC 5424":        {in: "<14>1 2026-11-20T01:00:00Z host app 1 id [a@1 b=\"c\"] {\"x\":1}\n", want: []string{`{"x":1}`}},
		"RFC 3164":        {in: "<14>Nov 20 01:00:00 host app[1]: text one\n", want: []string{"text one"}},
		"counted":         {in: "26 <14>Nov  2 01:00:00 h a: b<14>Nov 20 01:00:00 h a: c\n", want: []string{"b", "c"}},
		"CEF":             {in: "<14>Nov 20 01:00:00 host " + cef + "\n", want: []string{cef}},
		"the line":        {in: "<14>Nov 20 01:00:00 host app: text\n", whole: true, want: []string{"Nov 20 01:00:00 host app: text"}},
		"no head":         {in: "{\"x\":1}\r\n", want: []string{`{"x":1}`}},
		"numbers":         {in: "12 34\n", want: []string{"12 34"}},
		"broken priority": {in: "<9999>x\n", want: []string{"<9999>x"}},
		"no end":          {in: "last", want: []string{"last"}},
		"empty lines":     {in: "\n\na\n", want: []string{"a"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := open(t, t.TempDir())
			if err := in.messagesOf(t.Context(), newFramer(strings.NewReader(tt.in), 4<<10), newHeader(tt.whole)); err != nil {
				t.Fatal(err)
			}
			got, _ := read(t, in, 0, len(tt.want))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestLongMessage sends 10 MB in one line: its beginning is marked, and the
// next message is whole.
func TestLongMessage(t *testing.T) {
	in := open(t, t.TempDir())
	r := strings.NewReader(strings.Repeat("y", 10<<20) + "\nnext\n")
	if err := in.messagesOf(t.Context(), newFramer(r, 4<<10), newHeader(false)); err != nil {
		t.Fatal(err)
	}
	got, _ := read(t, in, 0, 2)
	if got[1] != "next" || len(got[0]) > longKept || in.Counts().Long != 1 {
		t.Errorf("%d bytes, then %q, %+v", len(got[0]), got[1], in.Counts())
	}
}

// TestRestart opens the spool again: a push that is sent again counts once, and
// reading goes on inside a parcel.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	in := open(t, dir)
	push := func(in *Intake, key, body string) int {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Idempotency-Key", key)
		w := httptest.NewRecorder()
		in.take(w, r, "")
		return w.Code
	}
	if code := push(in, "one", "a\nb\nc\n"); code != http.StatusNoContent {
		t.Fatalf("answer %d", code)
	}
	_, at := read(t, in, 0, 2)
	in.Safe(in.id, at)
	id := in.id
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	in = open(t, dir)
	if code := push(in, "one", "a\nb\nc\n"); code != http.StatusNoContent || in.Counts().Messages != 0 || in.id != id {
		t.Errorf("answer %d, %+v", code, in.Counts())
	}
	push(in, "two", "d")
	got, at := read(t, in, at, 2)
	if diff := cmp.Diff([]string{"c", "d"}, got); diff != "" {
		t.Error(diff)
	}
	if in.Safe(in.id, at); !in.empty() {
		t.Errorf("what is in the log is still kept: %+v", in.spool.Stats())
	}
	if code := push(in, "three", strings.Repeat("x\n", maxBody)); code != http.StatusBadRequest && code != http.StatusRequestEntityTooLarge {
		t.Errorf("a body of 16 MiB: answer %d", code)
	}
}

// TestIdleConnections opens more connections than there may be: the oldest
// silent ones go, and one that speaks is heard.
func TestIdleConnections(t *testing.T) {
	in := open(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	all := &conns{max: 8, evicted: func() { in.evicted.Add(1) }}
	go func() { done <- in.serveTCP(ctx, bounded{ln, all}, nil, false) }()
	var last net.Conn
	for range 50 {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		last = c
	}
	fmt.Fprintln(last, "heard")
	if got, _ := read(t, in, 0, 1); got[0] != "heard" {
		t.Errorf("got %q", got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := in.Counts().Evicted; n != 42 {
		t.Errorf("%d connections made room, want 42", n)
	}
}

func FuzzFramer(f *testing.F) {
	f.Add([]byte("26 <14>Nov  2 01:00:00 h a: b<14>1 2026-11-20T01:00:00Z h a - - - c\n"))
	f.Add([]byte("999999999 <x\n12 34\n<>\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		fr, h := newFramer(bytes.NewReader(in), 64), newHeader(false)
		for {
			data, _, err := fr.next()
			if len(data) > 64 {
				t.Fatalf("message of %d bytes", len(data))
			}
			h.strip(data)
			if err != nil {
				return
			}
		}
	})
}

func FuzzParcel(f *testing.F) {
	p := parcel{key: "k"}
	p.add([]byte("one"), false)
	p.add([]byte("two"), true)
	f.Add(bytes.Clone(p.encode()))
	f.Fuzz(func(t *testing.T, in []byte) {
		key, messages, err := decode(in)
		if err != nil {
			if !errors.Is(err, errParcel) {
				t.Fatal(err)
			}
			return
		}
		if len(key) > maxKey || len(messages) > len(in) {
			t.Fatalf("%d messages in %d bytes", len(messages), len(in))
		}
	})
}

// TestDatagramsOfFlows sends a datagram and reads the packet it came in.
func TestDatagramsOfFlows(t *testing.T) {
	in, err := Open(Config{Dir: t.TempDir(), Name: "test", Framing: feed.Packets, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- in.receive(ctx, pc, datagram.packet) }()
	c, err := net.Dial("udp", pc.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	payload := "\x00\x09 flows\n"
	if _, err := c.Write([]byte(payload)); err != nil {
		t.Fatal(err)
	}
	got, _ := read(t, in, 0, 1)
	if !feed.IsPacket([]byte(got[0])) || !strings.HasSuffix(got[0], payload) || len(got[0]) != feed.PacketHead+28+len(payload) {
		t.Errorf("got %q", got[0])
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestFlowsNeedPackets: who reads lines is not given datagrams.
func TestFlowsNeedPackets(t *testing.T) {
	if err := open(t, t.TempDir()).Serve(t.Context(), "netflow://127.0.0.1:0"); cure.KindOf(err) != cure.Invalid {
		t.Errorf("got %v", err)
	}
}
