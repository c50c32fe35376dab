package api_test

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/api"
)

var errEnough = errors.New("enough")

// firstValues follows until it has so many records, and returns their first
// values and the cursor behind them.
func firstValues(t *testing.T, c *client.Client, f client.Follow, n int) (got []string, cursor string) {
	t.Helper()
	err := c.Stream(t.Context(), f, func(e client.StreamEvent) error {
		if e.Lost != nil {
			return e.Lost
		}
		for _, r := range e.Records {
			got = append(got, r.Observations[0].Observable.Value)
		}
		cursor = e.Cursor
		if len(got) >= n {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatalf("stream %+v: %v", f, err)
	}
	return got, cursor
}

func TestStreamOfRecords(t *testing.T) {
	h := open(t, nil)
	h.push("1", saw("lab/one", 1, ip("198.51.100.1")))
	h.push("2", saw("lab/red", 2, ip("198.51.100.2")), saw("lab/two", 2, ip("198.51.100.3")))
	if err := h.admin.SetOrg(t.Context(), access.Org{ID: "minato", MaxTLP: cure.TLPGreen, Licence: cure.LicencePublic}); err != nil {
		t.Fatal(err)
	}
	_, partner := h.newKey(client.KeySpec{Name: "p", Org: "minato", Role: client.RoleReader})

	whole, _ := firstValues(t, h.admin, client.Follow{After: "0"}, 3)
	if diff := cmp.Diff([]string{"198.51.100.1", "198.51.100.2", "198.51.100.3"}, whole); diff != "" {
		t.Errorf("the administrator (-want +got):\n%s", diff)
	}
	part, cursor := firstValues(t, partner, client.Follow{After: "0"}, 2)
	if diff := cmp.Diff([]string{"198.51.100.1", "198.51.100.3"}, part); diff != "" {
		t.Errorf("the partner (-want +got):\n%s", diff)
	}
	h.push("3", saw("lab/one", 3, ip("198.51.100.4")), saw("lab/one", 3, domain("kage.example")))
	if next, _ := firstValues(t, partner, client.Follow{After: cursor}, 1); next[0] != "198.51.100.4" {
		t.Errorf("behind %s: %v", cursor, next)
	}
	if got, _ := firstValues(t, partner, client.Follow{After: "0", Kind: cure.KindDomain}, 1); got[0] != "kage.example" {
		t.Errorf("domains: %v", got)
	}
	for name, f := range map[string]client.Follow{
		"query": {Query: "since:1d"}, "cursor": {After: "yesterday"}, "sequence": {After: "9999999"},
	} {
		err := h.admin.Stream(t.Context(), f, func(client.StreamEvent) error { return nil })
		if cure.KindOf(err) != cure.Invalid {
			t.Errorf("bad %s: %v", name, err)
		}
	}
}

// TestStreamEndsWithItsKey: the stream of a revoked key ends by itself, and
// connecting again is refused.
func TestStreamEndsWithItsKey(t *testing.T) {
	h := open(t, nil)
	text, reader := h.newKey(client.KeySpec{Name: "r", Org: "own", Role: client.RoleReader})
	err := reader.Stream(t.Context(), client.Follow{}, func(e client.StreamEvent) error {
		if e.Lost == nil && e.Records == nil { // "at": it has begun
			return h.admin.RevokeKey(t.Context(), strings.Split(text, "_")[1])
		}
		return nil
	})
	if cure.KindOf(err) != cure.Denied {
		t.Errorf("stream of a revoked key ended with %v", err)
	}
}

func TestStreamsAreCounted(t *testing.T) {
	h := open(t, func(o *api.Options) { o.Streams = 1 })
	err := h.admin.Stream(t.Context(), client.Follow{}, func(client.StreamEvent) error {
		err := h.admin.Stream(t.Context(), client.Follow{}, func(e client.StreamEvent) error { return e.Lost })
		var p *client.Problem
		if !errors.As(err, &p) || p.Status != http.StatusTooManyRequests {
			t.Errorf("second stream of a key that may have one: %v", err)
		}
		return errEnough
	})
	if !errors.Is(err, errEnough) {
		t.Error(err)
	}
}

func TestPictureStream(t *testing.T) {
	h := open(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/api/v1/picture/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+h.key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if m := resp.Header.Get("Content-Type"); m != "text/event-stream" {
		t.Fatalf("content type %q", m)
	}
	lines := bufio.NewScanner(resp.Body)
	wait := func(part string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), part) {
				return
			}
		}
		t.Fatalf("the stream ended before %q: %v", part, lines.Err())
	}
	wait("event: at")
	h.push("1", saw("cowrie/one", 1, ip("198.51.100.1")))
	wait(`"records":{"cowrie":1}`)
	h.push("2", saw("feeds/one", 1, ip("198.51.100.1")))
	wait(`"links":[{"a":"cowrie","b":"feeds","count":1,"sample":{"kind":"ip","value":"198.51.100.1"}}]`)
	p, err := h.admin.Picture(t.Context(), time.Time{})
	if err != nil || len(p.Ribbons) != 1 || p.Ribbons[0].Shared != 1 || p.Seq == 0 {
		t.Errorf("picture %+v, %v", p, err)
	}
}
