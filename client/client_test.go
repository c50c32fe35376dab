package client

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

// dial returns a client of a server that answers with h, and that does not
// wait between tries.
func dial(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c, err := New(srv.URL, "cure_abcdefgh_secret")
	if err != nil {
		t.Fatal(err)
	}
	c.sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return c
}

func answer(status int, p Problem) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(p)
	}
}

func TestAddresses(t *testing.T) {
	for _, tt := range []struct {
		name, address, key string
		ok                 bool
	}{
		{"loopback", "http://127.0.0.1:8080", "k", true},
		{"localhost", "http://localhost:8080/", "k", true},
		{"IPv6 loopback", "http://[::1]:8080", "k", true},
		{"TLS", "https://cure.example.org", "k", true},
		{"without key", "http://cure.example.org", "", true},
		{"key in clear", "http://cure.example.org", "k", false},
		{"no scheme", "127.0.0.1:8080", "k", false},
		{"other scheme", "ftp://127.0.0.1", "k", false},
		{"empty", "", "k", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(tt.address, tt.key)
			if (err == nil) != tt.ok || err != nil && cure.KindOf(err) != cure.Invalid {
				t.Errorf("error %v, want ok %v", err, tt.ok)
			}
		})
	}
}

func TestOnlyIdempotentRequestsAreSentAgain(t *testing.T) {
	busy := answer(503, Problem{Status: 503, Code: "unavailable", Detail: "busy"})
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		call   func(context.Context, *Client) error
		want   int
	}{
		{"read of a busy hub", busy, func(ctx context.Context, c *Client) error { _, err := c.Stats(ctx); return err }, 4},
		{"batches for a busy hub", busy, func(ctx context.Context, c *Client) error { _, err := c.Send(ctx, "a/b", "t", []byte("x")); return err }, 4},
		{"named push", busy, func(ctx context.Context, c *Client) error { _, err := c.PushLines(ctx, "id", []byte("{}")); return err }, 4},
		{"new key", busy, func(ctx context.Context, c *Client) error { _, _, err := c.CreateKey(ctx, KeySpec{}); return err }, 1},
		{"delete", busy, func(ctx context.Context, c *Client) error {
			_, err := c.Control(ctx, "a/b", cure.Control{})
			return err
		}, 1},
		{"wrong question", answer(400, Problem{Status: 400, Code: "invalid"}), func(ctx context.Context, c *Client) error { _, err := c.Stats(ctx); return err }, 1},
		{"hub broken", answer(500, Problem{Status: 500, Code: "internal"}), func(ctx context.Context, c *Client) error { _, err := c.Stats(ctx); return err }, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tries := 0
			c := dial(t, func(w http.ResponseWriter, r *http.Request) {
				tries++
				tt.answer(w, r)
			})
			if err := tt.call(t.Context(), c); err == nil {
				t.Error("no error")
			}
			if tries != tt.want {
				t.Errorf("%d tries, want %d", tries, tt.want)
			}
		})
	}
}

func TestErrorsKeepTheirKind(t *testing.T) {
	c := dial(t, answer(409, Problem{Status: 409, Code: "conflict", Detail: "opened by another publisher", Hint: "stop one", Request: "r1"}))
	_, err := c.Send(t.Context(), "a/b", "t", []byte("x"))
	var p *Problem
	if !errors.As(err, &p) || p.Request != "r1" || cure.KindOf(err) != cure.Conflict {
		t.Fatalf("error %#v, want a Conflict with its problem", err)
	}
	if got, want := err.Error(), "opened by another publisher (stop one)"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}

	c = dial(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<html>a proxy's page</html>")
	})
	if _, err := c.Stats(t.Context()); cure.KindOf(err) != cure.NotFound || !errors.As(err, &p) || p.Detail == "" {
		t.Errorf("error %v of something that is no hub", err)
	}

	c, _ = New("http://127.0.0.1:1", "k", WithTries(1))
	if _, err := c.Stats(t.Context()); cure.KindOf(err) != cure.Unavailable {
		t.Errorf("error %v of nothing that listens, want Unavailable", err)
	}
}

func TestSenderKeepsTheOrder(t *testing.T) {
	const n = 200
	var got []uint32
	requests := 0
	c := dial(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		if r.Header.Get(HeaderToken) != "token" || r.URL.Path != "/api/v1/sources/lab/one/batches" {
			t.Errorf("request to %s with token %q", r.URL.Path, r.Header.Get(HeaderToken))
		}
		b, _ := io.ReadAll(r.Body)
		var s Sequences
		for len(b) > 0 {
			size := binary.LittleEndian.Uint32(b)
			number := binary.LittleEndian.Uint32(b[4:])
			got = append(got, number)
			s.Sequences = append(s.Sequences, uint64(number)+1000)
			b = b[4+size:]
		}
		_ = json.NewEncoder(w).Encode(s)
	})
	s := c.Sender("lab/one", "token")
	var mu sync.Mutex
	var done []uint64
	for i := range uint32(n) {
		payload := binary.LittleEndian.AppendUint32(nil, i)
		payload = append(payload, make([]byte, 100<<10)...)
		if err := s.Send(t.Context(), payload, func(seq uint64, err error) {
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Errorf("batch not sent: %v", err)
			}
			done = append(done, seq)
		}); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	var want []uint32
	var wantDone []uint64
	for i := range uint32(n) {
		want, wantDone = append(want, i), append(wantDone, uint64(i)+1000)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("batches that came (-want +got):\n%s", d)
	}
	if d := cmp.Diff(wantDone, done); d != "" {
		t.Errorf("sequences (-want +got):\n%s", d)
	}
	if requests > n/2 {
		t.Errorf("%d requests for %d batches", requests, n)
	}
	if err := s.Send(t.Context(), nil, nil); cure.KindOf(err) != cure.Unavailable {
		t.Errorf("send after close: %v", err)
	}
}

func TestSenderWaitsAndGivesUp(t *testing.T) {
	block := make(chan struct{})
	c := dial(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-block
		answer(409, Problem{Status: 409, Code: "conflict"})(w, r)
	})
	s := c.Sender("lab/one", "token")
	var errs []error
	big := make([]byte, maxInFlight)
	if err := s.Send(t.Context(), big, func(_ uint64, err error) { errs = append(errs, err) }); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if err := s.Send(ctx, []byte("x"), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("send into a full sender: %v, want to wait until cancelled", err)
	}
	close(block)
	s.Close()
	if len(errs) != 1 || cure.KindOf(errs[0]) != cure.Conflict {
		t.Errorf("errors %v, want one Conflict", errs)
	}
}
