package logtest

import (
	"crypto/tls"
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

// StartServer starts a server with its files in dir; with a TLS configuration
// it takes no other connections. It ends with the test.
func StartServer(t testing.TB, dir string, secure *tls.Config) *Server {
	t.Helper()
	s := &Server{opts: server.Options{
		ServerName: "external", Host: "127.0.0.1", Port: server.RANDOM_PORT,
		NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: dir, SyncAlways: true, SyncInterval: time.Minute,
		TLSConfig: secure, TLS: secure != nil, TLSTimeout: 10,
		Users: []*server.User{
			{Username: HubUser, Password: Password},
			{Username: PublisherUser, Password: Password, Permissions: &server.Permissions{
				Publish:   &server.SubjectPermission{Allow: []string{"obs.cowrie.>"}},
				Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}},
			}},
		},
	}}
	s.Start(t)
	t.Cleanup(s.Stop)
	return s
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
