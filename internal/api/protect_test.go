package api

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

// bare returns a server in front of a page of our own and of no hub: for what
// happens before anybody is known. Log gets its log, unless nil.
func bare(t *testing.T, page http.HandlerFunc, log io.Writer) http.Handler {
	t.Helper()
	if log == nil {
		log = io.Discard
	}
	return New(Options{
		Access: new(access.Registry), Sessions: NewSessions(rand.Reader, time.Now), Page: page, Hosts: []string{"cure.example.org"},
		View: func(access.Principal, string) access.View { return access.View{} }, Version: "test",
		Log: slog.New(slog.NewTextHandler(log, nil)), Now: time.Now, Random: rand.Reader,
	}).Handler()
}

// ask sends one request and returns the answer.
func ask(h http.Handler, method, target string, change func(*http.Request)) *http.Response {
	r := httptest.NewRequest(method, target, nil)
	r.Host = "127.0.0.1:8080"
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func hello(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }

// problemIn reads the problem of an answer.
func problemIn(t *testing.T, resp *http.Response) client.Problem {
	t.Helper()
	if ct := resp.Header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("content type %q, want application/problem+json", ct)
	}
	var p client.Problem
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil {
		t.Fatalf("decode problem: %v", err)
	}
	if p.Status != resp.StatusCode || p.Code == "" || p.Detail == "" || p.Request == "" || p.Request != resp.Header.Get("X-Request-Id") {
		t.Errorf("problem %+v is not complete (status %d)", p, resp.StatusCode)
	}
	return p
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	h := bare(t, hello, nil)
	want := map[string]string{
		"Content-Security-Policy":      policy,
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Cache-Control":                "no-store",
	}
	for _, path := range []string{"/healthz", "/login", "/api/v1/search?q=x", "/nowhere", "/api/docs"} {
		resp := ask(h, "GET", path, nil)
		for name, value := range want {
			if got := resp.Header.Get(name); got != value {
				t.Errorf("%s: %s is %q, want %q", path, name, got, value)
			}
		}
	}
	for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("content security policy without %s", part)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") {
		t.Errorf("content security policy %q lets scripts run", policy)
	}
}

func TestHostNames(t *testing.T) {
	h := bare(t, hello, nil)
	for _, tt := range []struct {
		host string
		want int
	}{
		{"127.0.0.1:8080", 200},
		{"[::1]:8080", 200},
		{"localhost:8080", 200},
		{"LOCALHOST", 200},
		{"192.0.2.1", 200},
		{"cure.example.org", 200},
		{"cure.example.org:443", 200},
		{"rebound.example:8080", 421},
		{"localhost.rebound.example", 421},
		{"127.0.0.1.rebound.example", 421},
		{"", 421},
	} {
		resp := ask(h, "GET", "/healthz", func(r *http.Request) { r.Host = tt.host })
		if resp.StatusCode != tt.want {
			t.Errorf("host %q: status %d, want %d", tt.host, resp.StatusCode, tt.want)
		}
	}
}

func TestRequestsOfOtherSitesAreRefused(t *testing.T) {
	h := bare(t, hello, nil)
	for _, tt := range []struct {
		name, method, site, origin string
		want                       int
	}{
		{"own form", "POST", "same-origin", "http://127.0.0.1:8080", 200},
		{"no browser", "POST", "", "", 200},
		{"reading", "GET", "cross-site", "", 200},
		{"other site", "POST", "cross-site", "https://rebound.example", 403},
		{"other port", "POST", "same-site", "http://127.0.0.1:9999", 403},
		{"old browser", "POST", "", "https://rebound.example", 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp := ask(h, tt.method, "/login", func(r *http.Request) {
				if tt.site != "" {
					r.Header.Set("Sec-Fetch-Site", tt.site)
				}
				if tt.origin != "" {
					r.Header.Set("Origin", tt.origin)
				}
			})
			if resp.StatusCode != tt.want {
				t.Errorf("status %d, want %d", resp.StatusCode, tt.want)
			}
		})
	}
}

func TestNobodyGetsInWithoutKey(t *testing.T) {
	s := New(Options{
		Access: new(access.Registry), Sessions: NewSessions(rand.Reader, time.Now), Page: http.HandlerFunc(hello),
		View: func(access.Principal, string) access.View { return access.View{} }, Version: "test",
		Log: slog.New(slog.DiscardHandler), Now: time.Now, Random: rand.Reader,
	})
	h := s.Handler()
	open := map[string]bool{"/healthz": true, "/readyz": true, "/login": true, "/api/openapi.json": true, "/api/docs": true, "/static/cure.css": true}
	paths := []string{"/", "/q?q=x", "/sources", "/metrics", "/api/v2/x", "/e/ip/198.51.100.7"}
	for path := range s.huma.OpenAPI().Paths {
		paths = append(paths, path)
	}
	for path := range open {
		paths = append(paths, path)
	}
	address := 0
	for _, path := range paths {
		address++ // or the limit for strangers would answer
		from := func(r *http.Request) {
			r.RemoteAddr = "198.51.100." + string(rune('0'+address%10)) + ":1"
		}
		resp := ask(h, "GET", path, from)
		if got, want := resp.StatusCode != http.StatusUnauthorized, open[path]; got != want {
			t.Errorf("GET %s: status %d without a key", path, resp.StatusCode)
		}
	}
	resp := ask(h, "GET", "/api/v1/stats", nil)
	if p := problemIn(t, resp); p.Kind() != cure.Denied || !strings.Contains(p.Hint, "Authorization") {
		t.Errorf("problem %+v does not say what to do", p)
	}
	if resp.Header.Get("WWW-Authenticate") == "" {
		t.Error("401 without WWW-Authenticate")
	}
	resp = ask(h, "GET", "/sources", func(r *http.Request) { r.Header.Set("Accept", "text/html") })
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/login?next=%2Fsources" {
		t.Errorf("a browser gets %d to %q, want the login", resp.StatusCode, resp.Header.Get("Location"))
	}
}

