package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// built is what a build leaves, in small.
func built(t *testing.T) fstest.MapFS {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte("packed()")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{
		"index.html":       {Data: []byte("<html><head></head><body>app</body></html>")},
		"index-1a2b.js":    {Data: []byte("plain()")},
		"index-1a2b.js.gz": {Data: packed.Bytes()},
		"licences.json":    {Data: []byte("[]")},
	}
}

func ask(t *testing.T, p *Page, method, target string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result()
}

func newPage(o Options) *Page {
	o.Log, o.Now, o.Version = slog.New(slog.NewTextHandler(io.Discard, nil)), time.Now, "test"
	return New(o)
}

func TestBuiltPages(t *testing.T) {
	p := newPage(Options{App: built(t), Banner: `"SYNTHETIC" <data>`})
	for _, tt := range []struct {
		name, path string
		status     int
		want       string
	}{
		{"first page", "/", 200, "app"},
		{"deep address", "/e/url/http:%2F%2Fexample.org%2Fa", 200, "app"},
		{"login", "/login", 200, "app"},
		{"banner is text", "/", 200, `content="&#34;SYNTHETIC&#34; &lt;data&gt;"`},
		{"file", "/static/app/index-1a2b.js", 200, "plain()"},
		{"missing file", "/static/app/nothing.js", 404, ""},
		{"the document is no file", "/static/app/index.html", 404, ""},
		{"nothing above", "/static/app/..%2Fweb.go", 404, ""},
		{"style of the plain pages", "/static/cure.css", 200, ":root"},
		{"plain pages ask who looks", "/plain/", 303, ""},
		{"plain login", "/plain/login", 200, `action="/plain/login"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp := ask(t, p, "GET", tt.path)
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.status || !strings.Contains(string(body), tt.want) {
				t.Errorf("status %d, body %.300q; want %d with %q", resp.StatusCode, body, tt.status, tt.want)
			}
		})
	}
	if to := ask(t, p, "GET", "/plain/").Header.Get("Location"); to != "/plain/login" {
		t.Errorf("plain pages send to %s", to)
	}
}

func TestBuiltPagesAreGuarded(t *testing.T) {
	p := newPage(Options{App: built(t)})
	policy := ask(t, p, "GET", "/").Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "require-trusted-types-for 'script'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %s", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || strings.Contains(policy, "*") {
		t.Errorf("policy %q is too wide", policy)
	}
}

func TestBuiltFilesAreKeptAndPacked(t *testing.T) {
	p := newPage(Options{App: built(t)})
	resp := ask(t, p, "GET", "/static/app/index-1a2b.js", "Accept-Encoding", "gzip, br")
	if resp.Header.Get("Content-Encoding") != "gzip" || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/javascript") ||
		!strings.Contains(resp.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("headers %v", resp.Header)
	}
	z, err := gzip.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(z); string(b) != "packed()" {
		t.Errorf("body %q", b)
	}
}

func TestWithoutBuildThePlainPagesAreAtTheRoot(t *testing.T) {
	p := newPage(Options{})
	for path, want := range map[string]string{"/": "/login", "/plain/": "/", "/plain/e/ip/198.51.100.7": "/e/ip/198.51.100.7"} {
		if to := ask(t, p, "GET", path).Header.Get("Location"); to != want {
			t.Errorf("%s leads to %q, want %q", path, to, want)
		}
	}
}
