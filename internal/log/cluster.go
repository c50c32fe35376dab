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
	URLs        []string // nats:// or tls://; may carry user and password, which are shown nowhere
	User        string   // goes before that of the URLs
	Password    string
	Credentials string // file with a user JWT and its seed, instead of user and password
	CA          string // PEM file of the authorities to trust; "": those of the system
	Cert, Key   string // PEM files, where the servers ask for a client certificate
	Replicas    int    // least copies of each stream, and of each bucket when made: 1, 3, 5; 0 counts as 1
	ServerName  string // name to check the certificate for; "": that of the URL
}

// connectTimeout bounds one attempt to reach one server.
const connectTimeout = 5 * time.Second

// OpenCluster connects to servers that somebody else runs. cure.Denied when
// they refuse the user, cure.Unavailable when none can be reached. A lost
// connection is taken up again in the background; meanwhile calls fail with
// cure.Unavailable.
func OpenCluster(ctx context.Context, cfg ClusterConfig, logger *slog.Logger) (Backend, error) {
	if err := ctx.Err(); err != nil {
		return nil, failed("connect to log", err)
	}
	cfg, address, secure, err := cfg.split()
	if err != nil {
		return nil, err
	}
	opts, err := cfg.options(secure)
	if err != nil {
		return nil, err
	}
	c, err := dial(address, logger, Info{Driver: "cluster", Sync: SyncByServer, Address: address}, opts...)
	if err != nil {
		return nil, err
	}
	c.replicas = cfg.Replicas
	return c, nil
}

// split checks the URLs and takes user and password out of them. It returns
// what is left, fit to be shown, and whether TLS is wanted.
func (cfg ClusterConfig) split() (_ ClusterConfig, address string, secure bool, err error) {
	if len(cfg.URLs) == 0 {
		return cfg, "", false, cure.Errorf(cure.Invalid, "log cluster has no URL")
	}
	if cfg.Replicas < 0 || cfg.Replicas > 5 {
		return cfg, "", false, cure.Errorf(cure.Invalid, "log cluster: %d replicas, want 1 to 5", cfg.Replicas)
	}
	secure = cfg.CA != "" || cfg.Cert != ""
	var clean []string
	for _, s := range cfg.URLs {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" {
			return cfg, "", false, cure.Errorf(cure.Invalid, "log cluster: want nats://host:port or tls://host:port")
		}
		if cfg.User == "" {
			cfg.User = u.User.Username()
			cfg.Password, _ = u.User.Password()
		}
		secure = secure || u.Scheme == "tls"
		clean = append(clean, u.Scheme+"://"+u.Host)
	}
	return cfg, strings.Join(clean, ","), secure, nil
}

func (cfg ClusterConfig) options(secure bool) ([]nats.Option, error) {
	opts := []nats.Option{nats.Timeout(connectTimeout)}
	if inbox := "_INBOX." + cfg.User; cfg.User != "" && validSubject(inbox) {
		// A user that may read nothing else can be allowed answers to itself.
		opts = append(opts, nats.CustomInboxPrefix(inbox))
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
