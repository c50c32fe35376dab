package log

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/opencure/cure"
)

// ClusterConfig says how to reach the servers of a NATS cluster.
type ClusterConfig struct {
	URLs        []string // nats:// or tls://
	User        string
	Password    string
	Credentials string // file with a user JWT and its seed, instead of user and password
	CA          string // PEM file of the authorities to trust; "": those of the system
	Cert, Key   string // PEM files, where the servers ask for a client certificate
	ServerName  string // name to check the certificate for; "": that of the URL
}

// connectTimeout bounds one attempt to reach one server.
const connectTimeout = 5 * time.Second

// OpenCluster connects to servers that somebody else runs. cure.Denied when
// they refuse the user, cure.Unavailable when none can be reached. A lost
// connection is taken up again in the background; meanwhile calls fail with
// cure.Unavailable. A user or password inside a URL is refused: URLs get
// logged.
func OpenCluster(ctx context.Context, cfg ClusterConfig, logger *slog.Logger) (Backend, error) {
	if err := ctx.Err(); err != nil {
		return nil, failed("connect to log", err)
	}
	opts, err := cfg.options()
	if err != nil {
		return nil, err
	}
	address := strings.Join(cfg.URLs, ",")
	info := Info{Driver: "cluster", Sync: SyncByServer, Address: address}
	c, err := dial(address, logger, info, opts...)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (cfg ClusterConfig) options() ([]nats.Option, error) {
	if len(cfg.URLs) == 0 {
		return nil, cure.Errorf(cure.Invalid, "log cluster has no URL")
	}
	opts := []nats.Option{nats.Timeout(connectTimeout)}
	secure := cfg.CA != "" || cfg.Cert != ""
	for _, s := range cfg.URLs {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" {
			return nil, cure.Errorf(cure.Invalid, "log cluster: want nats://host:port or tls://host:port")
		}
		if u.User != nil {
			return nil, cure.Errorf(cure.Invalid, "log cluster: put user and password into their own settings, not into the URL of %s", u.Host)
		}
		secure = secure || u.Scheme == "tls"
	}
	switch {
	case cfg.Credentials != "":
		if _, err := os.Stat(cfg.Credentials); err != nil {
			return nil, cure.Errorf(cure.Invalid, "log cluster: read credentials: %w", err)
		}
		opts = append(opts, nats.UserCredentials(cfg.Credentials))
	case cfg.User != "":
		opts = append(opts, nats.UserInfo(cfg.User, cfg.Password))
	}
	if !secure {
		return opts, nil
	}
	t, err := cfg.tls()
	if err != nil {
		return nil, err
	}
	return append(opts, nats.Secure(t)), nil
}

func (cfg ClusterConfig) tls() (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: cfg.ServerName}
	if cfg.CA != "" {
		pem, err := os.ReadFile(cfg.CA)
		if err != nil {
			return nil, cure.Errorf(cure.Invalid, "log cluster: read authorities: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, cure.Errorf(cure.Invalid, "log cluster: no certificate in %s", cfg.CA)
		}
	}
	if cfg.Cert != "" || cfg.Key != "" {
		cert, err := tls.LoadX509KeyPair(cfg.Cert, cfg.Key)
		if err != nil {
			return nil, cure.Errorf(cure.Invalid, "log cluster: load client certificate: %w", err)
		}
		t.Certificates = []tls.Certificate{cert}
	}
	return t, nil
}
