package taxii

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed/fetch"
)

func clock() time.Time { return time.Date(2026, 11, 20, 1, 40, 0, 0, time.UTC) }

// server is a small TAXII 2.1 server: one root, collections of which one can
// be read, pages of two objects, many of which were added in one moment.
type server struct {
	t       *testing.T
	added   []time.Time // of each object
	auth    func(*http.Request) bool
	fail    int  // pages until it fails once; 0: never
	noNext  bool // continues by date instead of by next
	forget  bool // does not know its old next any more
	asked   []string
	collect int // collections that can be read
}

const page = 2

// start serves until the test ends and returns the address.
func (s *server) start() string {
	h := httptest.NewServer(s)
	s.t.Cleanup(h.Close)
	return h.URL
}

// ServeHTTP answers.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.auth != nil && !s.auth(r) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.Header.Get("Accept") != MediaType {
		w.WriteHeader(http.StatusNotAcceptable)
		return
	}
	w.Header().Set("Content-Type", MediaType)
	switch r.URL.Path {
	case "/taxii2/":
		fmt.Fprintf(w, `{"title":"test","default":"/api1/","api_roots":["http://elsewhere.example/api/","/api1/"]}`)
	case "/api1/":
		fmt.Fprint(w, `{"title":"root","versions":["application/taxii+json;version=2.1"],"max_content_length":1000}`)
	case "/api1/collections/":
		all := []string{`{"id":"w","title":"inbox","can_read":false}`}
		for i := range s.collect {
			all = append(all, fmt.Sprintf(`{"id":"c%d","title":"C %d","can_read":true}`, i+1, i+1))
		}
		fmt.Fprintf(w, `{"collections":[%s]}`, strings.Join(all, ","))
	case "/api1/collections/c1/objects/":
		s.objects(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (s *server) objects(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.asked = append(s.asked, q.Get("added_after")+"/"+q.Get("next"))
	if s.fail > 0 {
		if s.fail--; s.fail == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
	}
	after, _ := time.Parse(time.RFC3339Nano, q.Get("added_after"))
	var have []int
	for i, at := range s.added {
		if at.After(after) {
			have = append(have, i)
		}
	}
	from := 0
	if next := q.Get("next"); next != "" {
		if s.forget {
			s.forget = false
			w.WriteHeader(http.StatusNotFound)
			return
		}
		from, _ = strconv.Atoi(next)
	}
	to := min(from+page, len(have))
	e := envelope{More: to < len(have)}
	if e.More && !s.noNext {
		e.Next = strconv.Itoa(to)
	}
	for _, i := range have[from:to] {
		e.Objects = append(e.Objects, json.RawMessage(fmt.Sprintf("{\"type\":\"indicator\",\n \"id\":\"indicator--%d\"}", i)))
	}
	if to > from {
		w.Header().Set("X-TAXII-Date-Added-Last", s.added[have[to-1]].Format(time.RFC3339Nano))
	}
	_ = json.NewEncoder(w).Encode(e)
}

// moment is when objects were added.
func moment(n int) time.Time { return clock().Add(time.Duration(n) * time.Hour) }

func client(address, collection string, auth fetch.Auth) *Client {
	return &Client{Fetch: fetch.New("test", clock), Target: fetch.Target{URL: address, MaxBytes: 1 << 20, Auth: auth}, Name: collection}
}

// ids returns the objects in a file, each with how often it is there.
func ids(t *testing.T, file string) map[string]int {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int{}
	for line := range strings.Lines(string(data)) {
		var e struct{ Objects []struct{ ID string } }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		for _, o := range e.Objects {
			all[o.ID]++
		}
	}
	return all
}

func nothing(Cursor) error { return nil }

// TestUpdateFollowsToTheEnd holds that added_after stays the same from page to
// page, so that what was added in one moment is not lost, and moves behind the
// last page only.
func TestUpdateFollowsToTheEnd(t *testing.T) {
	s := &server{t: t, collect: 1}
	for range 5 {
		s.added = append(s.added, moment(0))
	}
	file := filepath.Join(t.TempDir(), "objects")
	c := client(s.start()+"/taxii2/", "", fetch.Auth{})
	cur, added, err := c.Update(t.Context(), Cursor{}, file, nothing)
	if err != nil || !added || len(ids(t, file)) != 5 {
		t.Fatalf("%v, added %v, %v", err, added, ids(t, file))
	}
	if want := []string{"/", "/2", "/4"}; !slices.Equal(s.asked, want) {
		t.Errorf("asked %q, want %q", s.asked, want)
	}
	if _, added, err = c.Update(t.Context(), cur, file, nothing); err != nil || added {
		t.Errorf("nothing new: added %v, %v", added, err)
	}
	s.asked, s.added = nil, append(s.added, moment(1), moment(1), moment(1))
	cur, added, err = c.Update(t.Context(), cur, file, nothing)
	after := moment(0).Format(time.RFC3339Nano)
	if want := []string{after + "/", after + "/2"}; err != nil || !added || !slices.Equal(s.asked, want) {
		t.Errorf("asked %q, want %q, %v", s.asked, want, err)
	}
	if got := ids(t, file); len(got) != 8 || got["indicator--0"] != 1 || cur.After != moment(1).Format(time.RFC3339Nano) {
		t.Errorf("%v, cursor %+v", got, cur)
	}
}

func TestUpdateGoesOnWhereItWas(t *testing.T) {
	s := &server{t: t, collect: 1, fail: 3}
	for range 7 {
		s.added = append(s.added, moment(0))
	}
	file := filepath.Join(t.TempDir(), "objects")
	c := client(s.start()+"/api1/", "c1", fetch.Auth{})
	var kept Cursor
	_, _, err := c.Update(t.Context(), Cursor{}, file, func(at Cursor) error { kept = at; return nil })
	var f *fetch.Failure
	if !errors.As(err, &f) || f.Status != http.StatusServiceUnavailable || kept.Next != "4" {
		t.Fatalf("interrupted: %v, cursor %+v", err, kept)
	}
	// What a run that was killed wrote behind the cursor is written again.
	junk, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = junk.WriteString(`{"objects":[{"id":"half`)
	junk.Close()
	if _, _, err := c.Update(t.Context(), kept, file, nothing); err != nil {
		t.Fatal(err)
	}
	for id, n := range ids(t, file) {
		if n != 1 {
			t.Errorf("%s is there %d times", id, n)
		}
	}
	if n := len(ids(t, file)); n != 7 {
		t.Errorf("%d objects", n)
	}
	s.forget = true
	if _, _, err := c.Update(t.Context(), kept, file, nothing); err != nil || len(ids(t, file)) != 7 {
		t.Errorf("a place the server has forgotten: %v, %d objects", err, len(ids(t, file)))
	}
}

func TestUpdateByDate(t *testing.T) {
	s := &server{t: t, collect: 1, noNext: true}
	for i := range 5 {
		s.added = append(s.added, moment(i))
	}
	file := filepath.Join(t.TempDir(), "objects")
	_, _, err := client(s.start()+"/api1/collections/c1/", "", fetch.Auth{}).Update(t.Context(), Cursor{}, file, nothing)
	if err != nil || len(ids(t, file)) != 5 {
		t.Errorf("%v, %v", err, ids(t, file))
	}
}

func TestUpdateRefuses(t *testing.T) {
	tests := []struct {
		name, want string
		s          server
		path       string
		auth       fetch.Auth
		most       int64
	}{
		{"several collections", "name one", server{collect: 2}, "/taxii2/", fetch.Auth{}, 1 << 20},
		{"no collection", "no collection that can be read", server{}, "/taxii2/", fetch.Auth{}, 1 << 20},
		{"no key", "401", server{collect: 1, auth: func(*http.Request) bool { return false }}, "/taxii2/", fetch.Auth{}, 1 << 20},
		{"too much", "more than 10 bytes", server{collect: 1, added: []time.Time{moment(0)}}, "/taxii2/", fetch.Auth{}, 10},
		{"not there", "404", server{collect: 1}, "/other/", fetch.Auth{}, 1 << 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.s
			s.t = t
			c := client(s.start()+tt.path, "", tt.auth)
			c.Target.MaxBytes = tt.most
			_, _, err := c.Update(t.Context(), Cursor{}, filepath.Join(t.TempDir(), "objects"), nothing)
			if cure.KindOf(err) != cure.Unavailable || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestUpdateAuthenticates(t *testing.T) {
	for name, tt := range map[string]struct {
		auth  fetch.Auth
		check func(*http.Request) bool
	}{
		"basic":  {fetch.Auth{User: "u", Password: "p"}, func(r *http.Request) bool { u, p, _ := r.BasicAuth(); return u == "u" && p == "p" }},
		"bearer": {fetch.Auth{Bearer: "b"}, func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer b" }},
	} {
		s := &server{t: t, collect: 1, auth: tt.check, added: []time.Time{moment(0)}}
		if _, added, err := client(s.start()+"/taxii2/", "C 1", tt.auth).Update(context.Background(), Cursor{}, filepath.Join(t.TempDir(), "o"), nothing); err != nil || !added {
			t.Errorf("%s: added %v, %v", name, added, err)
		}
	}
}

// TestUpdateWithCertificate speaks to a server of an authority of its own that
// wants a certificate of the client.
func TestUpdateWithCertificate(t *testing.T) {
	s := &server{t: t, collect: 1, added: []time.Time{moment(0)}, auth: func(r *http.Request) bool { return len(r.TLS.PeerCertificates) == 1 }}
	h := httptest.NewUnstartedServer(s)
	h.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	h.StartTLS()
	defer h.Close()
	roots := x509.NewCertPool()
	roots.AddCert(h.Certificate())
	file := filepath.Join(t.TempDir(), "o")
	auth := fetch.Auth{Roots: roots}
	if _, _, err := client(h.URL+"/taxii2/", "", auth).Update(t.Context(), Cursor{}, file, nothing); err == nil {
		t.Error("taken without a certificate")
	}
	auth.Certificate = &h.TLS.Certificates[0]
	if _, added, err := client(h.URL+"/taxii2/", "", auth).Update(t.Context(), Cursor{}, file, nothing); err != nil || !added {
		t.Errorf("added %v, %v", added, err)
	}
	if _, _, err := client(h.URL+"/taxii2/", "", fetch.Auth{}).Update(t.Context(), Cursor{}, file, nothing); err == nil {
		t.Error("an authority nobody named is trusted")
	}
}

// said answers every request with the same.
type said string

// RoundTrip implements http.RoundTripper.
func (s said) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Request: r, Body: io.NopCloser(strings.NewReader(string(s))),
		Header: http.Header{"Content-Type": {MediaType}, addedEnd: {"2026-11-20T00:00:00Z"}},
	}, nil
}

// FuzzPage reads any answer as a page, and as the description of a server.
func FuzzPage(f *testing.F) {
	f.Add(`{"more":true,"next":"2","objects":[{"id":"a"}]}`)
	f.Add(`{"api_roots":["/a/","//b/"],"default":"x"}`)
	f.Add(`{"collections":[{"id":"../x","can_read":true}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		c := client("http://127.0.0.1/taxii2/", "", fetch.Auth{})
		s := &session{c: c, http: &http.Client{Transport: said(body)}}
		if address, err := s.find(t.Context()); err == nil && !strings.HasPrefix(address, "http://127.0.0.1/") {
			t.Errorf("leads to %q", address)
		}
		out, err := os.Create(filepath.Join(t.TempDir(), "o"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		cur := Cursor{Objects: "http://127.0.0.1/o/"}
		n, more, err := s.page(t.Context(), &cur, out)
		if err != nil {
			return
		}
		data, _ := os.ReadFile(out.Name())
		if int64(len(data)) != cur.Size || (n > 0) != (len(data) > 0) || bytes.Count(data, []byte("\n")) != min(n, 1) {
			t.Errorf("%d objects, more %v, %d bytes %q", n, more, cur.Size, data)
		}
	})
}
