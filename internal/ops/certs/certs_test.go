package certs_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/ops/certs"
)

// serve answers with an empty object over the given config.
func serve(t *testing.T, config *tls.Config) (address string) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte("{}"))
	}))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	s.Listener = tls.NewListener(s.Listener, config)
	s.Start()
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "http:", "https:", 1)
}

func ask(t *testing.T, address, authority string) error {
	t.Helper()
	trust, err := client.WithAuthority(authority)
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(address, "", trust, client.WithTries(1))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Me(t.Context())
	return err
}

func own(t *testing.T, folder string, now func() time.Time) *certs.Authority {
	t.Helper()
	a, err := certs.Own(folder, rand.Reader, now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func refuse(t *testing.T) func(error) { return func(err error) { t.Error(err) } }

func TestOwnAuthority(t *testing.T) {
	folder := t.TempDir()
	a := own(t, folder, time.Now)
	other := own(t, t.TempDir(), time.Now)
	if again := own(t, folder, time.Now); again.Fingerprint() != a.Fingerprint() {
		t.Error("the second start made another authority")
	}
	config, err := a.Serve([]string{"127.0.0.1", "hub.example"}, refuse(t))
	if err != nil {
		t.Fatal(err)
	}
	url := serve(t, config)
	file := filepath.Join(folder, certs.AuthorityFile)
	for name, tt := range map[string]struct {
		url, trust string
		ok         bool
	}{
		"by file":            {url, file, true},
		"by fingerprint":     {url, a.Fingerprint(), true},
		"other authority":    {url, other.Fingerprint(), false},
		"name not certified": {strings.Replace(url, "127.0.0.1", "localhost", 1), a.Fingerprint(), false},
	} {
		if err := ask(t, tt.url, tt.trust); (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if info, err := os.Stat(filepath.Join(folder, "tls", "ca.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the authority's key: %v, %v", info, err)
	}
}

// A leaf that pretends to be the authority has the wrong fingerprint, and one
// that the authority signed is no authority.
func TestPinIsOfTheAuthorityAlone(t *testing.T) {
	a := own(t, t.TempDir(), time.Now)
	config, err := a.Serve([]string{"127.0.0.1"}, refuse(t))
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := config.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	if ask(t, serve(t, config), certs.Fingerprint(leaf.Certificate[0])) == nil {
		t.Error("the fingerprint of the hub's own certificate was taken for an authority")
	}
}

func TestOwnRenews(t *testing.T) {
	now := time.Now()
	config, err := own(t, t.TempDir(), func() time.Time { return now }).Serve([]string{"127.0.0.1"}, refuse(t))
	if err != nil {
		t.Fatal(err)
	}
	end := func() time.Time {
		c, err := config.GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(c.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf.NotAfter
	}
	first := end()
	now = now.Add(14 * 24 * time.Hour)
	if !end().Equal(first) {
		t.Error("renewed before half of its life")
	}
	now = now.Add(2 * 24 * time.Hour)
	if !end().After(now.Add(29 * 24 * time.Hour)) {
		t.Error("not renewed after half of its life")
	}
}

func TestFromFiles(t *testing.T) {
	folder := t.TempDir()
	cert, key := filepath.Join(folder, "c.pem"), filepath.Join(folder, "k.pem")
	if _, err := certs.FromFiles(cert, key, time.Now, refuse(t)); cure.KindOf(err) != cure.Invalid {
		t.Errorf("absent files: %v", err)
	}
	put := func(from string, at time.Time) {
		for name, to := range map[string]string{"ca.pem": cert, "ca.key": key} {
			text, err := os.ReadFile(filepath.Join(from, "tls", name))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(to, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(to, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	now := time.Now()
	first, second := t.TempDir(), t.TempDir()
	one, two := own(t, first, time.Now), own(t, second, time.Now)
	put(first, now)
	warned := 0
	config, err := certs.FromFiles(cert, key, func() time.Time { return now }, func(error) { warned++ })
	if err != nil {
		t.Fatal(err)
	}
	served := func() string {
		c, err := config.GetCertificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		return certs.Fingerprint(c.Certificate[0])
	}
	if served() != one.Fingerprint() {
		t.Error("serves something else")
	}
	now = now.Add(2 * time.Minute)
	put(second, now)
	if served() != two.Fingerprint() {
		t.Error("a new certificate is not served")
	}
	now = now.Add(2 * time.Minute)
	if err := os.WriteFile(key, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(key, now, now); err != nil {
		t.Fatal(err)
	}
	if served() != two.Fingerprint() || warned == 0 {
		t.Errorf("a broken replacement was taken, or silently kept out (%d warnings)", warned)
	}
}
