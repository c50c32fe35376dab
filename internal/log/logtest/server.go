package logtest

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Server is a NATS server that listens on the loopback interface, as an
// external one would: what the cluster driver is tested against.
type Server struct {
	opts server.Options
	srv  *server.Server
}

// The users of a [Server]. Publisher may append to obs.cowrie.> only.
const (
	HubUser       = "hub"
	PublisherUser = "publisher"
	Password      = "correct horse"
)

// StartServer starts a server on a new folder; with a TLS configuration it
// takes no other connections. It ends with the test.
func StartServer(t testing.TB, secure *tls.Config) *Server {
	t.Helper()
	s := &Server{opts: options(t, "external")}
	s.opts.TLSConfig, s.opts.TLS, s.opts.TLSTimeout = secure, secure != nil, 10
	s.Start(t)
	t.Cleanup(s.Stop)
	return s
}

// StartCluster starts n servers that form a cluster. They need a few seconds
// until they have agreed on a leader.
func StartCluster(t testing.TB, n int) []*Server {
	t.Helper()
	var routes []*url.URL
	var ports []int
	for range n { // each has to know where the others will be
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
		l.Close()
	}
	var all []*Server
	for i, port := range ports {
		s := &Server{opts: options(t, fmt.Sprintf("server%d", i+1))}
		s.opts.Cluster = server.ClusterOpts{Name: "cluster", Host: "127.0.0.1", Port: port}
		s.opts.Routes = routes
		s.Start(t)
		t.Cleanup(s.Stop)
		all = append(all, s)
	}
	return all
}

func options(t testing.TB, name string) server.Options {
	return server.Options{
		ServerName: name, Host: "127.0.0.1", Port: server.RANDOM_PORT,
		NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, SyncInterval: time.Minute,
		Users: []*server.User{
			{Username: HubUser, Password: Password},
			{Username: PublisherUser, Password: Password, Permissions: &server.Permissions{
				Publish:   &server.SubjectPermission{Allow: []string{"obs.cowrie.>"}},
				Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}},
			}},
		},
	}
}

// Start starts the server again, on the port it had before.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	opts := s.opts // the server keeps and changes what it is given
	srv, err := server.NewServer(&opts)
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	if !srv.ReadyForConnections(time.Minute) || !srv.JetStreamEnabled() {
		t.Fatal("server is not ready")
	}
	s.srv, s.opts.Port = srv, opts.Port
}

// Stop stops the server.
func (s *Server) Stop() {
	s.srv.Shutdown()
	s.srv.WaitForShutdown()
}

// URL returns where the server listens.
func (s *Server) URL() string { return s.srv.ClientURL() }