func TestPanicsTellNothing(t *testing.T) {
	var log bytes.Buffer
	h := bare(t, func(http.ResponseWriter, *http.Request) { panic("secret of the hub") }, &log)
	resp := ask(h, "GET", "/login", nil)
	if resp.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d, want 500", resp.StatusCode)
	}
	p := problemIn(t, resp)
	if strings.Contains(p.Error(), "secret") {
		t.Errorf("problem %q tells about the panic", p.Error())
	}
	if !strings.Contains(log.String(), "secret of the hub") || !strings.Contains(log.String(), p.Request) {
		t.Errorf("log %q does not tell the panic and its request", log.String())
	}
}

func TestBodiesAreBounded(t *testing.T) {
	h := bare(t, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			refuse(w, r, err)
		}
	}, nil)
	for _, tt := range []struct {
		name   string
		length int64
		bytes  int64
		want   int
	}{
		{"fits", maxBody, maxBody, 200}, {"says too much", maxBody + 1, 0, 413}, {"sends too much", -1, maxBody + 1, 413},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp := ask(h, "POST", "/login", func(r *http.Request) {
				r.ContentLength = tt.length
				r.Body = io.NopCloser(io.LimitReader(zeros{}, tt.bytes))
			})
			if resp.StatusCode != tt.want {
				t.Errorf("status %d, want %d", resp.StatusCode, tt.want)
			}
			if tt.want != 200 {
				problemIn(t, resp)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestRequestsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := bare(t, func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			refuse(w, r, r.Context().Err())
		}, nil)
		start := time.Now()
		resp := ask(h, "GET", "/login", nil)
		if took := time.Since(start); took != maxLatency {
			t.Errorf("ended after %v, want %v", took, maxLatency)
		}
		if p := problemIn(t, resp); resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(p.Detail, "in time") {
			t.Errorf("status %d, problem %+v", resp.StatusCode, p)
		}
	})
}

func TestStrangersAreLimited(t *testing.T) {
	h := bare(t, hello, nil)
	var last *http.Response
	for range 200 {
		if last = ask(h, "GET", "/login", nil); last.StatusCode == http.StatusTooManyRequests {
			break
		}
	}
	if last.StatusCode != http.StatusTooManyRequests || last.Header.Get("Retry-After") == "" {
		t.Fatalf("200 requests of a stranger: status %d, Retry-After %q", last.StatusCode, last.Header.Get("Retry-After"))
	}
	if p := problemIn(t, last); p.Code != "limited" {
		t.Errorf("code %q, want limited", p.Code)
	}
	if resp := ask(h, "GET", "/healthz", nil); resp.StatusCode != 200 {
		t.Errorf("the supervisor pays for strangers: status %d", resp.StatusCode)
	}
	other := ask(h, "GET", "/login", func(r *http.Request) { r.RemoteAddr = "198.51.100.9:1" })
	if other.StatusCode != 200 {
		t.Errorf("another address pays: status %d", other.StatusCode)
	}
}

func TestErrorsBecomeProblems(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status int
		code   string
	}{
		{cure.Errorf(cure.Invalid, "no such kind"), 400, "invalid"},
		{cure.Errorf(cure.NotFound, "no such record"), 404, "not_found"},
		{cure.Errorf(cure.Denied, "not yours"), 403, "denied"},
		{cure.Errorf(cure.Conflict, "opened by another publisher"), 409, "conflict"},
		{cure.Errorf(cure.Unavailable, "log is full"), 503, "unavailable"},
		{errors.New("open /var/lib/secret: no such file"), 500, "internal"},
	} {
		t.Run(tt.code, func(t *testing.T) {
			h := bare(t, func(w http.ResponseWriter, r *http.Request) { refuse(w, r, tt.err) }, nil)
			resp := ask(h, "GET", "/login", nil)
			if resp.StatusCode != tt.status {
				t.Errorf("status %d, want %d", resp.StatusCode, tt.status)
			}
			p := problemIn(t, resp)
			if p.Code != tt.code || p.Kind() != cure.KindOf(tt.err) {
				t.Errorf("problem %+v for %v", p, tt.err)
			}
			if tt.status == 500 == strings.Contains(p.Detail, tt.err.Error()) {
				t.Errorf("detail %q for %v", p.Detail, tt.err)
			}
		})
	}
}

func TestTheDescriptionIsWhole(t *testing.T) {
	h := bare(t, hello, nil)
	resp := ask(h, "GET", "/api/openapi.json", nil)
	var doc struct {
		OpenAPI string                    `json:"openapi"`
		Paths   map[string]map[string]any `json:"paths"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") || len(doc.Paths) < 20 {
		t.Errorf("OpenAPI %s with %d paths", doc.OpenAPI, len(doc.Paths))
	}
	for _, path := range []string{"/api/v1/search", "/api/v1/lookup", "/api/v1/records", "/api/v1/sources/{publisher}/{instance}/batches", "/api/v1/keys"} {
		if doc.Paths[path] == nil {
			t.Errorf("%s is not described", path)
		}
	}
	page, err := io.ReadAll(ask(h, "GET", "/api/docs", nil).Body)
	if err != nil {
		t.Fatal(err)
	}
	for path := range doc.Paths {
		if !strings.Contains(string(page), path) {
			t.Errorf("%s is not on the page", path)
		}
	}
	if bytes.Contains(page, []byte("<script")) || bytes.Contains(page, []byte("://")) {
		t.Error("the page of the API loads something")
	}
}
