package fetch

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure"
)

func now() time.Time { return time.Date(2026, 11, 20, 1, 40, 0, 0, time.UTC) }

// get fetches from a handler.
func get(t *testing.T, h http.Handler, change func(*Target), known Known) (string, Known, bool, error) {
	t.Helper()
	s := httptest.NewServer(h)
	defer s.Close()
	target := &Target{URL: s.URL + "/list", MaxBytes: 1 << 10}
	if change != nil {
		change(target)
	}
	path := filepath.Join(t.TempDir(), "copy")
	k, same, err := New("test", now).Get(t.Context(), target, known, path)
	data, _ := os.ReadFile(path)
	return string(data), k, same, err
}

func TestGetAsksWhetherItHasChanged(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"one"`)
		w.Header().Set("Last-Modified", "Fri, 20 Nov 2026 00:00:00 GMT")
		if r.Header.Get("If-None-Match") == `"one"` && r.Header.Get("If-Modified-Since") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprintln(w, "192.0.2.1")
	})
	data, known, same, err := get(t, h, nil, Known{})
	if err != nil || same || data != "192.0.2.1\n" || known.ETag != `"one"` {
		t.Fatalf("%q, %+v, same %v, %v", data, known, same, err)
	}
	if data, again, same, err := get(t, h, nil, known); err != nil || !same || data != "" || again != known {
		t.Errorf("again: %q, %+v, same %v, %v", data, again, same, err)
	}
}

func TestGetRefuses(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 64<<10))
	z.Close()
	tests := []struct {
		name, want string
		h          http.HandlerFunc
	}{
		{"not found", "404 Not Found", http.NotFound},
		{"empty", "empty document", func(http.ResponseWriter, *http.Request) {}},
		{"too large", "more than 1024 bytes", func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 2000)) }},
		{"bomb", "unpacks to more than 1024", func(w http.ResponseWriter, _ *http.Request) { w.Write(bomb.Bytes()) }},
		{"bomb in transfer", "more than 1024", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb.Bytes())
		}},
		{"cut", "receive copy", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "192.0.2.1\n")
		}},
		{"endless redirect", "more than 5 redirects", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/list", http.StatusFound) }},
		{"elsewhere", "does not name", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://other.example/list", http.StatusFound)
		}},
		{"unmodified without being asked", "304", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, _, _, err := get(t, tt.h, nil, Known{})
			if cure.KindOf(err) != cure.Unavailable || !strings.Contains(err.Error(), tt.want) || data != "" {
				t.Errorf("%q, %v, want %q", data, err, tt.want)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"120": 2 * time.Minute, "Fri, 20 Nov 2026 01:50:00 GMT": 10 * time.Minute, "soon": 0, "999999999": 24 * time.Hour, "": 0,
	} {
		_, _, _, err := get(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", value)
			w.WriteHeader(http.StatusTooManyRequests)
		}), nil, Known{})
		var f *Failure
		if !errors.As(err, &f) || f.RetryAfter != want {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// TestRedirects holds where a redirect may lead, and that a secret does not go
// along.
func TestRedirects(t *testing.T) {
	target := &Target{Hosts: []string{"mirror.example"}, Auth: Auth{Header: "Auth-Key", Value: "secret"}}
	tests := []struct {
		from, to string
		allowed  bool
		secret   bool
	}{
		{"https://list.example/a", "https://list.example/b", true, true},
		{"http://list.example/a", "https://list.example/a", true, true},
		{"https://list.example/a", "http://list.example/a", false, false},
		{"https://list.example/a", "https://mirror.example/a", true, false},
		{"https://list.example/a", "http://mirror.example/a", false, false},
		{"https://list.example/a", "https://evil.example/a", false, false},
		{"https://list.example/a", "https://list.example:8443/a", false, false},
		{"http://list.example/a", "file:///etc/passwd", false, false},
		{"https://list.example/a", "https://list.example.evil.example/a", false, false},
	}
	for _, tt := range tests {
		req := func(address string) *http.Request {
			u, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			return &http.Request{URL: u, Header: http.Header{"Auth-Key": {"secret"}}}
		}
		r := req(tt.to)
		err := checkRedirect(target, r, []*http.Request{req(tt.from)})
		if (err == nil) != tt.allowed || err == nil && (r.Header.Get("Auth-Key") != "") != tt.secret {
			t.Errorf("%s to %s: %v, header %q", tt.from, tt.to, err, r.Header.Get("Auth-Key"))
		}
	}
}

func TestAuth(t *testing.T) {
	c := New("test", now)
	for want, a := range map[string]Auth{
		"Basic dXNlcjpwdw==": {User: "user", Password: "pw"},
		"Bearer abc":         {Bearer: "abc"},
	} {
		r, err := c.Request(t.Context(), &Target{Auth: a}, "http://127.0.0.1/")
		if err != nil || r.Header.Get("Authorization") != want {
			t.Errorf("%q, %v", r.Header.Get("Authorization"), err)
		}
	}
}

// mispServer is a MISP feed of two events, and how often each was asked for.
func mispServer(t *testing.T, manifest func() string) (*httptest.Server, map[string]int) {
	t.Helper()
	asked := map[string]int{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path]++
		if r.URL.Path == "/feed/manifest.json" {
			fmt.Fprint(w, manifest())
			return
		}
		fmt.Fprintf(w, `{"Event":{"uuid":%q}}`, strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/feed/"), ".json"))
	}))
	t.Cleanup(s.Close)
	return s, asked
}

const (
	eventA = "5bf0a1b2-0000-4000-8000-00000000000a"
	eventB = "5bf0a1b2-0000-4000-8000-00000000000b"
)

func TestMISPFetchesWhatHasChanged(t *testing.T) {
	list := fmt.Sprintf(`{%q:{"timestamp":"1"},%q:{"timestamp":2}}`, eventA, eventB)
	s, asked := mispServer(t, func() string { return list })
	dir := t.TempDir()
	bring := func() string {
		t.Helper()
		path := filepath.Join(dir, "copy")
		_, _, err := New("test", now).MISP(t.Context(), &Target{URL: s.URL + "/feed/", MaxBytes: 1 << 20}, Known{}, filepath.Join(dir, "events"), path)
		if err != nil {
			t.Fatal(err)
		}
		data, _ := os.ReadFile(path)
		return string(data)
	}
	if got := bring(); strings.Count(got, "Event") != 2 {
		t.Errorf("first: %q", got)
	}
	list = fmt.Sprintf(`{%q:{"timestamp":"1"},%q:{"timestamp":3}}`, eventA, eventB)
	bring()
	if asked["/feed/"+eventA+".json"] != 1 || asked["/feed/"+eventB+".json"] != 2 {
		t.Errorf("asked %v", asked)
	}
	list = fmt.Sprintf(`{%q:{"timestamp":3}}`, eventB)
	if got := bring(); strings.Count(got, "Event") != 1 || strings.Contains(got, eventA) {
		t.Errorf("after one is gone: %q", got)
	}
}

func TestMISPRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"elsewhere": `{"../../etc/passwd":{"timestamp":"1"}}`,
		"no JSON":   "<html>",
		"empty":     "{}",
		"too large": fmt.Sprintf(`{%q:{"timestamp":"1"}}`, eventA),
	} {
		s, asked := mispServer(t, func() string { return text })
		dir := t.TempDir()
		_, _, err := New("test", now).MISP(t.Context(), &Target{URL: s.URL + "/feed", MaxBytes: 57}, Known{}, dir, filepath.Join(dir, "copy"))
		if cure.KindOf(err) != cure.Unavailable || len(asked) > 2 {
			t.Errorf("%s: %v, asked %v", name, err, asked)
		}
	}
}
