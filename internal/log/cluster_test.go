package log_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/log/logtest"
)

func TestCluster(t *testing.T) {
	logtest.Run(t, func(t *testing.T) logtest.Place {
		srv := logtest.StartServer(t, nil)
		return logtest.Place{Durable: true, Open: func(t *testing.T) log.Backend {
			return openCluster(t, hub(srv))
		}}
	})
}

func hub(srv *logtest.Server) log.ClusterConfig {
	return log.ClusterConfig{URLs: []string{srv.URL()}, User: logtest.HubUser, Password: logtest.Password}
}

func openCluster(t testing.TB, cfg log.ClusterConfig) log.Backend {
	t.Helper()
	b, err := log.OpenCluster(context.Background(), cfg, quiet(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestClusterConfig(t *testing.T) {
	srv := logtest.StartServer(t, nil)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	tests := []struct {
		name string
		edit func(*log.ClusterConfig)
		want cure.ErrorKind
	}{
		{"wrong password", func(c *log.ClusterConfig) { c.Password = "wrong" }, cure.Denied},
		{"no user", func(c *log.ClusterConfig) { c.User = "" }, cure.Denied},
		{"nobody there", func(c *log.ClusterConfig) { c.URLs = []string{"nats://" + free.Addr().String()} }, cure.Unavailable},
		{"server without TLS", func(c *log.ClusterConfig) { c.URLs = []string{strings.Replace(srv.URL(), "nats", "tls", 1)} }, cure.Unavailable},
		{"no URL", func(c *log.ClusterConfig) { c.URLs = nil }, cure.Invalid},
		{"other scheme", func(c *log.ClusterConfig) { c.URLs = []string{"http://127.0.0.1:4222"} }, cure.Invalid},
		{"replicas", func(c *log.ClusterConfig) { c.Replicas = 9 }, cure.Invalid},
		{"no such credentials", func(c *log.ClusterConfig) { c.Credentials = filepath.Join(t.TempDir(), "absent") }, cure.Invalid},
		{"no such authorities", func(c *log.ClusterConfig) { c.CA = filepath.Join(t.TempDir(), "absent") }, cure.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := hub(srv)
			tt.edit(&cfg)
			b, err := log.OpenCluster(t.Context(), cfg, quiet(t))
			if err == nil {
				b.Close()
			}
			if err == nil || cure.KindOf(err) != tt.want {
				t.Errorf("error %v of kind %v, want %v", err, cure.KindOf(err), tt.want)
			}
		})
	}
}

// TestClusterURLSecret gives user and password in the URL: they are used, and
// shown nowhere.
func TestClusterURLSecret(t *testing.T) {
	srv := logtest.StartServer(t, nil)
	u, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(logtest.HubUser, logtest.Password)
	info, err := openCluster(t, log.ClusterConfig{URLs: []string{u.String()}}).Info(t.Context())
	if err != nil || info.Address != srv.URL() {
		t.Errorf("info %+v, %v; want address %s", info, err, srv.URL())
	}
	u.User = url.UserPassword(logtest.HubUser, "not-the-password")
	_, err = log.OpenCluster(t.Context(), log.ClusterConfig{URLs: []string{u.String()}}, quiet(t))
	wantDenied(t, "open with a wrong password", err)
	if err != nil && strings.Contains(err.Error(), "not-the-password") {
		t.Errorf("error shows the password: %v", err)
	}
}

// TestClusterPermissions uses a user that may publish its own subject only.
func TestClusterPermissions(t *testing.T) {
	srv := logtest.StartServer(t, nil)
	stream, err := openCluster(t, hub(srv)).Stream(t.Context(), logtest.Config)
	if err != nil {
		t.Fatal(err)
	}
	cfg := hub(srv)
	cfg.User = logtest.PublisherUser
	b := openCluster(t, cfg)
	mine := b.Appender()
	if seq, err := mine.Append(t.Context(), "obs.cowrie.tokyo1", "", []byte("own")); err != nil || seq != 1 {
		t.Fatalf("append to the own subject: %d, %v", seq, err)
	}
	_, err = mine.Append(t.Context(), "obs.dionaea.tokyo1", "", []byte("foreign"))
	wantDenied(t, "append", err)
	result := make(chan error, 1)
	if err := mine.AppendAsync(t.Context(), "ctl.delete", "", nil, func(_ uint64, err error) { result <- err }); err != nil {
		t.Fatal(err)
	}
	wantDenied(t, "append without waiting", <-result)
	_, err = b.Stream(t.Context(), logtest.Config)
	wantDenied(t, "open stream", err)
	_, err = b.Objects(t.Context(), "bodies")
	wantDenied(t, "open objects", err)
	_, err = b.Keys(t.Context(), "boot")
	wantDenied(t, "open keys", err)
	if info, err := stream.Info(t.Context()); err != nil || info.Messages != 1 {
		t.Errorf("stream has %d messages (%v), want the one that was allowed", info.Messages, err)
	}
}

func wantDenied(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil || cure.KindOf(err) != cure.Denied {
		t.Errorf("%s: error %v, want kind denied", what, err)
	}
}

// TestClusterServerRestart stops the server under a reader: calls fail at once
// meanwhile, and the reader goes on without gap or repetition.
func TestClusterServerRestart(t *testing.T) {
	srv := logtest.StartServer(t, nil)
	b := openCluster(t, hub(srv))
	s, err := b.Stream(t.Context(), logtest.Config)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan log.Message, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.Consume(ctx, 1, func(m log.Message) error {
			got <- m
			return nil
		})
	}()
	expect := func(n uint64) {
		t.Helper()
		if m := <-got; m.Seq != n || string(m.Data) != fmt.Sprint(n) {
			t.Fatalf("got message %d %q, want %d", m.Seq, m.Data, n)
		}
	}
	appendUntil := func(n uint64) {
		t.Helper()
		for {
			seq, err := s.Append(t.Context(), "obs.cowrie.tokyo1", "", fmt.Append(nil, n))
			if err == nil {
				if seq != n {
					t.Fatalf("sequence %d, want %d", seq, n)
				}
				return
			}
			if cure.KindOf(err) != cure.Unavailable {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	appendUntil(1)
	expect(1)
	srv.Stop()
	if _, err := s.Append(t.Context(), "obs.cowrie.tokyo1", "", nil); cure.KindOf(err) != cure.Unavailable {
		t.Errorf("append without a server: %v", err)
	}
	srv.Start(t)
	for n := uint64(2); n < 10; n++ {
		appendUntil(n)
		expect(n)
	}
	cancel()
	<-ended
}

// TestClusterTLS connects over TLS, with a client certificate, and refuses a
// server whose authority it does not know.
func TestClusterTLS(t *testing.T) {
	ca, caKey := certificate(t, "authority", nil, nil)
	cert, key := certificate(t, "both", ca, caKey)
	dir := t.TempDir()
	caFile := writePEM(t, dir, "ca.pem", "CERTIFICATE", ca.Raw)
	certFile := writePEM(t, dir, "cert.pem", "CERTIFICATE", cert.Raw)
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	keyFile := writePEM(t, dir, "key.pem", "EC PRIVATE KEY", der)
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	srv := logtest.StartServer(t, &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: pool,
	})
	cfg := hub(srv)
	cfg.CA, cfg.Cert, cfg.Key = caFile, certFile, keyFile
	s, err := openCluster(t, cfg).Stream(t.Context(), logtest.Config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), "obs.cowrie.tokyo1", "", []byte("secret")); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(*log.ClusterConfig){
		"unknown authority": func(c *log.ClusterConfig) { c.CA = "" },
		"no certificate":    func(c *log.ClusterConfig) { c.Cert, c.Key = "", "" },
		"other name":        func(c *log.ClusterConfig) { c.ServerName = "elsewhere.example" },
	} {
		bad := cfg
		edit(&bad)
		bad.URLs = []string{strings.Replace(srv.URL(), "nats:", "tls:", 1)}
		if b, err := log.OpenCluster(t.Context(), bad, quiet(t)); err == nil || cure.KindOf(err) != cure.Unavailable {
			t.Errorf("%s: error %v, want kind unavailable", name, err)
			if err == nil {
				b.Close()
			}
		}
	}
}

// certificate makes one for 127.0.0.1, signed by parent or by itself.
func certificate(t *testing.T, name string, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(name))), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: parent == nil,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if parent == nil {
		parent, by = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

func writePEM(t *testing.T, dir, name, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
